// Builds the document while nlohmann::json reads the text, and stops at the first fault.
#include "eventstore/json/json_text.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/utf8.h"

namespace mlup::strict {
namespace {

using nlohmann::json;

constexpr std::size_t kKeyShownMax = 64;

absl::Status Invalid(std::string_view reason, std::string_view field, std::string_view message) {
  return FieldError(absl::StatusCode::kInvalidArgument, reason, field, message);
}

// Takes what the parser finds. One thread; used once.
class Builder : public nlohmann::json_sax<json> {
 public:
  explicit Builder(std::size_t depth_max) : depth_max_(depth_max) {}

  bool null() override { return Put(nullptr); }
  bool boolean(bool value) override { return Put(value); }
  bool number_integer(number_integer_t value) override { return Put(value); }
  bool number_unsigned(number_unsigned_t value) override { return Put(value); }
  bool number_float(number_float_t value, const string_t&) override { return Put(value); }
  bool string(string_t& value) override { return Put(std::move(value)); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return Open(json::object()); }
  bool start_array(std::size_t) override { return Open(json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    if (open_.back()->contains(name)) {
      return Fail("JSON_INVALID", MemberPath(Path(open_.size() - 1), name),
                  "the key stands twice in one object");
    }
    keys_.back() = std::move(name);
    return true;
  }

  bool parse_error(std::size_t byte, const std::string&, const json::exception& error) override {
    constexpr int kNumberOverflow = 406;
    if (error.id == kNumberOverflow) {
      return Fail("NUMBER_INVALID", "", absl::StrCat("too large for a number, at byte ", byte));
    }
    return Fail("JSON_INVALID", "", absl::StrCat("not JSON at byte ", byte));
  }

  absl::StatusOr<json> Take() && {
    if (!fault_.ok()) return fault_;
    return std::move(root_);
  }

 private:
  bool Fail(std::string_view reason, const std::string& field, const std::string& message) {
    fault_ = Invalid(reason, field, message);
    return false;
  }

  // Where a value goes that comes next. Lists of lists move what they hold as they grow, but only
  // values that are complete.
  json* Place(json value) {
    if (open_.empty()) return &(root_ = std::move(value));
    json& parent = *open_.back();
    if (parent.is_object()) return &(parent[keys_.back()] = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }

  bool Put(json value) {
    Place(std::move(value));
    return true;
  }

  bool Open(json value) {
    if (open_.size() >= depth_max_) {
      // Its path would be as deep.
      return Fail("JSON_TOO_DEEP", "",
                  absl::StrCat("more than ", depth_max_, " objects and lists within each other"));
    }
    open_.push_back(Place(std::move(value)));
    keys_.emplace_back();
    return true;
  }

  bool Close() {
    open_.pop_back();
    keys_.pop_back();
    return true;
  }

  // Of the value that comes next within the first `depth` of the open ones.
  std::string Path(std::size_t depth) const {
    std::string path;
    for (std::size_t i = 0; i < depth; ++i) {
      if (open_[i]->is_object()) {
        path = MemberPath(path, keys_[i]);
      } else {
        // The last one is complete but for the one that is being read.
        const bool innermost = i + 1 == open_.size();
        absl::StrAppend(&path, "[", open_[i]->size() - (innermost ? 0 : 1), "]");
      }
    }
    return path;
  }

  const std::size_t depth_max_;
  json root_;
  // From the outermost to the innermost that is being read, and the key that was read last in each.
  std::vector<json*> open_;
  std::vector<std::string> keys_;
  absl::Status fault_;
};

// The byte, from 1, where `text` stops being UTF-8; 0 when it never does. Cut between two
// characters, each part of a text is valid or not by itself.
std::size_t FindBrokenUtf8(std::string_view text) {
  if (IsUtf8(text)) return 0;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t length = 1;
    while (length < 4 && at + length < text.size() &&
           (static_cast<unsigned char>(text[at + length]) & 0xC0U) == 0x80U) {
      ++length;
    }
    if (!IsUtf8(text.substr(at, length))) break;
    at += length;
  }
  return at + 1;
}

}  // namespace

absl::StatusOr<json> ParseJson(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes_max) {
    return Invalid("JSON_TOO_LONG", "", absl::StrCat("has more than ", limits.bytes_max, " bytes"));
  }
  if (const std::size_t byte = FindBrokenUtf8(text); byte > 0) {
    return Invalid("JSON_INVALID", "", absl::StrCat("not UTF-8 at byte ", byte));
  }
  Builder builder(limits.depth_max);
  json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder).Take();
}

absl::StatusOr<nlohmann::ordered_json> ParseJsonInOrder(std::string_view text,
                                                        const JsonLimits& limits) {
  RETURN_IF_ERROR(ParseJson(text, limits).status());
  return nlohmann::ordered_json::parse(text.begin(), text.end());
}

std::string MemberPath(std::string_view path, std::string_view key) {
  const bool is_name =
      !key.empty() && key.size() <= kKeyShownMax && std::all_of(key.begin(), key.end(), [](char c) {
        return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
      });
  return absl::StrCat(ToAbsl(path), path.empty() ? "" : ".", ToAbsl(is_name ? key : "?"));
}

}  // namespace mlup::strict
