#include "services/mlupd/outside.h"

#include <optional>
#include <utility>

#include "eventstore/base/files.h"
#include "eventstore/base/private_file.h"
#include "eventstore/base/status.h"
#include "services/mlupd/builtin.h"
#include "services/tls/tls_files.h"

namespace mlup::daemon {
namespace {

// The address of a NATS server may hold a password.
absl::Status CheckSubscribersFile(const std::string& path,
                                  const sharing::Subscribers& subscribers) {
  for (const sharing::v1::Subscriber& subscriber : subscribers.all()) {
    if (subscriber.nats().url().find('@') == std::string::npos) continue;
    return CheckPrivate(path, "SUBSCRIBERS_FILE_MODE");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Outside::Reload(const ServeOptions& options) {
  if (options.subscribers_file.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string text, SystemFiles().ReadAll(options.subscribers_file));
  ASSIGN_OR_RETURN(const sharing::Subscribers next, sharing::Subscribers::Parse(text));
  RETURN_IF_ERROR(CheckSubscribersFile(options.subscribers_file, next));
  return sharing_->ReplaceSubscribers(text);
}

absl::StatusOr<std::unique_ptr<Outside>> Outside::Open(const ServeOptions& options,
                                                       const Parts& parts) {
  std::optional<tls::TlsIdentity> identity;
  if (!options.tls.empty()) {
    ASSIGN_OR_RETURN(identity, tls::LoadTls(options.tls, SystemFiles(), parts.clock));
  }
  const std::string folder = options.data + "/sharing";
  RETURN_IF_ERROR(SystemFiles().MakeFolder(folder));
  ASSIGN_OR_RETURN(const std::string subscribers, ReadOr(options.subscribers_file, ""));
  ASSIGN_OR_RETURN(std::unique_ptr<sharing::Sharing> sharing,
                   sharing::Sharing::Open(folder, subscribers, parts.reader, parts.clock));
  RETURN_IF_ERROR(CheckSubscribersFile(options.subscribers_file, sharing->subscribers()));
  std::unique_ptr<Outside> outside(
      new Outside(std::move(sharing), options.data + "/relays", parts));
  if (identity.has_value()) outside->tls_warning_ = identity->warning;
  if (!options.http_listen.empty()) {
    std::function<std::map<std::string, std::uint64_t>()> alarms;
    if (options.Plays(kRoleQuery)) {
      alarms = [watch = parts.reading_watch] { return watch->Counts(); };
    }
    ASSIGN_OR_RETURN(
        outside->gateway_,
        gateway::Gateway::Start({options.http_listen, identity, options.operator_listen},
                                {*outside->sharing_, parts.log, parts.clock, parts.random,
                                 parts.groups, parts.workers, std::move(alarms)}));
  }
  if (!options.esdb_listen.empty()) {
    ASSIGN_OR_RETURN(
        outside->esdb_,
        esdb::EsdbServer::Start(
            {parts.log, outside->sharing_->feeds(), *parts.groups, parts.clock, parts.random},
            {options.esdb_listen, *options.esdb_subscriber, identity}));
  }
  return outside;
}

Outside::Outside(std::unique_ptr<sharing::Sharing> sharing, const std::string& relays,
                 const Parts& parts)
    : sharing_(std::move(sharing)),
      sharing_service_(*sharing_),
      relays_(relays, {sharing_->feeds(), parts.log, sharing_->board(), parts.clock, parts.random},
              SystemFiles()),
      relay_service_(relays_, parts.policy, parts.clock, parts.random) {}

void Outside::AddTo(std::vector<log::RpcService*>& services, rpc::Executor& executor) {
  sharing_rpc_ = std::make_unique<sharing::SharingRpc>(sharing_service_, executor);
  services.push_back(sharing_rpc_.get());
  relay_rpc_ = std::make_unique<relay::RelayRpc>(relay_service_, executor);
  services.push_back(relay_rpc_.get());
}

}  // namespace mlup::daemon
