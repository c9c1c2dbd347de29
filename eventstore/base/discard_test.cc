// What is discarded goes, and nobody waits for it.
#include "eventstore/base/discard.h"

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace mlup {
namespace {

// Tells the thread that destroys it.
class Witness {
 public:
  explicit Witness(std::promise<std::thread::id>& told) : told_(told) {}
  ~Witness() { told_.set_value(std::this_thread::get_id()); }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

 private:
  std::promise<std::thread::id>& told_;
};

TEST(DiscardTest, AnotherThreadDestroysIt) {
  std::promise<std::thread::id> told;
  Discard discard;
  discard.Take(std::make_shared<const Witness>(told));
  EXPECT_NE(told.get_future().get(), std::this_thread::get_id());
}

TEST(DiscardTest, WhatManyThreadsDiscardGoesOnce) {
  std::atomic<int> left = 0;
  {
    Discard discard;
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 1000; ++k) {
          ++left;
          discard.Take(std::shared_ptr<const void>(nullptr, [&left](const void*) { --left; }));
        }
      });
    }
  }
  EXPECT_EQ(left, 0);
}

}  // namespace
}  // namespace mlup
