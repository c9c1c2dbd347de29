// The only way to our own files (journal, marks); RocksDB has its own seam.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mlup {

// An open file. One thread at a time. Closed when destroyed; closing makes nothing durable.
class File {
 public:
  virtual ~File() = default;

  // Up to `count` bytes from `offset` on; fewer only at the end of the file.
  virtual absl::StatusOr<std::string> Read(std::uint64_t offset, std::size_t count) = 0;

  // Writes all of `bytes`, making the file longer if need be.
  virtual absl::Status Write(std::uint64_t offset, std::string_view bytes) = 0;

  // Returns when what was written is on the disk (fdatasync). A failed sync must never be tried
  // again: the system may have forgotten what it could not write.
  virtual absl::Status Sync() = 0;

  virtual absl::StatusOr<std::uint64_t> Size() = 0;

  // Takes the space of a file of `size` bytes, as fast as the system can. Its bytes are zeros.
  virtual absl::Status Occupy(std::uint64_t size) { return Preallocate(size); }

  // Fills the file with zeros up to `size`, so that later writes need no new space.
  absl::Status Preallocate(std::uint64_t size);
};

// A held lock; released when destroyed.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

// Files and folders by path. Any thread.
//
// Errors: NOT_FOUND; RESOURCE_EXHAUSTED DISK_FULL; otherwise UNAVAILABLE FILE_FAILED with the path
// and the system's words. A created, renamed or removed name is durable after SyncFolder() of its
// folder only.
class Files {
 public:
  enum class Mode { kRead, kWrite, kCreate };

  virtual ~Files() = default;

  // kRead and kWrite need the file to be there; kCreate makes it or empties it. The two that write
  // refuse a symbolic link.
  virtual absl::StatusOr<std::unique_ptr<File>> Open(const std::string& path, Mode mode) = 0;
  // Files and folders alike; what has the name `to` is replaced if it is a file.
  virtual absl::Status Rename(const std::string& from, const std::string& to) = 0;
  // A file, or a folder with nothing in it.
  virtual absl::Status Remove(const std::string& path) = 0;
  // Makes the folder and those above it. No error when it is there.
  virtual absl::Status MakeFolder(const std::string& path) = 0;
  // Names in a folder, sorted.
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& folder) = 0;
  virtual absl::Status SyncFolder(const std::string& folder) = 0;
  // Bytes that may still be written to the disk under a folder; no bound where nothing tells.
  virtual std::uint64_t Room(const std::string& folder);
  // FAILED_PRECONDITION FILE_LOCKED when another holder has it. Makes the file.
  virtual absl::StatusOr<std::unique_ptr<FileLock>> Lock(const std::string& path) = 0;

  // Whether a file or folder of this name is there. One that cannot be looked at is no answer but
  // an error: what is unreadable must never pass for absent, and be made anew.
  absl::StatusOr<bool> Exists(const std::string& path);
  absl::StatusOr<std::string> ReadAll(const std::string& path);
  // The folder and all in it; no error when it is not there.
  absl::Status RemoveTree(const std::string& folder);
  // Replaces the file as a whole and returns when that is durable: after a power cut either the old
  // or the new content is there.
  absl::Status Replace(const std::string& path, std::string_view content);
};

// The operating system's files.
Files& SystemFiles();

// The folder a path is in; `.` for a bare name.
std::string FolderOf(std::string_view path);

}  // namespace mlup
