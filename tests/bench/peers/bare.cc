// What the machine gives without a server, in this process. `sync`: what waits is written at the
// next place of a file filled with zeros, in whole blocks of 4 KiB, and synced. `rocksdb`: what
// waits is one value, put and synced.
#include <algorithm>

#include <fcntl.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include "tests/bench/peers/store.h"

namespace mlup::bench {
namespace {

// Gathers what was started and writes it as one group.
class Grouped : public Store {
 public:
  void Start(std::size_t slot, const Append& append) override {
    for (const log::v1::Event& event : append.events) event.AppendToString(&group_);
    slots_.push_back(slot);
  }

  void Wait(std::vector<Answer>& answers) override {
    Write(group_);
    for (const std::size_t slot : slots_) answers.push_back({slot, true});
    slots_.clear();
    group_.clear();
  }

  void Replay(const std::string& /*way*/, Decoder& /*decoder*/) override { Missing(); }

 private:
  virtual void Write(std::string& group) = 0;

  std::string group_;
  std::vector<std::size_t> slots_;
};

class File final : public Grouped {
 public:
  explicit File(const std::string& folder)
      : file_(open((folder + "/bare").c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    CHECK(file_ >= 0);
    const std::string zeros(1 << 20, '\0');
    for (std::size_t at = 0; at < kBytes; at += zeros.size()) Put(zeros, at);
    CHECK(fsync(file_) == 0);
  }
  ~File() override { close(file_); }

 private:
  static constexpr std::size_t kBlock = 4096;
  static constexpr std::size_t kBytes = 64 << 20;

  void Write(std::string& group) override {
    group.resize((group.size() + kBlock - 1) / kBlock * kBlock);
    if (at_ + group.size() > kBytes) at_ = 0;
    Put(group, at_);
    at_ += group.size();
    CHECK(fdatasync(file_) == 0);
  }

  void Put(const std::string& bytes, std::size_t at) const {
    CHECK(pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at)) ==
          static_cast<ssize_t>(bytes.size()));
  }

  const int file_;
  std::size_t at_ = 0;
};

class Rocks final : public Grouped {
 public:
  explicit Rocks(const std::string& folder) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kLZ4Compression;
    options.write_buffer_size = 32 << 20;
    rocksdb::DB* db = nullptr;
    CHECK(rocksdb::DB::Open(options, folder + "/rocksdb", &db).ok());
    db_.reset(db);
  }

 private:
  void Write(std::string& group) override {
    rocksdb::WriteOptions synced;
    synced.sync = true;
    std::string key(8, '\0');
    std::uint64_t number = ++number_;
    for (std::size_t i = 8; i-- > 0; number >>= 8) key[i] = static_cast<char>(number & 0xff);
    CHECK(db_->Put(synced, key, group).ok());
  }

  std::unique_ptr<rocksdb::DB> db_;
  std::uint64_t number_ = 0;
};

}  // namespace

std::unique_ptr<Store> Connect(const StoreOptions& options) {
  if (options.form == "rocksdb") return std::make_unique<Rocks>(options.server);
  return std::make_unique<File>(options.server);
}

}  // namespace mlup::bench
