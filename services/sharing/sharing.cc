// Construction in the order of dependency.
#include "services/sharing/sharing.h"

#include <utility>

#include "projections/store/rocks_read_model_store.h"

namespace mlup::sharing {
namespace {

// Raised when the rows of the ledger change; it cannot be rebuilt, so a raise needs a way over.
constexpr std::uint32_t kLedgerVersion = 1;

}  // namespace

Sharing::Sharing(Stores stores, Subscribers subscribers, std::unique_ptr<Ledger> ledger,
                 projections::SharedReader& reader, const Clock& clock)
    : log_(reader.log()),
      clock_(clock),
      subscribers_(std::move(subscribers)),
      stores_(std::move(stores)),
      ledger_(std::move(ledger)),
      board_(clock),
      consent_worker_(reader, consent_projection_, *stores_.consents),
      feeds_({log_, subscribers_, *stores_.consents, consent_worker_, *ledger_, clock}) {}

absl::StatusOr<std::unique_ptr<Sharing>> Sharing::Open(Stores stores, std::string_view subscribers,
                                                       projections::SharedReader& reader,
                                                       const Clock& clock) {
  ASSIGN_OR_RETURN(Subscribers parsed, Subscribers::Parse(subscribers));
  ASSIGN_OR_RETURN(std::unique_ptr<Ledger> ledger, Ledger::Open(*stores.ledger, reader.log()));
  return std::unique_ptr<Sharing>(
      new Sharing(std::move(stores), std::move(parsed), std::move(ledger), reader, clock));
}

absl::StatusOr<std::unique_ptr<Sharing>> Sharing::Open(const std::string& folder,
                                                       std::string_view subscribers,
                                                       projections::SharedReader& reader,
                                                       const Clock& clock) {
  Stores stores;
  ASSIGN_OR_RETURN(stores.consents, projections::OpenRocksReadModelStore(
                                        folder + "/consents", ConsentProjection().version(),
                                        projections::RowsAre::kDerived));
  ASSIGN_OR_RETURN(stores.ledger,
                   projections::OpenRocksReadModelStore(folder + "/ledger", kLedgerVersion));
  return Open(std::move(stores), subscribers, reader, clock);
}

}  // namespace mlup::sharing
