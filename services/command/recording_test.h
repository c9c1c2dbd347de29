// The fixture of the handler's tests.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "services/command/test_requests.h"
#include "services/command/test_world.h"

namespace mlup::command {

class RecordingTest : public testing::Test {
 protected:
  // The reason of a refusal, or nothing; last_ is what was recorded, error_ what was refused.
  std::string Record(const google::protobuf::Message& request) {
    const absl::StatusOr<RecordResult> result = world_.commands().Record(request);
    if (result.ok()) last_ = *result;
    error_ = result.status();
    return ErrorReason(error_);
  }
  std::string Record(const std::string& id, const std::vector<std::string>& facts) {
    return Record(CaseRequest(id, facts));
  }
  std::string Register(const char* person = kSok, const char* id = "register") {
    return Record(id, {Registered(person)});
  }
  std::uint64_t Head() { return world_.log().Head()->value; }
  // Others record something just before each of so many appends.
  void Interrupt(int appends, const std::function<pb::RecordRequest(int)>& other) {
    world_.log().before_append = [this, appends, other](int append) {
      if (append < appends) {
        const auto result = world_.commands().Record(other(append));
        EXPECT_TRUE(result.ok()) << result.status();
      }
      return absl::OkStatus();
    };
  }

  TestWorld world_;
  RecordResult last_;
  absl::Status error_;
};

}  // namespace mlup::command
