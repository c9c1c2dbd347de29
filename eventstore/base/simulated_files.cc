#include "eventstore/base/simulated_files.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"

namespace mlup {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

absl::Status Missing(const std::string& path) {
  return Error(absl::StatusCode::kNotFound, "FILE_MISSING", absl::StrCat("no file ", path));
}

absl::Status NoPower() {
  return Error(absl::StatusCode::kUnavailable, "FILE_FAILED", "opened before the power was cut");
}

bool IsBelow(const std::string& path, const std::string& folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

// Copies one sector, as far as both have it.
void CopySector(std::uint64_t sector, const std::string& from, std::string& to) {
  const std::uint64_t begin = sector * kSectorBytes;
  const std::uint64_t end = std::min({begin + kSectorBytes, from.size(), to.size()});
  if (begin < end) to.replace(begin, end - begin, from, begin, end - begin);
}

}  // namespace

// Borrows the disk, shares the content with other open files of the same name.
class SimulatedFile final : public File {
 public:
  SimulatedFile(SimulatedFiles& files, std::shared_ptr<SimulatedFiles::Node> node,
                std::uint64_t life)
      : files_(files), node_(std::move(node)), life_(life) {}

  absl::StatusOr<std::string> Read(std::uint64_t offset, std::size_t count) override {
    MutexLock lock(files_.mutex_);
    if (life_ != files_.lives_) return NoPower();
    return offset < node_->live.size() ? node_->live.substr(offset, count) : std::string();
  }

  absl::Status Write(std::uint64_t offset, std::string_view bytes) override {
    MutexLock lock(files_.mutex_);
    if (life_ != files_.lives_) return NoPower();
    absl::Status may = files_.Step("write");
    const bool is_short = !may.ok() && files_.fault_ == SimulatedFiles::Fault::kShortWrite;
    if (is_short) bytes = bytes.substr(0, bytes.size() / 2);
    if (!may.ok() && !is_short) return may;
    if (bytes.empty()) return may;
    if (node_->live.size() < offset + bytes.size()) node_->live.resize(offset + bytes.size());
    node_->live.replace(offset, bytes.size(), bytes);
    const std::uint64_t last = (offset + bytes.size() - 1) / kSectorBytes;
    for (std::uint64_t i = offset / kSectorBytes; i <= last; ++i) node_->dirty.insert(i);
    return may;
  }

  absl::Status Sync() override {
    MutexLock lock(files_.mutex_);
    if (life_ != files_.lives_) return NoPower();
    RETURN_IF_ERROR(files_.Step("sync"));
    node_->durable.resize(node_->live.size());
    for (const std::uint64_t sector : node_->dirty) CopySector(sector, node_->live, node_->durable);
    node_->dirty.clear();
    return absl::OkStatus();
  }

  absl::StatusOr<std::uint64_t> Size() override {
    MutexLock lock(files_.mutex_);
    return node_->live.size();
  }

 private:
  SimulatedFiles& files_;
  const std::shared_ptr<SimulatedFiles::Node> node_;
  const std::uint64_t life_;
};

class SimulatedLock final : public FileLock {
 public:
  SimulatedLock(SimulatedFiles& files, std::string path, std::uint64_t life)
      : files_(files), path_(std::move(path)), life_(life) {}
  ~SimulatedLock() override {
    MutexLock lock(files_.mutex_);
    if (life_ == files_.lives_) files_.locks_.erase(path_);
  }

 private:
  SimulatedFiles& files_;
  const std::string path_;
  const std::uint64_t life_;
};

SimulatedFiles::SimulatedFiles() = default;
SimulatedFiles::~SimulatedFiles() = default;

absl::StatusOr<std::unique_ptr<File>> SimulatedFiles::Open(const std::string& path, Mode mode) {
  MutexLock lock(mutex_);
  const auto found = live_.find(path);
  const bool is_file = found != live_.end() && found->second != nullptr;
  if (mode != Mode::kCreate && !is_file) return Missing(path);
  std::shared_ptr<Node> node = is_file ? found->second : nullptr;
  if (mode == Mode::kCreate) {
    if (!live_.contains(FolderOf(path))) return Missing(FolderOf(path));
    RETURN_IF_ERROR(Step("create"));
    node = std::make_shared<Node>();
    Record({Change::Kind::kSet, path, "", node});
  }
  return std::make_unique<SimulatedFile>(*this, std::move(node), lives_);
}

absl::Status SimulatedFiles::Rename(const std::string& from, const std::string& to) {
  MutexLock lock(mutex_);
  const auto found = live_.find(from);
  if (found == live_.end()) return Missing(from);
  RETURN_IF_ERROR(Step("rename"));
  if (found->second == nullptr) {
    for (auto& [folder, changes] : pending_) {
      if (folder != from && !IsBelow(folder, from)) continue;
      for (const Change& change : changes) Apply(change, durable_);
      changes.clear();
    }
  }
  Record({Change::Kind::kRename, from, to, nullptr});
  return absl::OkStatus();
}

absl::Status SimulatedFiles::Remove(const std::string& path) {
  MutexLock lock(mutex_);
  if (!live_.contains(path)) return Missing(path);
  RETURN_IF_ERROR(Step("remove"));
  Record({Change::Kind::kRemove, path, "", nullptr});
  return absl::OkStatus();
}

absl::Status SimulatedFiles::MakeFolder(const std::string& path) {
  if (path != FolderOf(path)) RETURN_IF_ERROR(MakeFolder(FolderOf(path)));
  MutexLock lock(mutex_);
  if (live_.contains(path)) return absl::OkStatus();
  // The root is there before anything else.
  if (path == "/" || path == ".") {
    live_[path] = durable_[path] = nullptr;
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(Step("make folder"));
  Record({Change::Kind::kSet, path, "", nullptr});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> SimulatedFiles::List(const std::string& folder) {
  MutexLock lock(mutex_);
  const auto found = live_.find(folder);
  if (found == live_.end() || found->second != nullptr) return Missing(folder);
  std::vector<std::string> names;
  for (const auto& [path, node] : live_) {
    if (path != folder && FolderOf(path) == folder) names.push_back(path.substr(folder.size() + 1));
  }
  return names;
}

absl::Status SimulatedFiles::SyncFolder(const std::string& folder) {
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(Step("sync folder"));
  for (const Change& change : pending_[folder]) Apply(change, durable_);
  pending_.erase(folder);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<FileLock>> SimulatedFiles::Lock(const std::string& path) {
  MutexLock lock(mutex_);
  if (!locks_.insert(path).second) {
    return Error(absl::StatusCode::kFailedPrecondition, "FILE_LOCKED",
                 absl::StrCat(path, " is held by another process"));
  }
  return std::make_unique<SimulatedLock>(*this, path, lives_);
}

absl::Status SimulatedFiles::Resize(const std::string& path, std::uint64_t size) {
  MutexLock lock(mutex_);
  const auto found = live_.find(path);
  if (found == live_.end() || found->second == nullptr) return Missing(path);
  RETURN_IF_ERROR(Step("resize"));
  const std::uint64_t before = found->second->live.size();
  found->second->live.resize(size);
  for (std::uint64_t i = before / kSectorBytes; i * kSectorBytes < size; ++i) {
    found->second->dirty.insert(i);
  }
  return absl::OkStatus();
}

std::uint64_t SimulatedFiles::operations() const {
  MutexLock lock(mutex_);
  return operations_;
}

void SimulatedFiles::FailAfter(std::uint64_t count, Fault fault, bool stays) {
  MutexLock lock(mutex_);
  fail_at_ = operations_ + count;
  fault_ = fault;
  sticky_ = stays;
}

void SimulatedFiles::CutAfter(std::uint64_t count) {
  MutexLock lock(mutex_);
  fail_at_ = operations_ + count;
  fault_ = Fault::kError;
  sticky_ = true;
}

void SimulatedFiles::PowerCut(std::uint64_t seed) {
  SeededRandom random(seed);
  MutexLock lock(mutex_);
  std::set<std::shared_ptr<Node>> nodes;
  for (const auto& [folder, changes] : pending_) {
    std::size_t kept = random.Next() % (changes.size() + 1);
    for (const Change& change : changes) {
      if (kept-- == 0) break;
      // A name whose folder was lost is lost with it.
      if (durable_.contains(folder)) Apply(change, durable_);
    }
  }
  pending_.clear();
  live_ = durable_;
  // By name, so that one seed leaves one disk.
  for (const auto& [path, node] : live_) {
    if (node != nullptr && nodes.insert(node).second) Cut(*node, random);
  }
  locks_.clear();
  fail_at_ = 0;
  ++lives_;
}

void SimulatedFiles::Cut(Node& node, Random& random) {
  const auto [shorter, longer] = std::minmax({node.durable.size(), node.live.size()});
  const std::uint64_t kind = random.Next() % 3;
  const std::uint64_t size = kind == 0   ? node.durable.size()
                             : kind == 1 ? node.live.size()
                                         : shorter + random.Next() % (longer - shorter + 1);
  node.durable.resize(size);
  for (const std::uint64_t sector : node.dirty) {
    if (random.Next() % 2 == 0) CopySector(sector, node.live, node.durable);
  }
  node.dirty.clear();
  node.live = node.durable;
}

void SimulatedFiles::Apply(const Change& change, Names& names) {
  switch (change.kind) {
    case Change::Kind::kSet:
      names[change.path] = change.node;
      return;
    case Change::Kind::kRemove:
      names.erase(change.path);
      return;
    case Change::Kind::kRename: {
      Names moved;
      for (auto name = names.begin(); name != names.end();) {
        const bool moves = name->first == change.path || IsBelow(name->first, change.path);
        if (moves) moved[change.to + name->first.substr(change.path.size())] = name->second;
        name = moves ? names.erase(name) : std::next(name);
      }
      for (auto& [path, node] : moved) names[path] = node;
      return;
    }
  }
}

void SimulatedFiles::Record(Change change) {
  Apply(change, live_);
  const std::string folder =
      FolderOf(change.kind == Change::Kind::kRename ? change.to : change.path);
  pending_[folder].push_back(std::move(change));
}

absl::Status SimulatedFiles::Step(std::string_view what) {
  ++operations_;
  const bool fails = fail_at_ != 0 && (sticky_ ? operations_ >= fail_at_ : operations_ == fail_at_);
  if (!fails) return absl::OkStatus();
  if (fault_ == Fault::kDiskFull) {
    return Error(absl::StatusCode::kResourceExhausted, "DISK_FULL", "no space left");
  }
  return Error(absl::StatusCode::kUnavailable, "FILE_FAILED",
               absl::StrCat("injected failure: ", ToAbsl(what)));
}

}  // namespace mlup
