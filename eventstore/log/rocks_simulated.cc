#include "eventstore/log/rocks_simulated.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <rocksdb/file_system.h>

#include "eventstore/base/status.h"

namespace mlup::log {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

IOStatus ToIo(const absl::Status& status) {
  const std::string message(status.message());
  if (status.ok()) return IOStatus::OK();
  if (absl::IsNotFound(status)) return IOStatus::PathNotFound(message);
  if (absl::IsResourceExhausted(status)) return IOStatus::NoSpace(message);
  return IOStatus::IOError(message);
}

std::string Clean(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

class Reading final : public rocksdb::FSSequentialFile, public rocksdb::FSRandomAccessFile {
 public:
  explicit Reading(std::unique_ptr<File> file) : file_(std::move(file)) {}

  IOStatus Read(size_t count, const IOOptions& options, Slice* result, char* scratch,
                IODebugContext* debug) override {
    IOStatus status = Read(offset_, count, options, result, scratch, debug);
    offset_ += result->size();
    return status;
  }
  IOStatus Skip(uint64_t count) override {
    offset_ += count;
    return IOStatus::OK();
  }
  // NOLINTNEXTLINE(readability-function-size): the parameters are RocksDB's.
  IOStatus Read(uint64_t offset, size_t count, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) const override {
    const absl::StatusOr<std::string> bytes = file_->Read(offset, count);
    *result = Slice();
    if (!bytes.ok()) return ToIo(bytes.status());
    std::copy(bytes->begin(), bytes->end(), scratch);
    *result = Slice(scratch, bytes->size());
    return IOStatus::OK();
  }
  IOStatus InvalidateCache(size_t, size_t) override { return IOStatus::OK(); }

 private:
  const std::unique_ptr<File> file_;
  uint64_t offset_ = 0;
};

class Writing final : public rocksdb::FSWritableFile {
 public:
  Writing(SimulatedFiles& files, std::string path, std::unique_ptr<File> file, uint64_t size)
      : files_(files), path_(std::move(path)), file_(std::move(file)), size_(size) {}

  using FSWritableFile::Append;
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    const absl::Status status = file_->Write(size_, {data.data(), data.size()});
    if (status.ok()) size_ += data.size();
    return ToIo(status);
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Truncate(uint64_t size, const IOOptions&, IODebugContext*) override {
    if (size == size_) return IOStatus::OK();
    size_ = size;
    return ToIo(files_.Resize(path_, size));
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, IODebugContext*) override { return ToIo(file_->Sync()); }
  uint64_t GetFileSize(const IOOptions&, IODebugContext*) override { return size_; }

 private:
  SimulatedFiles& files_;
  const std::string path_;
  const std::unique_ptr<File> file_;
  uint64_t size_;
};

class Folder final : public rocksdb::FSDirectory {
 public:
  Folder(SimulatedFiles& files, std::string path) : files_(files), path_(std::move(path)) {}
  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    return ToIo(files_.SyncFolder(path_));
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  SimulatedFiles& files_;
  const std::string path_;
};

// RocksDB's own log goes nowhere.
class Silent final : public rocksdb::Logger {
 public:
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

class Held final : public rocksdb::FileLock {
 public:
  explicit Held(std::unique_ptr<mlup::FileLock> lock) : lock_(std::move(lock)) {}

 private:
  const std::unique_ptr<mlup::FileLock> lock_;
};

// RocksDB's files as names on the simulated disk. Any thread.
class SimulatedFileSystem final : public rocksdb::FileSystem {
 public:
  explicit SimulatedFileSystem(SimulatedFiles& files) : files_(files) {}

  const char* Name() const override { return "SimulatedFileSystem"; }

  IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result,
                             IODebugContext*) override {
    return OpenForReading(name, *result);
  }
  IOStatus NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               IODebugContext*) override {
    return OpenForReading(name, *result);
  }
  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext*) override {
    return OpenForWriting(name, Files::Mode::kCreate, *result);
  }
  IOStatus ReopenWritableFile(const std::string& name, const rocksdb::FileOptions&,
                              std::unique_ptr<rocksdb::FSWritableFile>* result,
                              IODebugContext*) override {
    return OpenForWriting(name, Files::Mode::kWrite, *result);
  }
  IOStatus NewDirectory(const std::string& name, const IOOptions&,
                        std::unique_ptr<rocksdb::FSDirectory>* result, IODebugContext*) override {
    *result = std::make_unique<Folder>(files_, Clean(name));
    return IOStatus::OK();
  }
  IOStatus FileExists(const std::string& name, const IOOptions&, IODebugContext*) override {
    const absl::StatusOr<bool> exists = files_.Exists(Clean(name));
    if (!exists.ok()) return IOStatus::IOError();
    return *exists ? IOStatus::OK() : IOStatus::NotFound();
  }
  IOStatus GetChildren(const std::string& name, const IOOptions&, std::vector<std::string>* result,
                       IODebugContext*) override {
    absl::StatusOr<std::vector<std::string>> names = files_.List(Clean(name));
    if (!names.ok()) return ToIo(names.status());
    *result = *std::move(names);
    return IOStatus::OK();
  }
  IOStatus DeleteFile(const std::string& name, const IOOptions&, IODebugContext*) override {
    return ToIo(files_.Remove(name));
  }
  IOStatus CreateDir(const std::string& name, const IOOptions&, IODebugContext*) override {
    return ToIo(files_.MakeFolder(Clean(name)));
  }
  IOStatus CreateDirIfMissing(const std::string& name, const IOOptions&, IODebugContext*) override {
    return ToIo(files_.MakeFolder(Clean(name)));
  }
  IOStatus DeleteDir(const std::string& name, const IOOptions&, IODebugContext*) override {
    return ToIo(files_.Remove(Clean(name)));
  }
  IOStatus GetFileSize(const std::string& name, const IOOptions&, uint64_t* size,
                       IODebugContext*) override {
    const auto file = files_.Open(name, Files::Mode::kRead);
    if (!file.ok()) return ToIo(file.status());
    *size = *(*file)->Size();
    return IOStatus::OK();
  }
  IOStatus GetFileModificationTime(const std::string&, const IOOptions&, uint64_t* time,
                                   IODebugContext*) override {
    *time = 0;
    return IOStatus::OK();
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&,
                      IODebugContext*) override {
    return ToIo(files_.Rename(from, to));
  }
  IOStatus LockFile(const std::string& name, const IOOptions&, rocksdb::FileLock** result,
                    IODebugContext*) override {
    absl::StatusOr<std::unique_ptr<mlup::FileLock>> lock = files_.Lock(name);
    if (!lock.ok()) return ToIo(lock.status());
    *result = std::make_unique<Held>(*std::move(lock)).release();
    return IOStatus::OK();
  }
  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
    const std::unique_ptr<rocksdb::FileLock> owner(lock);
    return IOStatus::OK();
  }
  IOStatus GetTestDirectory(const IOOptions&, std::string* path, IODebugContext*) override {
    *path = "/disk";
    return IOStatus::OK();
  }
  IOStatus NewLogger(const std::string&, const IOOptions&, std::shared_ptr<rocksdb::Logger>* result,
                     IODebugContext*) override {
    *result = std::make_shared<Silent>();
    return IOStatus::OK();
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* result,
                           IODebugContext*) override {
    *result = path;
    return IOStatus::OK();
  }
  IOStatus IsDirectory(const std::string& path, const IOOptions&, bool* is_folder,
                       IODebugContext*) override {
    *is_folder = files_.List(Clean(path)).ok();
    return IOStatus::OK();
  }

 private:
  template <typename Result>
  IOStatus OpenForReading(const std::string& name, std::unique_ptr<Result>& result) {
    absl::StatusOr<std::unique_ptr<File>> file = files_.Open(name, Files::Mode::kRead);
    if (!file.ok()) return ToIo(file.status());
    result = std::make_unique<Reading>(*std::move(file));
    return IOStatus::OK();
  }

  IOStatus OpenForWriting(const std::string& name, Files::Mode mode,
                          std::unique_ptr<rocksdb::FSWritableFile>& result) {
    absl::StatusOr<std::unique_ptr<File>> file = files_.Open(name, mode);
    if (!file.ok()) return ToIo(file.status());
    const uint64_t size = *(*file)->Size();
    result = std::make_unique<Writing>(files_, name, *std::move(file), size);
    return IOStatus::OK();
  }

  SimulatedFiles& files_;
};

}  // namespace

std::unique_ptr<rocksdb::Env> SimulatedEnv(SimulatedFiles& files) {
  return rocksdb::NewCompositeEnv(std::make_shared<SimulatedFileSystem>(files));
}

}  // namespace mlup::log
