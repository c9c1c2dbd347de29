// Filters of EventStoreDB clients over the whole log.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <re2/re2.h>

#include "event_store/client/streams_service.pb.h"
#include "eventstore/base/status.h"
#include "mlup/log/v1/event_store.pb.h"
#include "services/esdb/events.h"

namespace mlup::esdb {

// Matches stream names or event types by prefixes or by a regular expression in the syntax of RE2,
// which takes time linear in the text. Immutable; any thread.
class ClientFilter {
 public:
  using Options = pb::streams::ReadReq::Options::FilterOptions;

  // Matches everything that clients see.
  ClientFilter() = default;
  // INVALID_ARGUMENT FILTER_INVALID.
  static absl::StatusOr<ClientFilter> Make(const Options& options);

  bool Matches(const Outline& outline) const;

  // What the log can leave out already; Matches() still has the last word.
  const log::v1::Filter& coarse() const { return coarse_; }

 private:
  void MakeCoarse();

  bool on_type_ = false;
  std::vector<std::string> prefixes_;
  bool not_system_ = false;
  // Shared by copies, as it cannot be copied; immutable.
  std::shared_ptr<const re2::RE2> regex_;
  log::v1::Filter coarse_;
};

}  // namespace mlup::esdb
