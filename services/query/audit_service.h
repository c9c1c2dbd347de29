// The full history of one child, and the record of who read it.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/clock.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "eventstore/log/event_log.h"
#include "mlup/audit/v1/audit.pb.h"
#include "projections/store/read_model_store.h"
#include "projections/worker.h"
#include "services/identity/policy.h"
#include "services/privacy/keyring.h"
#include "services/proofs/bundle_maker.h"
#include "services/query/disclose.h"
#include "services/query/history.h"
#include "services/query/history_cut.h"
#include "services/query/page_token.h"
#include "services/query/related.h"

namespace mlup::query {

// mlup.audit.v1.AuditService without gRPC. Authorises, waits until the index has all that was
// recorded before the call, asks whether the reader's role reaches the child, records the access
// durably, and only then answers. Refused reads are recorded as well.
//
// Any thread; calls wait for the log. Borrows everything it is built from.
class AuditService {
 public:
  struct Parts {
    log::EventLog& log;
    const identity::Policy& policy;
    const privacy::Keyring& keyring;
    const Clock& clock;
    Disclosure& disclosure;
    // The read model case_history and the worker that keeps it.
    const projections::ReadModelStore& case_history;
    const projections::Worker& worker;
    proofs::BundleMaker& bundles;
  };

  explicit AuditService(const Parts& parts) : parts_(parts) {}

  // Of one child; or of what belongs together in the histories of all its children, for who may
  // read everything.
  // INVALID_ARGUMENT with the field; PERMISSION_DENIED; NOT_FOUND SUBJECT_UNKNOWN;
  // RESOURCE_EXHAUSTED RELATED_TOO_MANY; UNAVAILABLE PROJECTION_BEHIND; whatever the log says when
  // the access cannot be recorded. The first page records the reading; those that its tokens lead
  // to belong to it.
  absl::StatusOr<audit::v1::GetCaseHistoryResponse> GetCaseHistory(
      const audit::v1::GetCaseHistoryRequest& request);

  // The streams of the history of `id` to which something was added after `since`, with their
  // revisions as of everything. For whoever then asks for that history: tells nothing else of it,
  // and nobody. NOT_FOUND SUBJECT_UNKNOWN; UNAVAILABLE PROJECTION_BEHIND.
  absl::StatusOr<std::map<std::string, Revision>> HeadsSince(std::string_view id,
                                                             Position since) const;

  // The bytes of an audit bundle (eventstore/proof/README.md), in which this access is the last
  // event. INVALID_ARGUMENT with the field; PERMISSION_DENIED, EXPORT_RESTRICTED where a history
  // would not show the reader everything; UNAVAILABLE PROJECTION_BEHIND;
  // RESOURCE_EXHAUSTED BUNDLE_TOO_LARGE; whatever the log says when the access cannot be recorded.
  absl::StatusOr<std::string> ExportBundle(const audit::v1::ExportBundleRequest& request);

  // INVALID_ARGUMENT with the field; PERMISSION_DENIED; what the log says.
  absl::StatusOr<audit::v1::ListAccessesResponse> ListAccesses(
      const audit::v1::ListAccessesRequest& request) const;

 private:
  // Refuses, and records that, or lets pass. `through`: what was asked for in the place of a child.
  absl::Status Authorise(const Access& access, const identity::What& what,
                         const std::string& through = {});
  // The same of the person whose id the access has by now: whether the role reaches some record of
  // the person's own, or else the reader has emergency access to one, which the access then says.
  absl::Status AuthoriseScope(Access& access, std::string_view call,
                              const projections::Snapshot& index);
  // That nothing of the person's record is withheld from the reader, or else a refusal on record.
  absl::Status AuthoriseWhole(const Access& access, const projections::Snapshot& index);
  // A page of the history, which was let and is on record.
  absl::StatusOr<audit::v1::GetCaseHistoryResponse> Answer(
      const audit::v1::GetCaseHistoryRequest& request, const Access& access,
      const projections::Snapshot& index, const PageToken& token, const PageMark& mark) const;
  // What belongs together, in the place of one child.
  absl::StatusOr<audit::v1::GetCaseHistoryResponse> GetRelated(
      const audit::v1::GetCaseHistoryRequest& request, const RelatedTo& of, const Access& asked);
  // Whether no record is out of reach, nor kept from who may not read of safeguarding.
  bool MayReadAll(const log::v1::Actor& actor) const;
  // The histories at the cut in which the reader may know of something of it, which is what
  // `related` has then; of each the streams that say something of that.
  absl::StatusOr<std::vector<HistoryRecords>> ToldOf(Related& related, const RelatedTo& of,
                                                     const Access& asked, const HistoryCut& cut,
                                                     const projections::Snapshot& index) const;
  // Puts the reading on record, or sees that it is.
  absl::Status RecordRelated(const RelatedTo& of, const Access& asked,
                             const std::set<std::string>& persons, PageToken& token);
  absl::StatusOr<History> BuildRelated(const audit::v1::GetCaseHistoryRequest& request,
                                       const Access& asked, const Related& related,
                                       std::vector<HistoryRecords> told) const;
  std::set<std::string> Withheld(const Access& access,
                                 const std::vector<log::v1::Record>& records) const;
  // The same of what a history at a cut is made of, by what is known now.
  absl::StatusOr<std::set<std::string>> WithheldAt(
      const HistoryCut& cut, const Access& access, const projections::Snapshot& index,
      const std::vector<log::v1::Record>& records) const;
  // The index with everything recorded before now.
  absl::StatusOr<std::unique_ptr<projections::Snapshot>> TakeIndex() const;

  const Parts parts_;
};

}  // namespace mlup::query
