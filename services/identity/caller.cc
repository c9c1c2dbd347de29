#include "services/identity/caller.h"

#include <string_view>

#include "absl/strings/str_cat.h"
#include <google/protobuf/descriptor.h>

namespace mlup::identity {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::Status NotYours(std::string_view field, std::string_view words) {
  return FieldError(absl::StatusCode::kPermissionDenied, "ACTOR_NOT_YOURS", field, words);
}

const FieldDescriptor* ActorIdOf(const google::protobuf::Descriptor& type) {
  const FieldDescriptor* field = type.FindFieldByName("actor_id");
  const bool is_text = field != nullptr && !field->is_repeated() &&
                       field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  return is_text ? field : nullptr;
}

}  // namespace

absl::Status Caller::MayAsk(const Message& request) const {
  if (kind_ == Kind::kAnybody || kind_ == Kind::kUnknown) return absl::OkStatus();
  const auto check = [this](const Message& message, const std::string& path) -> absl::Status {
    const FieldDescriptor* field = ActorIdOf(*message.GetDescriptor());
    if (field == nullptr) return absl::OkStatus();
    if (message.GetReflection()->GetString(message, field) == actor_id_ && !actor_id_.empty()) {
      return absl::OkStatus();
    }
    return NotYours(absl::StrCat(path, "actor_id"),
                    actor_id_.empty() ? "who asks here is a person: sign in"
                                      : absl::StrCat("you are signed in as ", actor_id_,
                                                     " and ask as nobody else"));
  };
  RETURN_IF_ERROR(check(request, ""));
  for (const char* const name : {"actor", "reader"}) {
    const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    RETURN_IF_ERROR(
        check(request.GetReflection()->GetMessage(request, field), absl::StrCat(name, ".")));
  }
  return absl::OkStatus();
}

absl::Status Caller::Settle(command::v1::CommandContext& context) const {
  if (!context.recorded_by().empty() && context.recorded_by() != actor_id_) {
    return NotYours("context.recorded_by", "who records is told by the sign-in: leave it empty");
  }
  context.clear_recorded_by();
  switch (kind_) {
    case Kind::kAnybody:
      return absl::OkStatus();
    case Kind::kUnknown:
    case Kind::kInstallation:
      return NotYours("context.actor_id", "only people record: sign in");
    case Kind::kAccount:
      break;
  }
  if (context.actor_id() == actor_id_) return absl::OkStatus();
  if (context.channel() != log::v1::CHANNEL_IMPORT) {
    return NotYours("context.actor_id", absl::StrCat("you are signed in as ", actor_id_,
                                                     " and act as nobody else; only what is "
                                                     "imported names others"));
  }
  context.set_recorded_by(actor_id_);
  return absl::OkStatus();
}

}  // namespace mlup::identity
