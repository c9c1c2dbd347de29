// A large log about children who do not exist, for benchmarks of proofs.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/random.h"
#include "mlup/log/v1/event_store.pb.h"

namespace mlup::bench {

// Where ids of a kind begin, so that they are found wherever they leak to.
inline constexpr std::string_view kChildMark = "c41dc41d-";
inline constexpr std::string_view kCaseMark = "ca5eca5e-";
inline constexpr std::string_view kSharedMark = "5a4ed000-";
inline constexpr std::string_view kSealedMark = "SEALED:";

// Makes appends, the same for the same seed. A quarter of the streams are children; each has the
// streams `person/`, `case/` and `access/`; the rest are households of two or three
// children and distributions to two to eight. One thread.
class InventedLog {
 public:
  InventedLog(std::uint64_t seed, std::size_t streams) : random_(seed) {
    const std::size_t children = std::max<std::size_t>(streams / 4, 8);
    for (std::size_t i = 0; i < children; ++i) {
      children_.push_back(Id(kChildMark));
      cases_.push_back("case/" + Id(kCaseMark));
    }
    for (std::size_t i = 0; i < children / 2; ++i) {
      households_.push_back("household/" + Id(kSharedMark));
      distributions_.push_back("distribution/" + Id(kSharedMark));
    }
  }

  const std::vector<std::string>& children() const { return children_; }
  std::string CaseOf(std::size_t child) const { return cases_[child].substr(5); }

  // The next append, of `events` events at most: it ends where it would touch too many streams.
  log::v1::AppendRequest Next(std::size_t events) {
    log::v1::AppendRequest request;
    request.mutable_key()->set_organisation_id("mro");
    request.mutable_key()->set_request_id(Id("00000000-"));
    request.set_request_digest(std::string(32, 'd'));
    std::unordered_map<std::string, log::v1::StreamWrite*> writes;
    for (std::size_t i = 0; i < events && writes.size() < kAppendStreamsMax; ++i) {
      std::string stream;
      log::v1::Event event = Choose(stream);
      log::v1::StreamWrite*& write = writes[stream];
      if (write == nullptr) {
        write = request.add_writes();
        write->set_stream(stream);
        write->mutable_expected()->set_any(true);
      }
      *write->add_events() = std::move(event);
    }
    return request;
  }

 private:
  enum Kind { kCase, kPerson, kAccess, kHousehold, kDistribution };

  std::size_t Below(std::size_t bound) { return random_.Next() % bound; }

  std::string Id(std::string_view mark) {
    const std::uint64_t bits = random_.Next();
    return absl::StrFormat("%s%04x-7%03x-8%03x-%012x", std::string(mark), bits & 0xffff,
                           bits >> 16 & 0xfff, bits >> 28 & 0xfff, random_.Next() >> 16);
  }

  log::v1::Event Choose(std::string& stream) {
    // Of a hundred events.
    const std::size_t dice = Below(100);
    const Kind kind = dice < 45   ? kCase
                      : dice < 60 ? kPerson
                      : dice < 70 ? kAccess
                      : dice < 85 ? kHousehold
                                  : kDistribution;
    return Event(kind, Below(children_.size()), stream);
  }

  log::v1::Event Event(Kind kind, std::size_t child, std::string& stream) {
    static constexpr std::array<const char*, 5> kTypes = {
        "mlup.cases.v1.ServiceProvided", "mlup.cases.v1.PersonRegistered",
        "mlup.audit.v1.RecordAccessed", "mlup.cases.v1.HouseholdRegistered",
        "mlup.donations.v1.ItemsDistributed"};
    log::v1::Event event = Envelope(kTypes[kind]);
    switch (kind) {
      case kCase:
        stream = cases_[child];
        AddPart(child, event);
        break;
      case kPerson:
        stream = "person/" + children_[child];
        AddPart(child, event);
        break;
      case kAccess:
        stream = "access/" + children_[child];
        break;
      case kHousehold:
        stream = households_[child / 2 % households_.size()];
        for (std::size_t i = 0; i < 2 + Below(2); ++i)
          AddPart((child / 2 * 2 + i) % Count(), event);
        break;
      case kDistribution:
        stream = distributions_[Below(distributions_.size())];
        child = Below(Count());
        for (std::size_t i = 0; i < 2 + Below(7); ++i) AddPart((child + i * 7) % Count(), event);
        break;
    }
    return event;
  }

  std::size_t Count() const { return children_.size(); }

  log::v1::Event Envelope(const char* type) {
    log::v1::Event event;
    event.set_event_id(Id("00000001-"));
    event.set_type(type);
    event.set_schema_version(1);
    event.mutable_occurred()->set_precision(log::v1::PRECISION_DAY);
    event.mutable_occurred()->set_from("2021-02-17");
    event.mutable_occurred()->set_to("2021-02-17");
    event.mutable_actor()->set_actor_id("staff-sw-1");
    event.mutable_actor()->set_role("social_worker");
    event.mutable_actor()->set_organisation_id("mro");
    event.set_channel(log::v1::CHANNEL_TABLET);
    event.set_device("tablet-07");
    event.set_request_id(Id("00000002-"));
    event.set_reason("planned");
    event.set_sensitivity(log::v1::SENSITIVITY_NORMAL);
    event.set_sector(log::v1::SECTOR_CASE_MGMT);
    event.set_place("020305");
    event.set_common(std::string(48, 'x'));
    return event;
  }

  // Sealed bytes that say whose they are, at the usual length of a sealed part; random otherwise.
  void AddPart(std::size_t child, log::v1::Event& event) {
    for (const log::v1::SubjectPart& part : event.subjects()) {
      if (part.subject_id() == children_[child]) return;
    }
    log::v1::SubjectPart& part = *event.add_subjects();
    part.set_subject_id(children_[child]);
    part.set_salt(Noise(kSaltBytes));
    part.set_clear(std::string(24, 'x'));
    part.set_sealed(absl::StrCat(std::string(kSealedMark), children_[child], Noise(64)));
  }

  std::string Noise(std::size_t size) {
    std::string bytes;
    while (bytes.size() < size) {
      const std::uint64_t bits = random_.Next();
      for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<char>(bits >> shift));
    }
    bytes.resize(size);
    return bytes;
  }

  SeededRandom random_;
  std::vector<std::string> children_;
  std::vector<std::string> cases_;
  std::vector<std::string> households_;
  std::vector<std::string> distributions_;
};

}  // namespace mlup::bench
