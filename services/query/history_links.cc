#include "services/query/history_links.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>

#include <google/protobuf/descriptor.h>

#include "mlup/common/v1/common.pb.h"
#include "mlup/event/v1/event_options.pb.h"

namespace mlup::query {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The approval that an event names; empty for none.
std::string ApprovalOf(const Message& message) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName("approval_id");
  if (field == nullptr || field->options().GetExtension(event::v1::names_other) != "approval") {
    return "";
  }
  return message.GetReflection()->GetString(message, field);
}

bool DecidesApproval(const Message& message) {
  const auto* type = message.GetDescriptor();
  return type == common::v1::ApprovalRequested::descriptor() ||
         type == common::v1::ApprovalGranted::descriptor() ||
         type == common::v1::ApprovalRejected::descriptor();
}

// Whether `from` is `to`, or one of its causes is.
bool LeadsTo(const std::map<std::uint64_t, std::uint64_t>& cause_of, std::uint64_t from,
             std::uint64_t to) {
  while (from != to) {
    const auto cause = cause_of.find(from);
    if (cause == cause_of.end()) return false;
    from = cause->second;
  }
  return true;
}

}  // namespace

void LinkEntries(const std::vector<LinkedEntry>& entries) {
  std::map<std::string, std::uint64_t> position_of;
  std::map<std::string, std::vector<std::uint64_t>> approvals;
  std::map<std::uint64_t, std::uint64_t> first_of_request;
  for (const LinkedEntry& one : entries) {
    position_of.emplace(one.record->event().event_id(), one.entry->position());
    const auto [first, is_new] =
        first_of_request.emplace(one.record->append_first_position(), one.entry->position());
    if (!is_new) first->second = std::min(first->second, one.entry->position());
    if (DecidesApproval(*one.message)) {
      approvals[ApprovalOf(*one.message)].push_back(one.entry->position());
    }
  }
  std::map<std::uint64_t, std::uint64_t> cause_of;
  for (const LinkedEntry& one : entries) {
    const auto cause = position_of.find(one.record->event().causation_id());
    // Authors say what caused what: where that is a circle, it is left open.
    if (cause != position_of.end() && !LeadsTo(cause_of, cause->second, one.entry->position())) {
      cause_of[one.entry->position()] = cause->second;
      one.entry->set_caused_by(cause->second);
    }
    one.entry->set_recorded_with(first_of_request[one.record->append_first_position()]);
    const auto asked = approvals.find(ApprovalOf(*one.message));
    if (asked == approvals.end() || asked->first.empty()) continue;
    for (const std::uint64_t position : asked->second) {
      if (position != one.entry->position()) one.entry->add_approvals(position);
    }
  }
}

}  // namespace mlup::query
