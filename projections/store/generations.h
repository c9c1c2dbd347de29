// Derived rows of which a second set can be made beside those that are served.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "eventstore/base/files.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "mlup/reports/v1/projection_state.pb.h"
#include "projections/store/read_model_store.h"
#include "projections/store/rocks_rows.h"

namespace mlup::projections {

// A folder with numbered folders of rows:
//
//   generations   which is served, which is being made and for whom (mlup.reports.v1.Generations)
//   1/ 2/ ...     at most these two, and what snapshots of earlier ones hold open
//
// The file is replaced as a whole, so that a crash leaves one or the other; what it does not name
// is removed at the next start.
//
// As a store: the rows that are served. Clear() begins another generation where damage was met. One
// thread writes rows, one makes the others; both may change what the file says. Snapshots may
// outlive a switch.
class Generations final : public ReadModelStore {
 public:
  // Opens or makes the folder. Rows of another format or `version`, and damaged ones, which are
  // told on standard error, give way to none. UNAVAILABLE READ_MODEL_UNAVAILABLE. Borrows `files`.
  static absl::StatusOr<std::unique_ptr<Generations>> Open(Files& files, std::string folder,
                                                           std::uint32_t version);

  // The folder of what is served; empty where this is no folder of generations.
  static absl::StatusOr<std::string> ServingIn(Files& files, const std::string& folder);

  absl::Status Commit(const Rows& rows, const Checkpoint& checkpoint) override;
  absl::Status Clear() override;
  void Check() override;
  bool IsDamaged() const override;
  void WhenDamaged(std::function<void()> call) override;
  std::unique_ptr<Snapshot> TakeSnapshot() const override;
  std::uint64_t replaced() const override;

  // Number of the rows that are served.
  std::uint64_t serving() const;
  // The rebuild that is not over, also where an earlier process began it.
  std::optional<reports::v1::AskedRebuild> rebuild() const;
  // RESOURCE_EXHAUSTED DISK_FULL where the disk has no room for as many rows again, or for some
  // more: what is derived leaves the last 64 MB to the log.
  absl::Status CheckRoomForAll() const;
  absl::Status CheckRoomForSome() const;

  // The rows that `asked` makes: as an earlier process left them, or none. Until Switch() or End().
  absl::StatusOr<RocksRows*> Beside(const reports::v1::AskedRebuild& asked);
  // The rows beside are served from now on, and after a crash. `asked` says what is to be recorded,
  // and is given both numbers; `are_same` says that whoever kept what it read need not read again.
  // On an error the rows are served that were, and Switch() or End() come next.
  absl::Status Switch(reports::v1::AskedRebuild& asked, bool are_same);
  // The rebuild is over. Rows beside are removed.
  absl::Status End();

 private:
  Generations(Files& files, std::string folder, std::uint32_t version)
      : files_(files), folder_(std::move(folder)), version_(version) {}

  // What the file says; nothing where it is not there or cannot be understood.
  static absl::StatusOr<std::optional<reports::v1::Generations>> ReadFile(
      Files& files, const std::string& folder);

  absl::Status OpenServing();
  absl::Status RemoveStrays();
  absl::Status BeginAnew() ABSL_EXCLUSIVE_LOCKS_REQUIRED(changing_);
  // Makes it durable, then true.
  absl::Status Write(const reports::v1::Generations& file) ABSL_EXCLUSIVE_LOCKS_REQUIRED(changing_);
  void Serve(std::shared_ptr<RocksRows> rows, bool are_same);
  // One that no folder has had in this process, nor has now.
  std::uint64_t NextNumber() ABSL_EXCLUSIVE_LOCKS_REQUIRED(changing_) { return ++highest_; }
  absl::Status CheckRoom(std::uint64_t bytes) const;
  // Opens a numbered folder; one that is of no use is emptied.
  absl::StatusOr<std::unique_ptr<RocksRows>> OpenRows(std::uint64_t number);
  std::string PathOf(std::uint64_t number) const;
  std::shared_ptr<RocksRows> Serving() const;

  Files& files_;
  const std::string folder_;
  const std::uint32_t version_;

  mutable Mutex changing_;
  reports::v1::Generations file_ ABSL_GUARDED_BY(changing_);
  std::uint64_t highest_ ABSL_GUARDED_BY(changing_) = 0;
  std::unique_ptr<RocksRows> beside_ ABSL_GUARDED_BY(changing_);

  // Held for no longer than a pointer takes.
  mutable Mutex mutex_;
  std::shared_ptr<RocksRows> rows_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> when_damaged_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t replaced_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mlup::projections
