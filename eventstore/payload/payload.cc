#include "eventstore/payload/payload.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "eventstore/base/categories.h"
#include "eventstore/payload/event_types.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/privacy/v1/privacy.pb.h"

namespace mlup::payload {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// The same message always gives the same bytes.
std::string Serialise(const Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializeToCodedStream(&coded);
  }
  return bytes;
}

// Clears the personal fields of a sub-message about one person, or all the others.
void Keep(Message& about, bool personal) {
  for (int i = 0; i < about.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = about.GetDescriptor()->field(i);
    if (IsPersonal(*field) != personal) about.GetReflection()->ClearField(&about, field);
  }
}

std::string SubjectOf(const Message& about, const std::string& id_field) {
  const FieldDescriptor* field = about.GetDescriptor()->FindFieldByName(id_field);
  return field == nullptr ? std::string() : about.GetReflection()->GetString(about, field);
}

// One subject's share while an event is split.
struct Share {
  std::string subject_id;
  std::unique_ptr<Message> clear;
  std::unique_ptr<Message> personal;
  bool has_personal = false;
};

Share& ShareOf(std::vector<Share>& shares, const std::string& subject_id, const Message& event) {
  for (Share& share : shares) {
    if (share.subject_id == subject_id) return share;
  }
  shares.push_back({subject_id, std::unique_ptr<Message>(event.New()),
                    std::unique_ptr<Message>(event.New()), false});
  return shares.back();
}

// A new sub-message of `field` in `event`, at the end of a list or as the only one.
Message& AddSubMessage(Message& event, const FieldDescriptor* field) {
  return field->is_repeated() ? *event.GetReflection()->AddMessage(&event, field)
                              : *event.GetReflection()->MutableMessage(&event, field);
}

int CountOf(const Message& event, const FieldDescriptor* field) {
  const Reflection* reflection = event.GetReflection();
  if (field->is_repeated()) return reflection->FieldSize(event, field);
  return reflection->HasField(event, field) ? 1 : 0;
}

const Message& SubMessage(const Message& event, const FieldDescriptor* field, int index) {
  const Reflection* reflection = event.GetReflection();
  return field->is_repeated() ? reflection->GetRepeatedMessage(event, field, index)
                              : reflection->GetMessage(event, field);
}

absl::Status SplitField(const Message& event, const FieldDescriptor* field,
                        const std::string& id_field, std::vector<Share>& shares) {
  for (int i = 0; i < CountOf(event, field); ++i) {
    const Message& about = SubMessage(event, field, i);
    const std::string subject_id = SubjectOf(about, id_field);
    if (subject_id.empty()) {
      return FieldError(absl::StatusCode::kInvalidArgument, "SUBJECT_MISSING",
                        absl::StrCat(field->name(), ".", id_field), "must name the person");
    }
    Share& share = ShareOf(shares, subject_id, event);
    Message& clear = AddSubMessage(*share.clear, field);
    clear.CopyFrom(about);
    Keep(clear, false);
    Message& personal = AddSubMessage(*share.personal, field);
    personal.CopyFrom(about);
    Keep(personal, true);
    share.has_personal = share.has_personal || personal.ByteSizeLong() > 0;
  }
  return absl::OkStatus();
}

const std::string& ClearOf(const Part& part) { return part.clear; }
const std::string& ClearOf(const log::v1::SubjectPart& part) { return part.clear(); }

// Puts the parts of an event together; false when one cannot be read.
template <typename Parts>
bool Join(const std::string& common, const Parts& parts, Message& message) {
  if (!message.ParseFromString(common)) return false;
  for (const auto& part : parts) {
    // Parsing without clearing appends to lists and merges single sub-messages.
    if (!message.MergeFromString(ClearOf(part))) return false;
  }
  return true;
}

absl::Status Damaged(std::string_view type) {
  return Error(absl::StatusCode::kDataLoss, "PAYLOAD_DAMAGED",
               absl::StrCat("the stored payload of a ", ToAbsl(type), " cannot be read"));
}

// An empty event of a type.
absl::StatusOr<const Message*> PrototypeOf(const std::string& type) {
  const auto* descriptor = FindEventType(type);
  if (descriptor != nullptr) {
    return google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor);
  }
  return Error(absl::StatusCode::kInternal, "EVENT_TYPE_UNKNOWN",
               absl::StrCat("this program does not know the event type ", type));
}

}  // namespace

bool IsPersonal(const FieldDescriptor& field) {
  return field.options().GetExtension(privacy::v1::personal);
}

std::string AboutField(const FieldDescriptor& field) {
  return field.options().GetExtension(privacy::v1::about);
}

absl::StatusOr<Payload> Split(const Message& event) {
  std::unique_ptr<Message> common(event.New());
  common->CopyFrom(event);
  std::vector<Share> shares;
  for (int i = 0; i < event.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = event.GetDescriptor()->field(i);
    const std::string id_field = AboutField(*field);
    if (id_field.empty()) continue;
    RETURN_IF_ERROR(SplitField(event, field, id_field, shares));
    common->GetReflection()->ClearField(common.get(), field);
  }
  Payload payload{Serialise(*common), {}};
  for (const Share& share : shares) {
    payload.parts.push_back({share.subject_id, Serialise(*share.clear),
                             share.has_personal ? Serialise(*share.personal) : std::string()});
  }
  return payload;
}

std::unique_ptr<Message> ClearCopy(const Message& event) {
  std::unique_ptr<Message> clear(event.New());
  int parts = 0;
  for (int i = 0; i < event.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = event.GetDescriptor()->field(i);
    if (!AboutField(*field).empty()) parts += CountOf(event, field);
  }
  if (parts > 1) {
    // Its sub-messages come back in the order of their subjects.
    const absl::StatusOr<Payload> payload = Split(event);
    if (payload.ok() && Join(payload->common, payload->parts, *clear)) return clear;
    clear->Clear();
  }
  clear->CopyFrom(event);
  for (int i = 0; i < event.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = event.GetDescriptor()->field(i);
    if (AboutField(*field).empty()) continue;
    for (int k = 0; k < CountOf(event, field); ++k) {
      Keep(field->is_repeated()
               ? *clear->GetReflection()->MutableRepeatedMessage(clear.get(), field, k)
               : *clear->GetReflection()->MutableMessage(clear.get(), field),
           false);
    }
  }
  return clear;
}

absl::StatusOr<std::unique_ptr<Message>> JoinClear(const log::v1::Event& event) {
  ASSIGN_OR_RETURN(const Message* const prototype, PrototypeOf(event.type()));
  std::unique_ptr<Message> message(prototype->New());
  if (!Join(event.common(), event.subjects(), *message)) return Damaged(event.type());
  return message;
}

absl::StatusOr<Message*> JoinClear(const log::v1::Event& event, google::protobuf::Arena& arena) {
  ASSIGN_OR_RETURN(const Message* const prototype, PrototypeOf(event.type()));
  Message* const message = prototype->New(&arena);
  if (!Join(event.common(), event.subjects(), *message)) return Damaged(event.type());
  return message;
}

absl::Status MergePersonal(Message& event, std::string_view subject_id, std::string_view personal) {
  std::unique_ptr<Message> opened(event.New());
  if (!opened->ParseFromArray(personal.data(), static_cast<int>(personal.size()))) {
    return Damaged(event.GetTypeName());
  }
  for (int i = 0; i < event.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = event.GetDescriptor()->field(i);
    const std::string id_field = AboutField(*field);
    if (id_field.empty()) continue;
    int next = 0;
    for (int at = 0; at < CountOf(event, field); ++at) {
      if (SubjectOf(SubMessage(event, field, at), id_field) != subject_id) continue;
      if (next >= CountOf(*opened, field)) return Damaged(event.GetTypeName());
      Message* target = field->is_repeated()
                            ? event.GetReflection()->MutableRepeatedMessage(&event, field, at)
                            : event.GetReflection()->MutableMessage(&event, field);
      target->MergeFrom(SubMessage(*opened, field, next++));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckReadable(const log::v1::Event& event, std::string_view stream) {
  const auto refuse = [](std::string_view reason, std::string_view field, std::string_view words) {
    return FieldError(absl::StatusCode::kInvalidArgument, reason, field, words);
  };
  const google::protobuf::Descriptor* type = FindEventType(event.type());
  if (type == nullptr) {
    return refuse("EVENT_TYPE_UNKNOWN", "type", "is of no event that this program knows");
  }
  const auto& categories = type->options().GetExtension(command::v1::event).categories();
  const Category& category = CategoryFor(stream);
  const bool stands =
      categories.empty() ? category.appender == Appender::kOutside
                         : std::any_of(categories.begin(), categories.end(), [&](const auto& name) {
                             return ToStd(name) == category.name;
                           });
  // What other systems state stands on their streams.
  if (!stands && category.appender != Appender::kOutside) {
    return refuse("STREAM_CATEGORY", "type", "does not stand on streams of this category");
  }
  if (!JoinClear(event).ok()) {
    return refuse("PAYLOAD_UNREADABLE", "common", "cannot be read as an event of this type");
  }
  return absl::OkStatus();
}

}  // namespace mlup::payload
