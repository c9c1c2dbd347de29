// A large log of the work of three years with people who do not exist, for benchmarks of figures.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "eventstore/base/check.h"
#include "eventstore/base/days.h"
#include "eventstore/base/random.h"
#include "eventstore/payload/payload.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "mlup/log/v1/event_store.pb.h"
#include "mlup/training/v1/training_events.pb.h"

namespace mlup::bench {

// Makes appends of one event each, the same for the same seed: persons and their cases, services,
// attendances, goods, and a little that voids, corrects and merges. 200 events a person. The n-th
// of N is recorded on its day of the three years, and happened in the month before. One thread.
class InventedWork {
 public:
  InventedWork(std::uint64_t seed, std::size_t events)
      : random_(seed), events_(events), persons_(std::max<std::size_t>(events / 200, 4)) {
    for (int i = 0; i < 40; ++i) activities_.push_back(NewId());
  }

  static Day FirstDay() { return *ParseDay("2021-01-01"); }
  static constexpr int kDays = 3 * 365;
  // When the next event is recorded.
  absl::Time NextTime() const {
    return StartOf(FirstDay()) +
           absl::Hours(24) * kDays * (static_cast<double>(made_) / static_cast<double>(events_));
  }
  bool IsDone() const { return made_ >= events_; }
  // The id of one of them.
  std::string Person(std::size_t number) const { return Id(1, number % persons_); }

  log::v1::AppendRequest Next() {
    const auto [stream, message] = Choose();
    if (stream.starts_with("case/")) last_ = {stream, Id(7, made_)};
    log::v1::AppendRequest request;
    request.mutable_key()->set_organisation_id("mro");
    request.mutable_key()->set_request_id(Id(3, made_));
    request.set_request_digest(std::string(32, 'd'));
    log::v1::StreamWrite& write = *request.add_writes();
    write.set_stream(stream);
    write.mutable_expected()->set_any(true);
    *write.add_events() = EventOf(*message);
    ++made_;
    return request;
  }

 private:
  using Message = google::protobuf::Message;
  using Told = std::pair<std::string, std::unique_ptr<Message>>;

  std::size_t Below(std::size_t bound) { return random_.Next() % bound; }
  static std::string Id(unsigned kind, std::size_t number) {
    return absl::StrFormat("0000%04x-0000-7000-8000-%012x", kind, number);
  }
  std::string NewId() { return Id(4, ++ids_); }
  // Persons are registered first, evenly over the first year.
  Told Choose() {
    const std::size_t due = std::min(persons_, 1 + 3 * made_ * persons_ / events_);
    if (registered_ < due) return Register(registered_++);
    const std::size_t person = Below(registered_);
    const std::size_t dice = Below(1000);
    if (dice < 20) return Open(person);
    if (dice < 35) return Close(person);
    if (dice < 480) return Serve(person);
    if (dice < 500) return HoldActivity();
    if (dice < 880) return Attend(person);
    if (dice < 980) return Give(person);
    if (dice < 990 && !last_.first.empty()) return Correct();
    if (dice < 996 && !last_.first.empty()) return Void();
    if (dice < 999) return Move(person);
    return Merge(person);
  }

  Told Register(std::size_t person) {
    auto event = std::make_unique<cases::v1::PersonRegistered>();
    event->mutable_person()->set_person_id(Person(person));
    event->mutable_person()->set_sex(Below(2) == 0 ? cases::v1::SEX_FEMALE : cases::v1::SEX_MALE);
    event->mutable_person()->set_birth_month(
        absl::StrFormat("20%02u-%02u", 4 + Below(16), 1 + Below(12)));
    event->mutable_person()->set_residence_province_code(absl::StrFormat("%02u", 1 + Below(25)));
    return {"person/" + Person(person), std::move(event)};
  }

  Told Open(std::size_t person) {
    auto event = std::make_unique<cases::v1::CaseOpened>();
    event->mutable_child()->set_person_id(Person(person));
    event->set_case_type(static_cast<cases::v1::CaseType>(1 + Below(4)));
    event->set_owner_org_id(Id(5, Below(8)));
    return {"case/" + Id(2, person), std::move(event)};
  }

  Told Close(std::size_t person) {
    auto event = std::make_unique<cases::v1::CaseClosed>();
    event->mutable_child()->set_person_id(Person(person));
    event->set_reason(static_cast<cases::v1::CloseReason>(1 + Below(3)));
    return {"case/" + Id(2, person), std::move(event)};
  }

  Told Serve(std::size_t person) {
    static constexpr const char* kServices[] = {"counselling", "legal", "material_support",
                                                "medical", "schooling"};
    auto event = std::make_unique<cases::v1::ServiceProvided>();
    event->set_service_code(kServices[Below(5)]);
    event->set_provider_kind(static_cast<common::v1::ProviderKind>(1 + Below(3)));
    event->set_recipient(cases::v1::SERVICE_RECIPIENT_CHILD);
    event->mutable_person()->set_person_id(Person(person));
    return {"case/" + Id(2, person), std::move(event)};
  }

  Told HoldActivity() {
    activities_[Below(activities_.size())] = NewId();
    auto event = std::make_unique<training::v1::ActivityHeld>();
    event->set_kind(static_cast<training::v1::ActivityKind>(1 + Below(9)));
    event->set_led_by(training::v1::LED_BY_OWN);
    event->set_mode(static_cast<common::v1::Mode>(1 + Below(3)));
    return {"activity/" + activities_[Below(activities_.size())], std::move(event)};
  }

  Told Attend(std::size_t person) {
    static constexpr const char* kRoles[] = {"youth_club_member", "parent", "kin_caregiver"};
    auto event = std::make_unique<training::v1::AttendanceRecorded>();
    event->mutable_person()->set_person_id(Person(person));
    event->mutable_person()->set_role_at_time(kRoles[Below(3)]);
    event->mutable_person()->set_status(training::v1::ATTENDANCE_STATUS_PRESENT);
    event->set_session_no(1);
    return {"activity/" + activities_[Below(activities_.size())], std::move(event)};
  }

  Told Give(std::size_t person) {
    auto event = std::make_unique<donations::v1::ItemsDistributed>();
    event->set_recipient_kind(common::v1::RECIPIENT_KIND_PERSON);
    event->mutable_recipient()->set_person_id(Person(person));
    event->set_purpose(static_cast<donations::v1::ItemsPurpose>(1 + Below(2)));
    auto& line = *event->add_lines();
    line.set_item_code("rice");
    line.set_quantity(absl::StrCat(1 + Below(50)));
    line.set_unit("kg");
    return {absl::StrCat("distribution/", Id(6, made_ / 500)), std::move(event)};
  }

  Told Correct() {
    auto event = std::make_unique<common::v1::DetailsCorrected>();
    event->set_corrects_event_id(last_.second);
    event->set_reason("weighed_again");
    const std::string day = FormatDay(SomeDay());
    event->mutable_occurred()->set_precision(log::v1::PRECISION_DAY);
    event->mutable_occurred()->set_from(day);
    event->mutable_occurred()->set_to(day);
    return {std::exchange(last_.first, ""), std::move(event)};
  }

  Told Void() {
    auto event = std::make_unique<common::v1::EntryVoided>();
    event->set_voids_event_id(last_.second);
    event->set_reason("duplicate_entry");
    return {std::exchange(last_.first, ""), std::move(event)};
  }

  Told Move(std::size_t person) {
    auto event = std::make_unique<cases::v1::ResidenceChanged>();
    event->mutable_person()->set_person_id(Person(person));
    event->mutable_person()->set_residence_province_code(absl::StrFormat("%02u", 1 + Below(25)));
    return {"person/" + Person(person), std::move(event)};
  }

  Told Merge(std::size_t person) {
    auto event = std::make_unique<cases::v1::PersonsMerged>();
    event->mutable_person()->set_person_id(Person(person));
    event->mutable_survivor()->set_person_id(Person(person / 2));
    return {"person/" + Person(person), std::move(event)};
  }

  Day SomeDay() {
    const Day now = DayOf(NextTime());
    return {now.value - static_cast<int>(Below(30))};
  }

  log::v1::Event EventOf(const Message& message) {
    const auto split = payload::Split(message);
    CHECK(split.ok());
    log::v1::Event event;
    event.set_event_id(Id(7, made_));
    event.set_type(message.GetTypeName());
    event.set_schema_version(1);
    const std::string day = FormatDay(SomeDay());
    event.mutable_occurred()->set_precision(log::v1::PRECISION_DAY);
    event.mutable_occurred()->set_from(day);
    event.mutable_occurred()->set_to(day);
    event.mutable_actor()->set_actor_id("staff-sw-1");
    event.mutable_actor()->set_role("social_worker");
    event.mutable_actor()->set_organisation_id("mro");
    event.set_channel(log::v1::CHANNEL_TABLET);
    event.set_device("tablet-07");
    event.set_request_id(Id(3, made_));
    event.set_reason("planned");
    event.set_sensitivity(log::v1::SENSITIVITY_NORMAL);
    event.set_sector(static_cast<log::v1::Sector>(1 + Below(5)));
    event.set_place(absl::StrFormat("%02u0305", 1 + Below(25)));
    event.set_common(split->common);
    for (const payload::Part& part : split->parts) {
      log::v1::SubjectPart& subject = *event.add_subjects();
      subject.set_subject_id(part.subject_id);
      subject.set_salt(std::string(16, 's'));
      subject.set_clear(part.clear);
    }
    return event;
  }

  SeededRandom random_;
  const std::size_t events_;
  const std::size_t persons_;
  std::size_t made_ = 0;
  std::size_t registered_ = 0;
  std::size_t ids_ = 0;
  std::vector<std::string> activities_;
  // Stream and id of a service that nothing acted on yet.
  std::pair<std::string, std::string> last_;
};

}  // namespace mlup::bench
