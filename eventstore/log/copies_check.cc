#include "eventstore/log/copies_check.h"

#include <memory>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/background.h"
#include "eventstore/base/status.h"
#include "eventstore/journal/reader.h"

namespace mlup::log {

CopiesCheck::CopiesCheck(Files& files, std::string journal, const RocksStore& store, Position upto,
                         std::function<void(const absl::Status&)> on_damage)
    : files_(files),
      journal_(std::move(journal)),
      store_(store),
      upto_(upto),
      on_damage_(std::move(on_damage)),
      thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void CopiesCheck::Run(const std::stop_token& stop) {
  RunInBackground("mlup-check");
  const absl::Status status = Check(stop);
  if (status.ok() || absl::IsCancelled(status)) return;
  on_damage_(Error(absl::StatusCode::kDataLoss, "COPIES_DIFFER", ToStd(status.message())));
}

absl::Status CopiesCheck::Check(const std::stop_token& stop) {
  const absl::Status done = absl::OutOfRangeError("all was read");
  BlockCursor cursor(store_, BlockCursor::Use::kScan);
  std::shared_ptr<const LoadedBlock> block;
  Position next = {1};
  const auto visit = [&](const journal::Frame& frame,
                         const journal::Block& records) -> absl::Status {
    if (stop.stop_requested()) return absl::CancelledError();
    if (frame.first != next) {
      return absl::DataLossError(absl::StrCat("the journal lacks position ", next.value));
    }
    for (const std::string_view record : records.records) {
      if (block == nullptr || !block->Has(next)) {
        ASSIGN_OR_RETURN(block, cursor.BlockAt(next));
      }
      if (block == nullptr || block->record(next) != record) {
        return absl::DataLossError(
            absl::StrCat("the two copies of the log differ at position ", next.value));
      }
      next = Next(next);
    }
    return next > upto_ ? done : absl::OkStatus();
  };
  absl::Status read = journal::ScanJournal(files_, journal_, visit).status();
  if (read == done) return absl::OkStatus();
  if (!read.ok()) return read;
  return absl::DataLossError(absl::StrCat("the journal ends before position ", next.value));
}

}  // namespace mlup::log
