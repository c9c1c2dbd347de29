// Makes groups from what clients ask for.
#include "services/esdb/groups.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "services/esdb/faults.h"
#include "services/esdb/group_info.h"
#include "services/esdb/group_settings.h"

namespace mlup::esdb {
namespace {

using persistent::CreateReq;
using persistent::SubscriptionInfo;

constexpr std::size_t kGroupNameBytesMax = 128;

absl::Status InvalidGroup(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

absl::Status Unknown(const GroupName& name) {
  return GroupFault(absl::StatusCode::kNotFound, "persistent-subscription-does-not-exist",
                    name.stream, name.group,
                    absl::StrCat("Subscription group ", name.group, " on stream ", name.stream,
                                 " does not exist."));
}

GroupName NameOfOptions(const CreateReq::Options& options) {
  if (options.has_stream()) {
    return {options.stream().stream_identifier().stream_name(), options.group_name()};
  }
  return {std::string(kAllStream), options.group_name()};
}

}  // namespace

absl::Status ToGroupFault(const absl::Status& status, const GroupName& name) {
  const std::string reason = ErrorReason(status);
  const auto fault = [&](absl::StatusCode code, std::string_view exception) {
    return GroupFault(code, exception, name.stream, name.group, ToStd(status.message()));
  };
  if (reason == "GROUP_EXISTS") {
    return fault(absl::StatusCode::kAlreadyExists, "persistent-subscription-exists");
  }
  if (reason == "GROUP_UNKNOWN") return Unknown(name);
  if (reason == "CONSUMERS_FULL") {
    return fault(absl::StatusCode::kFailedPrecondition, "maximum-subscribers-reached");
  }
  if (reason == "GROUP_DELETED" || reason == "GROUP_CHANGED") {
    return fault(absl::StatusCode::kCancelled, "persistent-subscription-dropped");
  }
  if (reason == "GROUPS_FULL") {
    return fault(absl::StatusCode::kResourceExhausted, "persistent-subscription-failed");
  }
  return status;
}

absl::Status Groups::Create(std::string_view owner, CreateReq::Options options) {
  Modernise(options);
  const GroupName name = NameOfOptions(options);
  ASSIGN_OR_RETURN(const log::GroupDefinition definition, Define(owner, options));
  const std::vector<log::GroupStatus> all = host_.List();
  const auto own = std::count_if(all.begin(), all.end(), [owner](const log::GroupStatus& group) {
    return group.definition.owner == owner;
  });
  if (static_cast<std::size_t>(own) >= kEsdbGroupsOfOneMax) {
    return GroupFault(absl::StatusCode::kResourceExhausted, "persistent-subscription-failed",
                      name.stream, name.group,
                      absl::StrCat("a subscriber has at most ", kEsdbGroupsOfOneMax, " groups"));
  }
  return ToGroupFault(host_.Create(definition), name);
}

absl::StatusOr<log::GroupDefinition> Groups::Define(std::string_view owner,
                                                    const CreateReq::Options& options) {
  const GroupName name = NameOfOptions(options);
  if (name.group.empty() || name.group.size() > kGroupNameBytesMax) {
    return InvalidGroup("GROUP_NAME_INVALID",
                        absl::StrCat("a group's name is 1 to ", kGroupNameBytesMax, " bytes"));
  }
  log::GroupDefinition definition;
  definition.name = name.InHost();
  definition.owner = std::string(owner);
  ASSIGN_OR_RETURN(definition.settings, SettingsOf(options));
  if (options.has_all()) {
    ASSIGN_OR_RETURN(const ClientFilter filter, ClientFilter::Make(options.all().filter()));
    definition.target.filter = filter.coarse();
    definition.start = StartOf(options.all());
    return definition;
  }
  ASSIGN_OR_RETURN(const Name stream, ParseName(name.stream));
  if (stream.kind == NameKind::kReserved) {
    return AccessDenied("nothing can be read from this name: it belongs to mlup or the system");
  }
  if (!stream.IsVirtual()) {
    definition.target.stream = stream.stream;
    definition.start = StartOf(options.stream());
    return definition;
  }
  definition.target.filter = LinkFilter(stream);
  definition.start.from_end = options.stream().has_end();
  if (options.stream().revision() > 0) {
    ASSIGN_OR_RETURN(const std::optional<Position> first,
                     parts_.links.Find(stream, options.stream().revision()));
    definition.start.from_end = !first.has_value();
    if (first.has_value()) definition.start.after = Position{first->value - 1};
  }
  return definition;
}

absl::Status Groups::Update(std::string_view owner, CreateReq::Options options) {
  Modernise(options);
  const GroupName name = NameOfOptions(options);
  ASSIGN_OR_RETURN(const log::GroupStatus status, Find(owner, name));
  const auto before = OptionsIn(status.definition.settings);
  if (options.has_all() && before.has_value()) {
    *options.mutable_all()->mutable_filter() = before->all().filter();
    if (!before->all().has_filter()) options.mutable_all()->mutable_no_filter();
  }
  ASSIGN_OR_RETURN(const log::GroupSettings settings, SettingsOf(options));
  return ToGroupFault(host_.Update(name.InHost(), settings, std::nullopt), name);
}

absl::Status Groups::Delete(std::string_view owner, const GroupName& name) {
  RETURN_IF_ERROR(Find(owner, name).status());
  {
    MutexLock lock(mutex_);
    shown_.erase(name.InHost());
  }
  return ToGroupFault(host_.Delete(name.InHost()), name);
}

absl::StatusOr<log::GroupStatus> Groups::Find(std::string_view owner, const GroupName& name) {
  absl::StatusOr<log::GroupStatus> status = host_.Get(name.InHost());
  if (!status.ok()) return ToGroupFault(status.status(), name);
  if (status->definition.owner != owner || !OptionsIn(status->definition.settings).has_value()) {
    return Unknown(name);
  }
  return status;
}

absl::StatusOr<SubscriptionInfo> Groups::Info(std::string_view owner, const GroupName& name) {
  ASSIGN_OR_RETURN(const log::GroupStatus status, Find(owner, name));
  return InfoOf(status, *OptionsIn(status.definition.settings), ShownOf(status));
}

absl::StatusOr<std::vector<SubscriptionInfo>> Groups::List(std::string_view owner,
                                                           const std::string& stream) {
  std::vector<SubscriptionInfo> infos;
  for (const log::GroupStatus& status : host_.List()) {
    const auto options = OptionsIn(status.definition.settings);
    if (status.definition.owner != owner || !options.has_value()) continue;
    if (!stream.empty() && NameOfOptions(*options).stream != stream) continue;
    infos.push_back(InfoOf(status, *options, ShownOf(status)));
  }
  if (infos.empty() && !stream.empty()) return Unknown({stream, ""});
  return infos;
}

absl::Status Groups::ReplayParked(std::string_view owner, const GroupName& name,
                                  std::size_t limit) {
  RETURN_IF_ERROR(Find(owner, name).status());
  return ToGroupFault(host_.ReplayParked(name.InHost(), {}, limit).status(), name);
}

absl::StatusOr<GroupReads> Groups::Reads(std::string_view owner, const GroupName& name) {
  ASSIGN_OR_RETURN(const log::GroupStatus status, Find(owner, name));
  const auto options = OptionsIn(status.definition.settings);
  GroupReads reads;
  reads.resolve_links = options->settings().resolve_links();
  if (options->has_all()) {
    ASSIGN_OR_RETURN(reads.filter, ClientFilter::Make(options->all().filter()));
    return reads;
  }
  ASSIGN_OR_RETURN(reads.name, ParseName(name.stream));
  reads.links = reads.name.IsVirtual();
  return reads;
}

void Groups::Shown(const GroupName& name, Revision revision) {
  MutexLock lock(mutex_);
  Revision& shown = shown_[name.InHost()];
  shown = std::max(shown, revision);
}

Revision Groups::ShownOf(const log::GroupStatus& status) {
  MutexLock lock(mutex_);
  const auto shown = shown_.find(status.definition.name);
  return shown == shown_.end() ? Revision{} : shown->second;
}

absl::StatusOr<std::unique_ptr<log::GroupConsumer>> Groups::Connect(const GroupName& name,
                                                                    log::ConsumerOptions options) {
  auto consumer = host_.Connect(name.InHost(), std::move(options));
  if (!consumer.ok()) return ToGroupFault(consumer.status(), name);
  return consumer;
}

}  // namespace mlup::esdb
