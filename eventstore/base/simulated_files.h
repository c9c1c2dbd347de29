// A disk in memory that forgets what was not synced; for tests of what a power cut leaves.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "eventstore/base/files.h"
#include "eventstore/base/mutex.h"
#include "eventstore/base/random.h"

namespace mlup {

// Files whose power can be cut. After a cut every 512-byte sector written since the last sync is
// kept or lost on its own, lengths lie anywhere between the synced and the last one, and of the
// names made, changed or removed in a folder since its last sync only the first few remain so.
//
// Any thread. Open files of before a cut fail for ever. Renaming a folder makes the names inside it
// durable first, which is kinder than a real disk.
class SimulatedFiles final : public Files {
 public:
  // Of the last, half of what is written arrives; it is the same as the one before where nothing is
  // written.
  enum class Fault { kError, kDiskFull, kShortWrite };

  SimulatedFiles();
  ~SimulatedFiles() override;

  absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, Mode mode) override;
  absl::Status Rename(const std::string& from, const std::string& to) override;
  absl::Status Remove(const std::string& path) override;
  absl::Status MakeFolder(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& folder) override;
  absl::Status SyncFolder(const std::string& folder) override;
  absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) override;

  // Makes the file shorter or, with zeros, longer.
  absl::Status Resize(const std::string& path, std::uint64_t size);

  // Operations that change the disk, so far: writes, syncs, and changes of names.
  std::uint64_t operations() const;

  // The `count`-th changing operation from now on fails (1 is the next), and with `stays` every one
  // after it.
  void FailAfter(std::uint64_t count, Fault fault, bool stays = false);
  // That operation and every one after it fail, as on a disk without power.
  void CutAfter(std::uint64_t count);

  // Cuts the power and switches it on again; `seed` decides what is left.
  void PowerCut(std::uint64_t seed);

 private:
  friend class SimulatedFile;
  friend class SimulatedLock;

  // What one file holds: as programs see it, and as the disk has it.
  struct Node {
    std::string live;
    std::string durable;
    std::set<std::uint64_t> dirty;  // sectors of `live` not yet in `durable`
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;  // folders have no node
  struct Change {
    enum class Kind { kSet, kRename, kRemove } kind;
    std::string path;
    std::string to;
    std::shared_ptr<Node> node;
  };

  static void Apply(const Change& change, Names& names);
  void Record(Change change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Step(std::string_view what) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Cut(Node& node, Random& random);

  mutable Mutex mutex_;
  Names live_ ABSL_GUARDED_BY(mutex_);
  Names durable_ ABSL_GUARDED_BY(mutex_);
  // Changes of names since the last sync, by folder.
  std::map<std::string, std::vector<Change>> pending_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> locks_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t operations_ ABSL_GUARDED_BY(mutex_) = 0;
  std::uint64_t fail_at_ ABSL_GUARDED_BY(mutex_) = 0;  // 0: never
  Fault fault_ ABSL_GUARDED_BY(mutex_) = Fault::kError;
  bool sticky_ ABSL_GUARDED_BY(mutex_) = false;
  std::uint64_t lives_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mlup
