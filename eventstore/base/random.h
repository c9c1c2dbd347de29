// The only source of randomness for ids. Keys and nonces come from libsodium in services/privacy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

#include "eventstore/base/mutex.h"

namespace mlup {

// Any thread may call Next().
class Random {
 public:
  virtual ~Random() = default;

  // 64 random bits.
  virtual std::uint64_t Next() = 0;
};

// The operating system's generator.
class SystemRandom final : public Random {
 public:
  std::uint64_t Next() override;
};

// The same numbers for the same seed, for tests and simulations.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t Next() override {
    MutexLock lock(mutex_);
    return engine_();
  }

 private:
  Mutex mutex_;
  std::mt19937_64 engine_ ABSL_GUARDED_BY(mutex_);
};

// So many random bytes, which nothing compresses.
std::string RandomBytes(Random& random, std::size_t count);

}  // namespace mlup
