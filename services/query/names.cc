// Labels from the first events of streams.
#include "services/query/names.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include <google/protobuf/message.h>

#include "eventstore/base/categories.h"
#include "eventstore/payload/payload.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/network/v1/network_events.pb.h"
#include "services/query/labels.h"

namespace mlup::query {
namespace {

using google::protobuf::DynamicCastToGenerated;

std::string HouseholdLabel(const cases::v1::HouseholdRegistered& household,
                           const log::v1::Event& event) {
  const bool has_type = household.type() != cases::v1::HOUSEHOLD_TYPE_UNSPECIFIED &&
                        household.type() != cases::v1::HOUSEHOLD_TYPE_UNKNOWN;
  const auto* type = cases::v1::HouseholdType_descriptor()->FindValueByNumber(household.type());
  std::string label =
      has_type && type != nullptr ? absl::StrCat(EnumLabel(*type), " household") : "Household";
  const std::string& province = household.residence_province_code();
  absl::StrAppend(&label, ", ", province == "unknown" ? "province unknown" : PlaceLabel(province));
  if (!event.occurred().from().empty()) {
    absl::StrAppend(&label, ", registered ", event.occurred().from());
  }
  return label;
}

std::string GroupLabel(const network::v1::GroupFormed& group) {
  if (!group.name().empty()) return group.name();
  const auto* kind = network::v1::GroupKind_descriptor()->FindValueByNumber(group.kind());
  return kind == nullptr ? "Group" : EnumLabel(*kind);
}

// Whether records of the stream's category begin with an event that says what they are called.
bool HasLabel(std::string_view stream) {
  const auto begins = [stream](const google::protobuf::Descriptor* type) {
    const auto& categories = type->options().GetExtension(command::v1::event).categories();
    return std::ranges::find(categories, CategoryOf(stream)) != categories.end();
  };
  return begins(network::v1::OrganisationRegistered::descriptor()) ||
         begins(network::v1::GroupFormed::descriptor()) ||
         begins(cases::v1::HouseholdRegistered::descriptor());
}

}  // namespace

std::string Names::Stream(const std::string& stream) {
  const auto known = labels_.find(stream);
  if (known != labels_.end()) return known->second;
  return labels_[stream] = Read(stream);
}

std::string Names::Read(const std::string& stream) {
  if (!HasLabel(stream)) return "";
  log::v1::ReadStreamRequest request;
  request.set_stream(stream);
  request.set_limit(1);
  const absl::StatusOr<log::v1::ReadStreamResponse> page = log_.ReadStream(request);
  if (!page.ok() || page->records().empty()) return "";
  const log::v1::Event& event = page->records(0).event();
  const auto message = payload::JoinClear(event);
  if (!message.ok()) return "";
  if (const auto* organisation =
          DynamicCastToGenerated<network::v1::OrganisationRegistered>(message->get())) {
    return organisation->names().empty() ? "" : organisation->names(0);
  }
  if (const auto* group = DynamicCastToGenerated<network::v1::GroupFormed>(message->get())) {
    return GroupLabel(*group);
  }
  if (const auto* home = DynamicCastToGenerated<cases::v1::HouseholdRegistered>(message->get())) {
    return HouseholdLabel(*home, event);
  }
  return "";
}

}  // namespace mlup::query
