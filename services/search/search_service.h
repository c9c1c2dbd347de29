// Who may be on record already: search before create.
#pragma once

#include <memory>
#include <optional>

#include "eventstore/base/clock.h"
#include "eventstore/base/status.h"
#include "eventstore/log/event_log.h"
#include "mlup/search/v1/search_service.pb.h"
#include "projections/store/read_model_store.h"
#include "projections/worker.h"
#include "services/identity/policy.h"
#include "services/privacy/keyring.h"
#include "services/query/disclose.h"
#include "services/search/indexer.h"

namespace mlup::search {

// mlup.search.v1.SearchService without gRPC. Authorises, waits until the index has all that was
// recorded before the call, looks, asks of each candidate whether the reader may read the record,
// puts the search and whom it found on record, and only then answers. Refused searches are on
// record too.
//
// Any thread; calls wait for the log. Borrows everything it is built from.
class SearchService {
 public:
  struct Parts {
    log::EventLog& log;
    const identity::Policy& policy;
    const privacy::Keyring& keyring;
    const Clock& clock;
    query::Disclosure& disclosure;
    const Indexer& indexer;
    // The read model case_history and the worker that keeps it: who reaches whom.
    const projections::ReadModelStore& case_history;
    const projections::Worker& worker;
  };

  explicit SearchService(const Parts& parts) : parts_(parts) {}

  // INVALID_ARGUMENT with the field; PERMISSION_DENIED; UNAVAILABLE SEARCH_BEHIND,
  // PROJECTION_BEHIND; RESOURCE_EXHAUSTED SEARCH_FULL; whatever the log says when the search cannot
  // be recorded.
  absl::StatusOr<v1::SearchPersonsResponse> SearchPersons(const v1::SearchPersonsRequest& request);

 private:
  // A candidate as the reader may see it; nothing where the reader must not know of the record, or
  // it is gone by now.
  absl::StatusOr<std::optional<v1::Candidate>> Show(const Match& match, query::Search& search,
                                                    const projections::Snapshot& case_history);
  absl::StatusOr<std::unique_ptr<projections::Snapshot>> TakeHistories() const;

  const Parts parts_;
};

}  // namespace mlup::search
