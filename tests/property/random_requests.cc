#include "tests/property/random_requests.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include <google/protobuf/text_format.h>

#include "eventstore/base/check.h"
#include "mlup/command/v1/command.pb.h"
#include "services/domain/fact_table.h"
#include "services/fields/from_text.h"
#include "tests/property/fill.h"

namespace mlup::property {
namespace {

using google::protobuf::Message;

struct Template {
  std::string_view service;
  std::string_view category;
  // $O is the id of the record, $P a person, $U a small set of ids, $E an event of the stream, $W a
  // word of the two behind it.
  std::string_view text;
};

constexpr std::array kTemplates = {
    Template{"cases", "person",
             "person_registered { person { person_id: '$O' name_latin: 'Sokha' } }"},
    Template{"cases", "person",
             "person_registered { person { person_id: '$O' name_latin: 'Sokha' } }"},
    Template{"cases", "person", "note_recorded { person { person_id: '$P' text: 'words' } }"},
    Template{
        "cases", "person",
        "consent_recorded { person { person_id: '$O' decision: CONSENT_DECISION_$W|GIVEN|REFUSED| "
        "purpose: CONSENT_PURPOSE_SERVICE } }"},
    Template{"cases", "person",
             "person_role_started { person { person_id: '$O' role: PERSON_ROLE_MENTOR } }"},
    Template{"cases", "person",
             "person_role_ended { person { person_id: '$O' role: PERSON_ROLE_MENTOR } }"},
    Template{"cases", "person",
             "persons_merged { person { person_id: '$O' } survivor { person_id: '$P' } "
             "approval_id: '$U' }"},
    Template{"cases", "person",
             "persons_unmerged { person { person_id: '$O' } merge_event_id: '$E' }"},
    Template{"cases", "person",
             "approval_requested { approval_id: '$U' subject: APPROVAL_SUBJECT_MERGE }"},
    Template{"cases", "person", "approval_granted { approval_id: '$U' }"},
    Template{"cases", "person", "entry_voided { voids_event_id: '$E' }"},
    Template{"cases", "person", "details_corrected { corrects_event_id: '$E' place: '02' }"},
    Template{"cases", "person", "document_attached { about { person_id: '$P' title: 'words' } }"},
    Template{"cases", "case", "concern_received { child { person_id: '$P' } }"},
    Template{"cases", "case",
             "case_opened { child { person_id: '$O' } $W|supported_by_org_id: "
             "'018f3c6e-0000-7000-8000-0000000000d1'|| }"},
    Template{"cases", "case", "case_opened { child { person_id: '$O' } }"},
    Template{"cases", "case", "case_closed { child { person_id: '$O' } approval_id: '$U' }"},
    Template{"cases", "case", "case_closed { child { person_id: '$O' } approval_id: '$U' }"},
    Template{"cases", "case", "case_reopened { child { person_id: '$O' } }"},
    Template{"cases", "case",
             "approval_requested { approval_id: '$U' subject: APPROVAL_SUBJECT_CLOSURE }"},
    Template{"cases", "case", "approval_granted { approval_id: '$U' }"},
    Template{"cases", "case", "approval_rejected { approval_id: '$U' }"},
    Template{"cases", "case", "placement_started { placement_id: '$U' child { person_id: '$O' } }"},
    Template{"cases", "case", "placement_ended { placement_id: '$U' child { person_id: '$O' } }"},
    Template{"cases", "case",
             "follow_up_conducted { followup_type: FOLLOW_UP_TYPE_$W|AFTERCARE|IN_CARE| }"},
    Template{"cases", "case",
             "referral_made { person { person_id: '$O' } to_org_id: '$U' consent_event_id: '$E' }"},
    Template{"cases", "case", "entry_voided { voids_event_id: '$E' }"},
    Template{"cases", "household", "household_registered { }"},
    Template{"cases", "household", "household_member_added { member { person_id: '$P' } }"},
    Template{"cases", "household", "household_member_removed { member { person_id: '$P' } }"},
    Template{"cases", "household", "households_merged { survivor_id: '$P' approval_id: '$U' }"},
    Template{"training", "activity", "activity_planned { }"},
    Template{"training", "activity", "activity_held { }"},
    Template{"training", "activity", "activity_held { }"},
    Template{"training", "activity", "activity_cancelled { }"},
    Template{"training", "activity",
             "attendance_recorded { person { person_id: '$P' } session_no: 1 }"},
    Template{"training", "activity",
             "headcount_recorded { n: 4 female: 2 $W|replaces_event_id: '$E'|| }"},
    Template{"training", "activity", "entry_voided { voids_event_id: '$E' }"},
    Template{"training", "person", "work_experience_started { person { person_id: '$P' } }"},
    Template{"training", "person", "work_experience_ended { person { person_id: '$O' } }"},
    Template{"donations", "distribution", "distribution_held { }"},
    Template{"donations", "distribution",
             "items_distributed { recipient_kind: RECIPIENT_KIND_PERSON recipient { person_id: "
             "'$P' } lines "
             "{ item_code: 'rice' unit: 'kg' quantity: '$W|2|4.5|' } }"},
    Template{"donations", "distribution",
             "distribution_reversed { reverses_event_id: '$E' lines { item_code: 'rice' unit: 'kg' "
             "quantity: '2' } }"},
    Template{"donations", "distribution", "entry_voided { voids_event_id: '$E' }"},
    Template{"donations", "donation",
             "donation_received { lines { item_code: 'rice' unit: 'kg' quantity: '3' } }"},
    Template{"donations", "donation",
             "donation_allocated { lines { item_code: 'rice' unit: 'kg' quantity: '$W|3|3.5|' } }"},
    Template{"network", "club", "group_formed { }"},
    Template{"network", "club", "group_member_joined { member { person_id: '$P' } }"},
    Template{"network", "club", "group_member_left { member { person_id: '$P' } }"},
    Template{"network", "organisation", "organisation_registered { }"},
    Template{"network", "organisation", "partnership_agreed { }"},
    Template{"network", "organisation", "partnership_ended { }"},
    Template{"network", "report", "report_period_closed { period: '2021-Q1' }"},
    Template{"network", "report",
             "report_published { period: '2021-Q1' as_known_at: '2021-04-2$W|2|3|' }"},
    Template{"network", "report", "entry_voided { voids_event_id: '$E' }"},
};

const domain::Service& ServiceNamed(std::string_view name) {
  for (const domain::Service& service : domain::FactTable::Get().services()) {
    if (service.name == name) return service;
  }
  CHECK(false && "the templates name services");
  return domain::FactTable::Get().services().front();
}

std::unique_ptr<Message> Copy(const Message& message) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

}  // namespace

std::string RandomRequests::NewId() {
  return absl::StrFormat("018f3c6e-0000-7000-8001-%012d", ++ids_);
}

std::string RandomRequests::RecordId() {
  return absl::StrFormat("018f3c6e-0000-7000-8000-%012d", 1 + Below(2));
}

std::string RandomRequests::KnownEventOf(const std::string& stream) {
  const std::vector<std::string>& ids = stated_[stream];
  if (ids.empty() || OneIn(8)) return RecordId();
  return ids[static_cast<std::size_t>(Below(static_cast<int>(ids.size())))];
}

std::string RandomRequests::Words(std::string_view text, const std::string& stream) {
  std::string words(text);
  if (const std::size_t at = words.find("$W|"); at != std::string::npos) {
    const std::size_t middle = words.find('|', at + 3);
    const std::size_t end = words.find('|', middle + 1);
    const std::string chosen = OneIn(2) ? words.substr(at + 3, middle - at - 3)
                                        : words.substr(middle + 1, end - middle - 1);
    words.replace(at, end - at + 1, chosen);
  }
  const std::string owner = stream.substr(stream.find('/') + 1);
  const std::string consents = absl::StrCat("person/", owner);
  const bool referral = words.find("consent_event_id") != std::string::npos;
  return absl::StrReplaceAll(
      words, {{"$O", OneIn(12) ? RecordId() : owner},
              {"$P", RecordId()},
              {"$U", absl::StrFormat("018f3c6e-0000-7000-8002-%012d", 1 + Below(3))},
              {"$E", KnownEventOf(referral ? consents : stream)}});
}

void RandomRequests::AddHead(std::string& text, const std::string& stream) {
  absl::StrAppend(&text, " stream: '", stream, "'");
  if (OneIn(2)) {
    std::vector<std::string>& ids = stated_[stream];
    if (ids.empty() || !OneIn(12)) ids.push_back(NewId());
    absl::StrAppend(&text, " event_id: '", ids.back(), "'");
  }
  if (OneIn(6)) {
    absl::StrAppend(&text, " occurred { precision: PRECISION_MONTH from: '2021-",
                    OneIn(6) ? "05" : "03", "' }");
  }
  if (OneIn(8)) absl::StrAppend(&text, " place: '08' reason: 'phone_call'");
  if (OneIn(12)) absl::StrAppend(&text, " base_revision: ", 1 + Below(4));
}

std::string RandomRequests::Fact(std::string_view service) {
  while (true) {
    const Template& one =
        kTemplates[static_cast<std::size_t>(Below(static_cast<int>(kTemplates.size())))];
    if (one.service != service) continue;
    const std::string stream =
        absl::StrCat(absl::string_view(one.category.data(), one.category.size()), "/", RecordId());
    std::string text = Words(one.text, stream);
    AddHead(text, stream);
    return text;
  }
}

std::string RandomRequests::Context() {
  return ContextText(absl::StrCat("r-", ++requests_), "2021-03-01",
                     OneIn(2) ? "staff-sw-1" : "staff-sw-2");
}

// Something that no rule of a record has to look at.
void RandomRequests::Break(std::string_view service, Message& request) {
  const auto* r = request.GetReflection();
  const auto* type = request.GetDescriptor();
  auto& context = static_cast<command::v1::CommandContext&>(
      *r->MutableMessage(&request, type->FindFieldByName("context")));
  Message& fact = *r->MutableRepeatedMessage(&request, ServiceNamed(service).facts, 0);
  const auto* stream = fact.GetDescriptor()->FindFieldByName("stream");
  switch (Below(7)) {
    case 0:
      return context.set_role("guest");
    case 1:
      return context.set_role("note_taker");
    case 2:
      return context.clear_channel();
    case 3:
      return context.mutable_occurred()->set_from("2021-04-23");
    case 4:
      return fact.GetReflection()->SetString(&fact, stream,
                                             "store/018f3c6e-0000-7000-8000-000000000001");
    case 5:
      return fact.GetReflection()->SetString(&fact, stream, "somewhere");
    default:
      return Spoil(fact);
  }
}

std::unique_ptr<Message> RandomRequests::Next() {
  if (!earlier_.empty() && OneIn(8)) {
    return Copy(*earlier_[static_cast<std::size_t>(Below(static_cast<int>(earlier_.size())))]);
  }
  constexpr std::array<std::string_view, 7> kServices = {"cases",     "cases",   "cases",   "cases",
                                                         "donations", "network", "training"};
  const std::string_view name = kServices[static_cast<std::size_t>(Below(kServices.size()))];
  const domain::Service& service = ServiceNamed(name);
  std::unique_ptr<Message> request(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(service.request)->New());
  std::string text = absl::StrCat("context { ", Context(), " }");
  const int facts = OneIn(2) ? 1 : 1 + Below(4);
  for (int i = 0; i < facts; ++i) absl::StrAppend(&text, " facts { ", Fact(name), " }");
  CHECK(google::protobuf::TextFormat::ParseFromString(text, request.get()));
  for (int i = 0; i < facts; ++i) {
    FillRequired(
        *request->GetReflection()->MutableRepeatedMessage(request.get(), service.facts, i));
  }
  if (!earlier_.empty() && OneIn(20)) {
    const Message& other = *earlier_.back();
    const auto* field = other.GetDescriptor()->FindFieldByName("context");
    const auto& context = static_cast<const command::v1::CommandContext&>(
        other.GetReflection()->GetMessage(other, field));
    static_cast<command::v1::CommandContext&>(
        *request->GetReflection()->MutableMessage(request.get(),
                                                  service.request->FindFieldByName("context")))
        .set_request_id(context.request_id());
  }
  if (OneIn(12)) Break(name, *request);
  earlier_.push_back(Copy(*request));
  return request;
}

}  // namespace mlup::property
