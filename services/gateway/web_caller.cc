#include "services/gateway/web_caller.h"

#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <google/protobuf/descriptor.h>

#include "eventstore/json/json_text.h"

namespace mlup::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::string_view kCookie = "mlup_demonstration";

const FieldDescriptor* TextField(const Descriptor& type, const std::string& name) {
  const FieldDescriptor* field = type.FindFieldByName(name);
  const bool is_text = field != nullptr && !field->is_repeated() &&
                       field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  return is_text ? field : nullptr;
}

// Whether a message of the type says who acts.
bool SaysWho(const Descriptor& type) {
  return TextField(type, "actor_id") != nullptr && TextField(type, "role") != nullptr &&
         TextField(type, "organisation_id") != nullptr;
}

// The field of a request that says who acts; null where there is none.
const FieldDescriptor* FieldOfWho(const Descriptor& request) {
  for (int i = 0; i < request.field_count(); ++i) {
    const FieldDescriptor* field = request.field(i);
    if (!field->is_repeated() && field->message_type() != nullptr &&
        field->real_containing_oneof() == nullptr && SaysWho(*field->message_type())) {
      return field;
    }
  }
  return nullptr;
}

void FillIn(Message& message, const char* name, const std::string& value) {
  const FieldDescriptor* field = TextField(*message.GetDescriptor(), name);
  if (!message.GetReflection()->GetString(message, field).empty()) return;
  message.GetReflection()->SetString(&message, field, value);
}

absl::Status SayWho(const WebCaller& caller, Message& message, const std::string& path) {
  const FieldDescriptor* actor = TextField(*message.GetDescriptor(), "actor_id");
  const std::string stated = message.GetReflection()->GetString(message, actor);
  if (!stated.empty() && stated != caller.actor_id) {
    return FieldError(absl::StatusCode::kPermissionDenied, "ACTOR_NOT_SIGNED_IN",
                      strict::MemberPath(path, "actor_id"), "names another than who is signed in");
  }
  FillIn(message, "actor_id", caller.actor_id);
  FillIn(message, "role", caller.role);
  FillIn(message, "organisation_id", caller.organisation_id);
  return absl::OkStatus();
}

// Depth is bounded by what JSON and protobuf allow a message to have.
absl::Status Visit(const WebCaller& caller, Message& message, const std::string& path) {
  if (SaysWho(*message.GetDescriptor())) RETURN_IF_ERROR(SayWho(caller, message, path));
  std::vector<const FieldDescriptor*> fields;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const std::string place = strict::MemberPath(path, field->name());
    if (!field->is_repeated()) {
      RETURN_IF_ERROR(Visit(caller, *reflection->MutableMessage(&message, field), place));
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      RETURN_IF_ERROR(Visit(caller, *reflection->MutableRepeatedMessage(&message, field, i),
                            absl::StrCat(place, "[", i, "]")));
    }
  }
  return absl::OkStatus();
}

// Empty where there is none.
std::string CookieOf(const HttpRequest& request) {
  for (absl::string_view one : absl::StrSplit(ToAbsl(request.Header("cookie")), ';')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(absl::StripAsciiWhitespace(one), absl::MaxSplits('=', 1));
    if (parts.first == ToAbsl(kCookie)) return std::string(parts.second);
  }
  return "";
}

}  // namespace

absl::Status ActAs(const WebCaller& caller, Message& request) {
  if (const FieldDescriptor* field = FieldOfWho(*request.GetDescriptor())) {
    request.GetReflection()->MutableMessage(&request, field);
  }
  return Visit(caller, request, "");
}

bool SaysWhoActs(const Descriptor& request) {
  return SaysWho(request) || FieldOfWho(request) != nullptr;
}

absl::StatusOr<WebCallers> WebCallers::From(const std::vector<std::string>& actor_ids,
                                            const identity::Policy& policy) {
  std::vector<WebCaller> callers;
  for (const std::string& actor_id : actor_ids) {
    const identity::v1::ActorEntry* actor = policy.FindActor(actor_id);
    if (actor == nullptr) {
      return Error(absl::StatusCode::kInvalidArgument, "ACTOR_UNKNOWN",
                   absl::StrCat("the roles file has no actor ", actor_id));
    }
    for (const std::string& role : actor->roles()) {
      callers.push_back({actor_id, role, actor->organisation_id(), policy.ActorLabel(actor_id),
                         policy.RoleLabel(role)});
    }
  }
  return WebCallers(std::move(callers));
}

const WebCaller* WebCallers::Find(const std::string& actor_id, const std::string& role) const {
  for (const WebCaller& caller : callers_) {
    if (caller.actor_id == actor_id && caller.role == role) return &caller;
  }
  return nullptr;
}

absl::StatusOr<WebCaller> WebCallers::Who(const HttpRequest& request) const {
  if (callers_.empty()) {
    return Error(absl::StatusCode::kUnauthenticated, "NOBODY_SIGNED_IN",
                 "nobody is signed in: start mlupd with --web-actor for a demonstration");
  }
  const std::pair<std::string, std::string> chosen =
      absl::StrSplit(CookieOf(request), absl::MaxSplits('/', 1));
  const WebCaller* caller = Find(chosen.first, chosen.second);
  return caller == nullptr ? callers_.front() : *caller;
}

absl::StatusOr<std::string> WebCallers::Choose(const std::string& actor_id,
                                               const std::string& role) const {
  if (Find(actor_id, role) == nullptr) {
    return FieldError(absl::StatusCode::kNotFound, "ACTOR_UNKNOWN", "actor_id",
                      "is none of those that the daemon was started with");
  }
  return absl::StrCat(ToAbsl(kCookie), "=", actor_id, "/", role,
                      "; Path=/; HttpOnly; SameSite=Strict");
}

}  // namespace mlup::gateway
