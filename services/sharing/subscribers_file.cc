// Reads and checks the subscribers file: what is not certain to be meant is refused with its line.
#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <google/protobuf/text_format.h>

#include "eventstore/base/code.h"
#include "eventstore/base/days.h"
#include "eventstore/base/limits.h"
#include "eventstore/log/read_rules.h"
#include "eventstore/payload/event_types.h"
#include "eventstore/payload/filter_names.h"
#include "eventstore/payload/first_error.h"
#include "services/sharing/code_map.h"
#include "services/sharing/concern.h"
#include "services/sharing/subscribers.h"
#include "services/sharing/webhook_url.h"

namespace mlup::sharing {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::TextFormat;

using CodeMaps = std::map<std::string, v1::CodeMap, std::less<>>;

absl::Status Invalid(const std::string& message) {
  return Error(absl::StatusCode::kInvalidArgument, "SUBSCRIBERS_FILE_INVALID",
               absl::StrCat("subscribers file: ", message));
}

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return ('0' <= c && c <= '9') || ('a' <= c && c <= 'f'); });
}

// The entry of the file that is looked at, and where its fields stand.
class Entry {
 public:
  Entry(std::string name, const Descriptor& type, TextFormat::ParseInfoTree* tree)
      : name_(std::move(name)), type_(type), tree_(tree) {}

  // A message field of this entry.
  Entry Child(const std::string& field, int index = -1) const {
    const FieldDescriptor* descriptor = type_.FindFieldByName(field);
    return {name_, *descriptor->message_type(),
            tree_ == nullptr ? nullptr : tree_->GetTreeForNested(descriptor, index)};
  }

  absl::Status Fail(const std::string& field, const std::string& message, int index = -1) const {
    const FieldDescriptor* descriptor = type_.FindFieldByName(field);
    if (tree_ == nullptr || descriptor == nullptr) return Invalid(Text(field, message));
    const int line = tree_->GetLocation(descriptor, index).line;
    if (line < 0) return Invalid(Text(field, message));
    return Invalid(absl::StrCat("line ", line + 1, ", ", Text(field, message)));
  }

 private:
  std::string Text(const std::string& field, const std::string& message) const {
    return absl::StrCat(name_, ": ", field, ": ", message);
  }

  const std::string name_;
  const Descriptor& type_;
  TextFormat::ParseInfoTree* const tree_;
};

// The event types that `type` of SharedFields names.
std::vector<const Descriptor*> TypesOf(const std::string& type) {
  std::vector<const Descriptor*> types;
  for (const Descriptor* known : payload::EventTypes()) {
    if (type == "*" || known->full_name() == type ||
        (absl::EndsWith(type, ".") && absl::StartsWith(known->full_name(), type))) {
      types.push_back(known);
    }
  }
  return types;
}

absl::Status CheckSharedFields(const v1::SharedFields& shared, const Entry& entry) {
  const std::vector<const Descriptor*> types = TypesOf(shared.type());
  if (types.empty()) {
    return entry.Fail("type", absl::StrCat("no event type is named by `", shared.type(),
                                           "`; use a full name, a beginning that ends in `.`, or "
                                           "`*`"));
  }
  for (int i = 0; i < shared.paths_size(); ++i) {
    const std::string& path = shared.paths(i);
    const bool known = path == "*" || std::any_of(types.begin(), types.end(), [&](const auto* t) {
                         return FindClearField(*t, path) != nullptr;
                       });
    if (known) continue;
    return entry.Fail("paths",
                      absl::StrCat("`", path, "` is not a clear field of ", shared.type(),
                                   "; personal fields are never shared"),
                      i);
  }
  return absl::OkStatus();
}

// That events can have the names in a filter.
absl::Status CheckNames(const log::v1::Filter& filter, const Entry& entry) {
  const auto check = [&entry](const char* list, const auto& names, auto problem_of) {
    for (int i = 0; i < names.size(); ++i) {
      const std::string problem = problem_of(names[i]);
      if (!problem.empty()) {
        return entry.Fail(list, absl::StrCat("`", names[i], "`: ", problem), i);
      }
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(check("categories", filter.categories(), payload::NoSuchCategory));
  RETURN_IF_ERROR(check("types", filter.types(), payload::NoSuchType));
  RETURN_IF_ERROR(check("type_prefixes", filter.type_prefixes(), payload::NoSuchTypes));
  return check("stream_prefixes", filter.stream_prefixes(), payload::NoSuchStreams);
}

absl::Status CheckAgreement(const v1::Agreement& agreement, const Entry& entry) {
  if (const absl::Status status = log::CheckFilter(agreement.filter()); !status.ok()) {
    return entry.Fail("filter", std::string(status.message()));
  }
  const log::v1::Filter& filter = agreement.filter();
  const int longest = std::max({filter.categories_size(), filter.types_size(),
                                filter.stream_prefixes_size(), filter.type_prefixes_size()});
  if (static_cast<std::size_t>(longest) > kAgreementFilterEntriesMax) {
    return entry.Fail("filter",
                      absl::StrCat("at most ", kAgreementFilterEntriesMax, " entries in a list"));
  }
  RETURN_IF_ERROR(CheckNames(filter, entry.Child("filter")));
  for (int i = 0; i < agreement.fields_size(); ++i) {
    RETURN_IF_ERROR(CheckSharedFields(agreement.fields(i), entry.Child("fields", i)));
  }
  if (!agreement.expires_on().empty() && !ParseDay(agreement.expires_on()).has_value()) {
    return entry.Fail("expires_on", "must be a day such as 2026-12-31");
  }
  return absl::OkStatus();
}

absl::Status CheckAddresses(const v1::Subscriber& subscriber, const Entry& entry) {
  if (subscriber.has_webhook() && subscriber.has_nats()) {
    return entry.Fail("nats", "at most one of webhook and nats");
  }
  if (subscriber.has_webhook()) {
    if (const WebhookFault fault = CheckWebhook(subscriber.webhook()); !fault.field.empty()) {
      return entry.Child("webhook").Fail(std::string(fault.field), fault.words);
    }
    if (subscriber.webhook().secret_file().empty()) {
      return entry.Child("webhook").Fail("secret_file", "must name the file of the secret");
    }
  }
  if (subscriber.has_nats() &&
      (subscriber.nats().url().empty() || subscriber.nats().stream().empty())) {
    return entry.Child("nats").Fail("url", "url and stream must be given");
  }
  return absl::OkStatus();
}

absl::Status CheckAccepted(const v1::AcceptedFacts& accepted, const CodeMaps& code_maps,
                           const Entry& entry) {
  const Descriptor* type = payload::FindEventType(accepted.type());
  if (type == nullptr) {
    return entry.Fail(
        "type", absl::StrCat("`", accepted.type(), "`: ", payload::NoSuchType(accepted.type())));
  }
  if (accepted.their_type().empty()) return entry.Fail("their_type", "must be given");
  for (int i = 0; i < accepted.fields_size(); ++i) {
    const Entry field_entry = entry.Child("fields", i);
    const FieldDescriptor* field = FindClearField(*type, accepted.fields(i).path());
    const auto map = code_maps.find(accepted.fields(i).code_map());
    if (field == nullptr || field->enum_type() == nullptr || field->is_repeated()) {
      return field_entry.Fail("path", absl::StrCat("`", accepted.fields(i).path(),
                                                   "` is not a clear field with one code"));
    }
    if (map == code_maps.end()) {
      return field_entry.Fail(
          "code_map",
          absl::StrCat("there is no code map `", accepted.fields(i).code_map(), "` in this file"));
    }
    if (map->second.enum_type() != field->enum_type()->full_name()) {
      return field_entry.Fail("code_map", absl::StrCat("is about ", map->second.enum_type(),
                                                       ", not ", field->enum_type()->full_name()));
    }
    if (map->second.lossy()) {
      return field_entry.Fail("code_map", "is lossy: it cannot be read backwards");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSubscriber(const v1::Subscriber& subscriber, const CodeMaps& code_maps,
                             const Entry& entry) {
  if (!IsCode(subscriber.organisation_id())) {
    return entry.Fail("organisation_id", "must be a code such as `mosvy`");
  }
  if (!IsCode(subscriber.purpose())) {
    return entry.Fail("purpose", "must be a code such as `referrals`");
  }
  if (!subscriber.source_system().empty() && !IsCode(subscriber.source_system())) {
    return entry.Fail("source_system", "must be a code such as `oscar`");
  }
  if (!subscriber.token_sha256().empty() &&
      (subscriber.token_sha256().size() != 64 || !IsLowerHex(subscriber.token_sha256()))) {
    return entry.Fail("token_sha256",
                      "must be 64 lower-case hexadecimal digits: printf %s TOKEN | "
                      "sha256sum");
  }
  RETURN_IF_ERROR(CheckAgreement(subscriber.agreement(), entry.Child("agreement")));
  RETURN_IF_ERROR(CheckAddresses(subscriber, entry));
  for (int i = 0; i < subscriber.append_categories_size(); ++i) {
    if (!subscriber.may_append()) return entry.Fail("append_categories", "needs may_append", i);
    const std::string& category = subscriber.append_categories(i);
    if (category.empty() || category.size() > kEnvelopeTextMax || category.front() == '$' ||
        category.find('-') != std::string::npos) {
      return entry.Fail("append_categories",
                        "must be what stands before the hyphen of a stream's name, such as `order`",
                        i);
    }
  }
  std::set<std::string> their_types;
  for (int i = 0; i < subscriber.accepts_size(); ++i) {
    const Entry accepted = entry.Child("accepts", i);
    if (subscriber.source_system().empty()) {
      return entry.Fail("accepts", "needs source_system", i);
    }
    RETURN_IF_ERROR(CheckAccepted(subscriber.accepts(i), code_maps, accepted));
    if (!their_types.insert(subscriber.accepts(i).their_type()).second) {
      return accepted.Fail("their_type", "stands twice");
    }
  }
  return absl::OkStatus();
}

// What no two subscribers may share.
class Unique {
 public:
  absl::Status Check(const v1::Subscriber& subscriber, const Entry& entry) {
    for (const auto& [field, value] :
         {std::pair<std::string, std::string>{"subscriber_id", subscriber.subscriber_id()},
          {"token_sha256", subscriber.token_sha256()},
          {"source_system", subscriber.source_system()}}) {
      if (!value.empty() && !seen_.insert({field, value}).second) {
        return entry.Fail(field, "another subscriber has the same");
      }
    }
    for (int i = 0; i < subscriber.append_categories_size(); ++i) {
      if (!seen_.insert({"append_categories", subscriber.append_categories(i)}).second) {
        return entry.Fail("append_categories", "stands twice: one writer has it", i);
      }
    }
    return absl::OkStatus();
  }

 private:
  std::set<std::pair<std::string, std::string>> seen_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const Subscribers::Book>> Subscribers::Read(std::string_view text) {
  v1::SubscribersFile file;
  FirstError error;
  TextFormat::ParseInfoTree places;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.SetRecursionLimit(kTextDepthMax);
  parser.WriteLocationsTo(&places);
  if (!parser.ParseFromString(std::string(text), &file)) return Invalid(error.text());
  const Entry whole("file", *v1::SubscribersFile::descriptor(), &places);
  if (static_cast<std::size_t>(file.subscribers_size()) > kSubscribersMax) {
    return whole.Fail("subscribers", absl::StrCat("at most ", kSubscribersMax), 0);
  }
  auto parsed = std::make_shared<Book>();
  for (int i = 0; i < file.code_maps_size(); ++i) {
    const v1::CodeMap& map = file.code_maps(i);
    if (!IsCode(map.name())) return whole.Fail("code_maps", "name must be a code", i);
    if (const absl::Status status = CheckCodeMap(map); !status.ok()) {
      return whole.Fail("code_maps", std::string(status.message()), i);
    }
    if (!parsed->code_maps.insert({map.name(), map}).second) {
      return whole.Fail("code_maps", absl::StrCat(map.name(), " stands twice"), i);
    }
  }
  Unique unique;
  for (int i = 0; i < file.subscribers_size(); ++i) {
    const v1::Subscriber& subscriber = file.subscribers(i);
    if (!IsCode(subscriber.subscriber_id())) {
      return whole.Fail("subscribers", "subscriber_id must be a code such as `mosvy`", i);
    }
    const Entry entry(absl::StrCat("subscriber ", subscriber.subscriber_id()),
                      *v1::Subscriber::descriptor(),
                      places.GetTreeForNested(
                          v1::SubscribersFile::descriptor()->FindFieldByName("subscribers"), i));
    RETURN_IF_ERROR(CheckSubscriber(subscriber, parsed->code_maps, entry));
    RETURN_IF_ERROR(unique.Check(subscriber, entry));
    Digest digest{};
    const std::string bytes = absl::HexStringToBytes(subscriber.token_sha256());
    std::copy(bytes.begin(), bytes.end(), digest.begin());
    parsed->token_digests.push_back(digest);
    parsed->subscribers.push_back(subscriber);
  }
  return std::shared_ptr<const Book>(std::move(parsed));
}

}  // namespace mlup::sharing
