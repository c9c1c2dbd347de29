#include "projections/store/generations.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include "eventstore/base/check.h"
#include "eventstore/base/diagnostics.h"

namespace mlup::projections {
namespace {

using reports::v1::AskedRebuild;

constexpr std::string_view kFileName = "generations";
// What the log needs is more than its reserve.
constexpr std::uint64_t kRoomLeft = 64 << 20;

std::string FileIn(const std::string& folder) {
  return absl::StrCat(folder, "/", ToAbsl(kFileName));
}

// What a person reads in the file is told by our own line.
class NoWords final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
};

void TellDamaged(const std::string& folder, std::string_view why) {
  Tell(absl::StrCat("read_model_damaged folder=\"", folder, "\" because=\"", ToAbsl(why), "\""));
}

}  // namespace

absl::StatusOr<std::optional<reports::v1::Generations>> Generations::ReadFile(
    Files& files, const std::string& folder) {
  const absl::StatusOr<std::string> text = files.ReadAll(FileIn(folder));
  if (absl::IsNotFound(text.status())) return std::optional<reports::v1::Generations>();
  RETURN_IF_ERROR(text.status());
  reports::v1::Generations file;
  google::protobuf::TextFormat::Parser parser;
  NoWords no_words;
  parser.RecordErrorsTo(&no_words);
  if (!parser.ParseFromString(*text, &file) || file.serving() == 0) {
    TellDamaged(folder, "the file generations cannot be understood");
    return std::optional<reports::v1::Generations>();
  }
  return std::optional(std::move(file));
}

absl::StatusOr<std::string> Generations::ServingIn(Files& files, const std::string& folder) {
  ASSIGN_OR_RETURN(const auto file, ReadFile(files, folder));
  return file ? absl::StrCat(folder, "/", file->serving()) : std::string();
}

absl::StatusOr<std::unique_ptr<Generations>> Generations::Open(Files& files, std::string folder,
                                                               std::uint32_t version) {
  std::unique_ptr<Generations> all(new Generations(files, std::move(folder), version));
  RETURN_IF_ERROR(files.MakeFolder(all->folder_));
  RETURN_IF_ERROR(all->OpenServing());
  RETURN_IF_ERROR(all->RemoveStrays());
  return all;
}

absl::Status Generations::OpenServing() {
  const auto file = ReadFile(files_, folder_);
  // What is derived is made anew, whatever the reason.
  if (!file.ok()) TellDamaged(folder_, ToStd(file.status().message()));
  MutexLock lock(changing_);
  if (!file.ok() || !file->has_value()) return BeginAnew();
  file_ = **file;
  highest_ = std::max(file_.serving(), file_.beside());
  // Refused where another process has it, before anything is changed.
  ASSIGN_OR_RETURN(std::unique_ptr<RocksRows> rows, OpenRows(file_.serving()));
  Serve(std::move(rows), true);
  return absl::OkStatus();
}

absl::Status Generations::RemoveStrays() {
  std::vector<std::string> named = {std::string(kFileName)};
  {
    MutexLock lock(changing_);
    named.push_back(absl::StrCat(file_.serving()));
    if (file_.beside() > 0) named.push_back(absl::StrCat(file_.beside()));
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> found, files_.List(folder_));
  for (const std::string& name : found) {
    if (std::find(named.begin(), named.end(), name) != named.end()) continue;
    const std::string path = absl::StrCat(folder_, "/", name);
    RETURN_IF_ERROR(files_.List(path).ok() ? files_.RemoveTree(path) : files_.Remove(path));
  }
  return absl::OkStatus();
}

absl::Status Generations::BeginAnew() {
  reports::v1::Generations file = file_;
  file.set_serving(NextNumber());
  RETURN_IF_ERROR(files_.RemoveTree(PathOf(file.serving())));
  ASSIGN_OR_RETURN(std::unique_ptr<RocksRows> rows, OpenRows(file.serving()));
  RETURN_IF_ERROR(Write(file));
  Serve(std::move(rows), false);
  return absl::OkStatus();
}

absl::Status Generations::Write(const reports::v1::Generations& file) {
  std::string text;
  CHECK(google::protobuf::TextFormat::PrintToString(file, &text));
  RETURN_IF_ERROR(files_.Replace(FileIn(folder_), text));
  file_ = file;
  return absl::OkStatus();
}

void Generations::Serve(std::shared_ptr<RocksRows> rows, bool are_same) {
  std::shared_ptr<RocksRows> earlier;
  {
    MutexLock lock(mutex_);
    rows->WhenDamaged(when_damaged_);
    earlier = std::exchange(rows_, std::move(rows));
    if (earlier != nullptr && !are_same) ++replaced_;
  }
  if (earlier == nullptr) return;
  earlier->WhenDamaged({});
  earlier->RemoveWhenClosed(files_);
}

absl::StatusOr<std::unique_ptr<RocksRows>> Generations::OpenRows(std::uint64_t number) {
  const std::string path = PathOf(number);
  absl::StatusOr<std::unique_ptr<RocksRows>> rows =
      RocksRows::Open(files_, path, version_, RowsAre::kDerived);
  if (absl::IsDataLoss(rows.status())) {
    TellDamaged(path, ToStd(rows.status().message()));
  } else if (!rows.ok() || *rows != nullptr) {
    return rows;
  }
  rows = std::unique_ptr<RocksRows>();
  RETURN_IF_ERROR(files_.RemoveTree(path));
  rows = RocksRows::Open(files_, path, version_, RowsAre::kDerived);
  CHECK(!rows.ok() || *rows != nullptr);
  return rows;
}

std::string Generations::PathOf(std::uint64_t number) const {
  return absl::StrCat(folder_, "/", number);
}

std::shared_ptr<RocksRows> Generations::Serving() const {
  MutexLock lock(mutex_);
  return rows_;
}

absl::Status Generations::Commit(const Rows& rows, const Checkpoint& checkpoint) {
  return Serving()->Commit(rows, checkpoint);
}

absl::Status Generations::Clear() {
  if (IsDamaged()) {
    MutexLock lock(changing_);
    return BeginAnew();
  }
  RETURN_IF_ERROR(Serving()->Clear());
  MutexLock lock(mutex_);
  ++replaced_;
  return absl::OkStatus();
}

void Generations::Check() { Serving()->Check(); }

bool Generations::IsDamaged() const { return Serving()->IsDamaged(); }

void Generations::WhenDamaged(std::function<void()> call) {
  MutexLock lock(mutex_);
  when_damaged_ = std::move(call);
  rows_->WhenDamaged(when_damaged_);
}

std::unique_ptr<Snapshot> Generations::TakeSnapshot() const { return Serving()->TakeSnapshot(); }

std::uint64_t Generations::replaced() const {
  MutexLock lock(mutex_);
  return replaced_;
}

std::uint64_t Generations::serving() const {
  MutexLock lock(changing_);
  return file_.serving();
}

std::optional<AskedRebuild> Generations::rebuild() const {
  MutexLock lock(changing_);
  return file_.has_rebuild() ? std::optional(file_.rebuild()) : std::nullopt;
}

absl::Status Generations::CheckRoomForAll() const {
  const std::string serving = PathOf(this->serving());
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.List(serving));
  std::uint64_t bytes = 0;
  for (const std::string& name : names) {
    const auto file = files_.Open(absl::StrCat(serving, "/", name), Files::Mode::kRead);
    // RocksDB removes its own while they are listed.
    if (!file.ok()) continue;
    ASSIGN_OR_RETURN(const std::uint64_t size, (*file)->Size());
    bytes += size;
  }
  return CheckRoom(bytes);
}

absl::Status Generations::CheckRoomForSome() const { return CheckRoom(0); }

absl::Status Generations::CheckRoom(std::uint64_t bytes) const {
  const std::uint64_t room = files_.Room(folder_);
  if (room > kRoomLeft && room - kRoomLeft > bytes) return absl::OkStatus();
  return Error(
      absl::StatusCode::kResourceExhausted, "DISK_FULL",
      absl::StrCat("rows beside those in ", folder_, " take ", ((bytes + kRoomLeft) >> 20) + 1,
                   " MB of room on the disk, where there are ", room >> 20, ": make room first"));
}

absl::StatusOr<RocksRows*> Generations::Beside(const AskedRebuild& asked) {
  MutexLock lock(changing_);
  if (file_.beside() == 0 || file_.rebuild().rebuild_id() != asked.rebuild_id()) {
    // What an earlier one left is of no use.
    beside_.reset();
    reports::v1::Generations file = file_;
    file.set_beside(NextNumber());
    *file.mutable_rebuild() = asked;
    RETURN_IF_ERROR(files_.RemoveTree(PathOf(file.beside())));
    RETURN_IF_ERROR(Write(file));
  }
  if (beside_ == nullptr) {
    ASSIGN_OR_RETURN(beside_, OpenRows(file_.beside()));
  }
  return beside_.get();
}

absl::Status Generations::Switch(AskedRebuild& asked, bool are_same) {
  MutexLock lock(changing_);
  CHECK(beside_ != nullptr);
  // After a crash they are not to begin behind those that were served.
  RETURN_IF_ERROR(beside_->Flush());
  asked.mutable_done()->set_from(file_.serving());
  asked.mutable_done()->set_to(file_.beside());
  reports::v1::Generations file = file_;
  file.set_serving(file.beside());
  file.clear_beside();
  *file.mutable_rebuild() = asked;
  RETURN_IF_ERROR(Write(file));
  Serve(std::move(beside_), are_same);
  return absl::OkStatus();
}

absl::Status Generations::End() {
  MutexLock lock(changing_);
  reports::v1::Generations file = file_;
  const std::uint64_t beside = file.beside();
  file.clear_beside();
  file.clear_rebuild();
  absl::Status ended = Write(file);
  // A full disk gets its room back all the same; whoever goes on with them begins with none.
  beside_.reset();
  if (beside > 0) ended.Update(files_.RemoveTree(PathOf(beside)));
  return ended;
}

}  // namespace mlup::projections
