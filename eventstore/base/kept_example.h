// What tests say of events, kept in their results: the table of events (tests/coverage) is made of
// it.
#pragma once

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "eventstore/base/status.h"

namespace mlup {

// The fact called `name` (`case_opened`), as `text`, was accepted; or refused, where there is a
// reason.
inline void KeepExample(std::string_view name, std::string_view reason, const std::string& text) {
  testing::Test::RecordProperty(
      absl::StrCat(ToAbsl(name), " ", reason.empty() ? "accepted" : ToAbsl(reason)), text);
}

}  // namespace mlup
