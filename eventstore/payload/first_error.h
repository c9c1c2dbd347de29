// Where protobuf text is wrong.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include <google/protobuf/io/tokenizer.h>

namespace mlup {

// Keeps the first error of a parse; the tokenizer counts lines from 0.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (text_.empty())
      text_ = absl::StrCat("line ", line + 1, ", column ", column + 1, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace mlup
