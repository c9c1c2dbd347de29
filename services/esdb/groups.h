// Persistent subscriptions: the groups of eventstore/bus as EventStoreDB clients know them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "event_store/client/persistent_subscriptions_service.pb.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/bus/group_host.h"
#include "services/esdb/filters.h"
#include "services/esdb/links.h"
#include "services/esdb/names.h"
#include "services/esdb/sources.h"

namespace mlup::esdb {

namespace persistent = ::event_store::client::persistent_subscriptions;

// Which group a request means: the stream as the client writes it, or `$all`, and the group's name.
struct GroupName {
  std::string stream;
  std::string group;

  // `<stream>::<group>`: its name in the host.
  std::string InHost() const { return stream + "::" + group; }
};

inline constexpr std::string_view kAllStream = "$all";

// Its name from any request that names it in the options `stream_identifier` or `all`.
template <typename Options>
GroupName NameOf(const Options& options) {
  return {options.has_stream_identifier() ? options.stream_identifier().stream_name()
                                          : std::string(kAllStream),
          options.group_name()};
}

// What a group reads, decided per event.
struct GroupReads {
  // Of a virtual stream: its name.
  bool links = false;
  Name name;
  ClientFilter filter;
  bool resolve_links = false;

  bool Matches(const Outline& outline) const {
    return !outline.stream.empty() && (links ? IsLinked(name, outline) : filter.Matches(outline));
  }
};

// The groups that clients make. A client sees those of its own subscriber only; those made
// elsewhere have no name here. Events of one stream may be at several consumers, as these clients
// expect it.
//
// Any thread. Borrows the host and the parts. Errors are GroupFault() with the exceptions
// `persistent-subscription-…`, and INVALID_ARGUMENT.
class Groups {
 public:
  Groups(log::GroupHost& host, const ReadParts& parts) : host_(host), parts_(parts) {}

  absl::Status Create(std::string_view owner, persistent::CreateReq::Options options);
  // Filter and place to begin stay as they are.
  absl::Status Update(std::string_view owner, persistent::CreateReq::Options options);
  absl::Status Delete(std::string_view owner, const GroupName& name);
  absl::StatusOr<persistent::SubscriptionInfo> Info(std::string_view owner, const GroupName& name);
  // All, or those of one stream; then none is an error.
  absl::StatusOr<std::vector<persistent::SubscriptionInfo>> List(std::string_view owner,
                                                                 const std::string& stream);
  // At most `limit`; 0 for all.
  absl::Status ReplayParked(std::string_view owner, const GroupName& name, std::size_t limit);

  // A consumer was shown the event at this revision of the group's stream, ours.
  void Shown(const GroupName& name, Revision revision);

  absl::StatusOr<GroupReads> Reads(std::string_view owner, const GroupName& name);
  absl::StatusOr<std::unique_ptr<log::GroupConsumer>> Connect(const GroupName& name,
                                                              log::ConsumerOptions options);

 private:
  // The group, if it is of this owner.
  absl::StatusOr<log::GroupStatus> Find(std::string_view owner, const GroupName& name);
  absl::StatusOr<log::GroupDefinition> Define(std::string_view owner,
                                              const persistent::CreateReq::Options& options);

  // The last revision that a consumer was shown since the server began.
  Revision ShownOf(const log::GroupStatus& status);

  log::GroupHost& host_;
  const ReadParts parts_;
  Mutex mutex_;
  std::map<std::string, Revision> shown_ ABSL_GUARDED_BY(mutex_);
};

// The host's error as clients know it.
absl::Status ToGroupFault(const absl::Status& status, const GroupName& name);

}  // namespace mlup::esdb
