#include "services/sync/push.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/log/error_pb.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/identity/v1/identity_service.pb.h"
#include "mlup/record/v1/record_service.pb.h"
#include "services/domain/fact_table.h"
#include "services/fields/validator.h"
#include "services/sync/owner.h"

namespace mlup::sync {
namespace {

using google::protobuf::Message;
using record::v1::ServiceRequest;

constexpr std::size_t kMessageCharactersMax = 1000;

absl::Status Bad(std::string_view reason, std::string_view field, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

absl::Status CheckItems(const v1::PushItemsRequest& request) {
  if (request.items().empty()) return Bad("TOO_FEW_ITEMS", "items", "must have at least 1 item(s)");
  if (static_cast<std::size_t>(request.items_size()) > kRecordEachMax) {
    return Bad("TOO_MANY_ITEMS", "items",
               absl::StrCat("must have at most ", kRecordEachMax, " items"));
  }
  std::set<std::uint64_t> sequences;
  for (int i = 0; i < request.items_size(); ++i) {
    const std::string field = absl::StrCat("items[", i, "].sequence");
    if (request.items(i).sequence() == 0) return Bad("FIELD_REQUIRED", field, "must be given");
    if (!sequences.insert(request.items(i).sequence()).second) {
      return Bad("SEQUENCE_TWICE", field, "must stand once in a request");
    }
  }
  return absl::OkStatus();
}

// The request of one of the services; null where there is none.
Message* RequestOf(ServiceRequest& request) {
  const auto* oneof = ServiceRequest::descriptor()->oneof_decl(0);
  const auto* choice = request.GetReflection()->GetOneofFieldDescriptor(request, oneof);
  return choice == nullptr ? nullptr : request.GetReflection()->MutableMessage(&request, choice);
}

bool IsValidation(const Message& request) {
  return request.GetReflection()->GetBool(
      request, request.GetDescriptor()->FindFieldByName("validate_only"));
}

// Whose command it is; of an item, from the device that sends it.
absl::Status Settle(const identity::Caller& caller, const Device& device, Message& request) {
  auto& context =
      static_cast<command::v1::CommandContext&>(*request.GetReflection()->MutableMessage(
          &request, request.GetDescriptor()->FindFieldByName("context")));
  RETURN_IF_ERROR(caller.Settle(context));
  if (!context.device().empty() && context.device() != device.name) {
    return Bad("OTHER_DEVICE", "context.device", "must be the device that sends it, or empty");
  }
  context.set_device(device.name);
  if (IsValidation(request)) {
    return Bad("VALIDATE_ONLY", "validate_only", "must not be set: an item is settled");
  }
  return absl::OkStatus();
}

// Whether the same item will be answered so for ever, once that is written down.
bool IsForGood(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kOutOfRange:
      return true;
    default:
      return false;
  }
}

log::v1::Refusal Shortened(const absl::Status& status) {
  log::v1::Refusal refusal = log::ToRefusal(status);
  if (refusal.message().size() > kMessageCharactersMax) {
    refusal.set_message(absl::StrCat(ErrorReason(status), " at ", ErrorField(status)));
  }
  return refusal;
}

}  // namespace

// The items of one call. One thread.
class Push::Batch {
 public:
  Batch(Push& push, const identity::Caller& caller, Device device,
        const v1::PushItemsRequest& request)
      : push_(push), caller_(caller), device_(std::move(device)), request_(request) {
    for (const v1::Item& item : request.items()) in_order_[item.sequence()] = &item;
  }

  absl::StatusOr<v1::PushItemsResponse> Run() {
    ASSIGN_OR_RETURN(state_, push_.outbox_.Read(device_, in_order_.begin()->first));
    next_ = state_.next_sequence;
    for (const auto& [sequence, item] : in_order_) {
      v1::ItemAnswer& answer = answers_[sequence];
      answer.set_sequence(sequence);
      if (sequence < next_) {
        AnswerSettled(*item, answer);
      } else if (sequence == next_ && !stopped_) {
        Take(*item, answer);
      } else {
        answer.mutable_waiting()->set_for_sequence(next_);
      }
    }
    RETURN_IF_ERROR(WriteDown());
    v1::PushItemsResponse response;
    for (const v1::Item& item : request_.items()) {
      response.add_answers()->Swap(&answers_.at(item.sequence()));
    }
    response.set_next_sequence(next_);
    return response;
  }

 private:
  // The request as it is recorded, or what is wrong with it.
  absl::StatusOr<Message*> Prepare(ServiceRequest& request) const {
    Message* asked = RequestOf(request);
    if (asked == nullptr) return Bad("FIELD_REQUIRED", "service", "must be given");
    const std::string& name = domain::FactTable::Get().FindService(*asked->GetDescriptor())->name;
    if (!push_.parts_.services.contains(name)) {
      return Error(absl::StatusCode::kUnimplemented, "ROLE_NOT_PLAYED",
                   absl::StrCat("this process does not play the role ", name));
    }
    RETURN_IF_ERROR(Settle(caller_, device_, *asked));
    return asked;
  }

  void AnswerSettled(const v1::Item& item, v1::ItemAnswer& answer) {
    ServiceRequest request = item.request();
    const absl::StatusOr<Message*> asked = Prepare(request);
    const auto settled = state_.settled.find(item.sequence());
    const std::string digest = DigestOf(request);
    if (settled != state_.settled.end() && settled->second.request_digest() != digest) {
      *answer.mutable_refused() = log::ToRefusal(
          FieldError(absl::StatusCode::kAlreadyExists, "SEQUENCE_REUSED", "sequence",
                     "another request was settled with this sequence: number on from "
                     "`next_sequence`"));
      return;
    }
    if (settled != state_.settled.end() && settled->second.has_refused()) {
      *answer.mutable_refused() = settled->second.refused();
      return;
    }
    if (!asked.ok()) return Fail(asked.status(), answer);
    const absl::StatusOr<std::optional<command::RecordResult>> earlier =
        push_.parts_.commands.Find(push_.parts_.commands.IdentityOf(**asked));
    if (!earlier.ok()) return Fail(earlier.status(), answer);
    if (earlier->has_value()) {
      return AnswerRecorded(**earlier, answer);
    }
    Fail(Error(absl::StatusCode::kOutOfRange, "ITEM_TOO_OLD",
               "it was settled too long ago to be answered again: pull what stands now"),
         answer);
  }

  void AnswerRecorded(command::RecordResult result, v1::ItemAnswer& answer) const {
    const absl::Status found = push_.FindConflicts(result, answer);
    if (!found.ok()) return Fail(found, answer);
    *answer.mutable_recorded() = std::move(result);
  }

  static void Fail(const absl::Status& status, v1::ItemAnswer& answer) {
    *answer.mutable_failed() = log::ToRefusal(status);
  }

  std::string DigestOf(ServiceRequest& request) const {
    const Message* asked = RequestOf(request);
    return asked == nullptr ? "" : push_.parts_.commands.IdentityOf(*asked).digest;
  }

  void Take(const v1::Item& item, v1::ItemAnswer& answer) {
    ServiceRequest request = item.request();
    Outbox::Settled settled;
    settled.set_sequence(item.sequence());
    if (item.has_made_at()) *settled.mutable_made_at() = item.made_at();
    const absl::StatusOr<Message*> asked = Prepare(request);
    settled.set_request_digest(DigestOf(request));
    absl::StatusOr<command::RecordResult> result =
        asked.ok() ? push_.Record(**asked, settled) : asked.status();
    if (result.ok()) {
      AnswerRecorded(*std::move(result), answer);
    } else if (IsForGood(result.status())) {
      settled.clear_bases();
      *settled.mutable_refused() = Shortened(result.status());
      *answer.mutable_refused() = settled.refused();
    } else {
      // Those that follow may rest on it.
      stopped_ = true;
      return Fail(result.status(), answer);
    }
    settled_.add_items()->Swap(&settled);
    ++next_;
  }

  absl::Status WriteDown() {
    if (settled_.items().empty()) return absl::OkStatus();
    if (request_.has_sent_at()) *settled_.mutable_sent_at() = request_.sent_at();
    absl::Status written = push_.outbox_.Settle(device_, state_.revision, settled_);
    if (!absl::IsAborted(written)) return written;
    return Error(absl::StatusCode::kAborted, "PUSH_OVERTAKEN",
                 "another push of this device came first: send it again");
  }

  Push& push_;
  const identity::Caller& caller_;
  const Device device_;
  const v1::PushItemsRequest& request_;
  std::map<std::uint64_t, const v1::Item*> in_order_;
  std::map<std::uint64_t, v1::ItemAnswer> answers_;
  Outbox::State state_;
  v1::ItemsSettled settled_;
  std::uint64_t next_ = 1;
  bool stopped_ = false;
};

Push::Push(const Parts& parts)
    : parts_(parts),
      merger_({parts.log, parts.keyring, parts.clock, parts.random}),
      outbox_({parts.log, parts.keyring, parts.clock, parts.random}) {}

absl::StatusOr<v1::PushItemsResponse> Push::PushItems(const v1::PushItemsRequest& request,
                                                      const identity::Caller* caller) {
  ASSIGN_OR_RETURN(const Device device, OwnDevice(parts_.accounts, caller, request.device()));
  RETURN_IF_ERROR(CheckItems(request));
  const command::Turns::Turn turn(turns_, StreamOf(device));
  return Batch(*this, *caller, device, request).Run();
}

absl::StatusOr<command::RecordResult> Push::Record(const Message& asked, Outbox::Settled& settled) {
  const auto base_of = [this](const Saying& saying, const std::string& stream) {
    const auto base =
        outbox_.BaseOf({saying.actor_id, saying.device}, saying.request_digest, stream);
    return base.ok() ? *base : 0;
  };
  const domain::Service& service = *domain::FactTable::Get().FindService(*asked.GetDescriptor());
  for (int i = 0; i < asked.GetReflection()->FieldSize(asked, service.facts); ++i) {
    const domain::FactHead head =
        domain::HeadOf(asked.GetReflection()->GetRepeatedMessage(asked, service.facts, i));
    if (head.base_revision == 0) continue;
    v1::StreamHead& known = *settled.add_bases();
    known.set_stream(head.stream);
    known.set_revision(head.base_revision);
  }
  // Recorded by a call that ended before that was written down.
  const absl::StatusOr<std::optional<command::RecordResult>> earlier =
      parts_.commands.Find(parts_.commands.IdentityOf(asked));
  if (earlier.ok() && earlier->has_value()) return **earlier;
  absl::StatusOr<command::RecordResult> result = absl::UnknownError("");
  for (int i = 0; i <= kCommandRetriesMax; ++i) {
    const absl::StatusOr<std::unique_ptr<Message>> merged = merger_.Merge(asked, base_of);
    if (!merged.ok()) return WhyNot(asked, merged.status());
    result = parts_.commands.RecordFor(asked, **merged);
    if (!absl::IsAborted(result.status())) break;
  }
  if (result.ok() && asked.GetDescriptor() == identity::v1::RecordRequest::descriptor()) {
    parts_.accounts.LookAgain();
  }
  return result;
}

absl::Status Push::WhyNot(const Message& asked, const absl::Status& not_merged) {
  const std::unique_ptr<Message> probe(asked.New());
  probe->CopyFrom(asked);
  probe->GetReflection()->SetBool(probe.get(),
                                  probe->GetDescriptor()->FindFieldByName("validate_only"), true);
  const domain::Service& service = *domain::FactTable::Get().FindService(*asked.GetDescriptor());
  for (int i = 0; i < probe->GetReflection()->FieldSize(*probe, service.facts); ++i) {
    Message& fact = *probe->GetReflection()->MutableRepeatedMessage(probe.get(), service.facts, i);
    fact.GetReflection()->ClearField(&fact, fact.GetDescriptor()->FindFieldByName("base_revision"));
  }
  const absl::Status may = parts_.commands.Record(*probe).status();
  return absl::IsPermissionDenied(may) ? may : not_merged;
}

absl::Status Push::FindConflicts(const command::RecordResult& result,
                                 v1::ItemAnswer& answer) const {
  log::pb::ReadAllRequest page;
  page.set_from_position(result.first_position());
  page.set_limit(static_cast<std::uint32_t>(result.event_ids_size()));
  ASSIGN_OR_RETURN(const log::pb::ReadAllResponse read, parts_.log.ReadAll(page));
  for (const log::v1::Record& record : read.records()) {
    common::v1::ConflictDetected detected;
    if (record.event().type() != detected.GetTypeName()) continue;
    if (!detected.ParseFromString(record.event().common())) continue;
    v1::FoundConflict& found = *answer.add_conflicts();
    found.set_stream(record.stream());
    found.set_event_id(record.event().event_id());
    found.set_field(detected.field());
  }
  return absl::OkStatus();
}

}  // namespace mlup::sync
