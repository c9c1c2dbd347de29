#include "tests/property/lives.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "eventstore/payload/patch.h"

namespace mlup::property {

using google::protobuf::Message;

namespace {

// What ends a case, and what makes it live again.
const std::set<std::string>& Ends() {
  static const std::set<std::string> names = {"case_opened", "case_closed", "case_reopened",
                                              "cases_merged", "transfer_answered"};
  return names;
}

}  // namespace

std::string Quoted(std::string_view text) { return absl::StrCat("\"", ToAbsl(text), "\""); }

std::string Told::Says(const std::string& path) const {
  const auto value = payload::ReadField(*event, path);
  if (!value.ok() || *value == "null") return "";
  return std::string(absl::StripPrefix(absl::StripSuffix(*value, "\""), "\""));
}

void Lives::Learn(const Message& request) {
  const domain::Service& service = *domain::FactTable::Get().FindService(*request.GetDescriptor());
  const auto* r = request.GetReflection();
  for (int i = 0; i < r->FieldSize(request, service.facts); ++i) {
    const Message& fact = r->GetRepeatedMessage(request, service.facts, i);
    const domain::FactHead head = domain::HeadOf(fact);
    streams_[std::string(head.stream)].push_back(told_.size());
    told_.push_back({&request, i, &domain::TypeOf(fact), &domain::EventOf(fact),
                     std::string(head.stream), std::string(head.event_id)});
    if (told_.back().name() == "entry_voided") voided_.insert(told_.back().Says("voids_event_id"));
  }
}

std::vector<const Told*> Lives::On(const std::string& stream) const {
  std::vector<const Told*> facts;
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return facts;
  for (const std::size_t at : found->second) facts.push_back(&told_[at]);
  return facts;
}

bool Lives::Has(const std::string& stream, std::string_view name) const {
  return std::ranges::any_of(On(stream), [name](const Told* told) { return told->name() == name; });
}

const Told* Lives::Last(const std::string& stream, const std::set<std::string>& names) const {
  const Told* last = nullptr;
  for (const Told* told : On(stream)) {
    if (names.contains(told->name()) && NotVoided(*this, *told)) last = told;
  }
  return last;
}

bool NotVoided(const Lives& lives, const Told& told) {
  return told.event_id.empty() || !lives.IsVoided(told.event_id);
}

bool OnOpenCase(const Lives& lives, const Told& told) {
  if (!absl::StartsWith(told.stream, "case/")) return false;
  const Told* last = lives.Last(told.stream, Ends());
  return last != nullptr && (last->name() == "case_opened" || last->name() == "case_reopened");
}

bool OnClosedCase(const Lives& lives, const Told& told) {
  if (!absl::StartsWith(told.stream, "case/")) return false;
  const Told* last = lives.Last(told.stream, Ends());
  return last != nullptr && last->name() == "case_closed";
}

command::v1::CommandContext& ContextOf(Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("context");
  return static_cast<command::v1::CommandContext&>(
      *request.GetReflection()->MutableMessage(&request, field));
}

Message& FactOf(Message& request, const Told& told, int index) {
  const domain::Service& service = *told.type->service;
  return *request.GetReflection()->MutableRepeatedMessage(&request, service.facts, index);
}

void SetText(Message& fact, const char* field, const std::string& text) {
  fact.GetReflection()->SetString(&fact, fact.GetDescriptor()->FindFieldByName(field), text);
}

// The fact alone, as news of today.
std::unique_ptr<Message> Alone(const Told& told) {
  std::unique_ptr<Message> request(told.request->New());
  const auto* r = request->GetReflection();
  const domain::Service& service = *told.type->service;
  const auto* context = told.request->GetDescriptor()->FindFieldByName("context");
  r->MutableMessage(request.get(), context)->CopyFrom(r->GetMessage(*told.request, context));
  ContextOf(*request).clear_source_recorded_at();
  r->AddMessage(request.get(), service.facts)
      ->CopyFrom(r->GetRepeatedMessage(*told.request, service.facts, told.index));
  SetText(FactOf(*request, told), "event_id", "");
  return request;
}

Message& EventIn(Message& request, const Told& told) {
  Message& fact = FactOf(request, told);
  return *fact.GetReflection()->MutableMessage(&fact, told.type->field);
}

std::string FieldOf(const Told& told, const std::string& below) {
  return absl::StrCat("facts[0].", told.name(), below.empty() ? "" : ".", below);
}

}  // namespace mlup::property
