#include "services/mlup/exchange/json_list.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/json/json_text.h"

namespace mlup::cli::exchange {
namespace {

absl::Status BadList(std::string_view reason, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

void KeepIn(char byte, std::string& text) {
  if (text.size() <= kJsonBytesMax) text.push_back(byte);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Rows>> JsonList::Open(std::unique_ptr<Bytes> bytes,
                                                     const std::string& member) {
  std::unique_ptr<JsonList> list(new JsonList(std::move(bytes)));
  const bool found = list->PeekToken() == '{' ? list->FindMember(member) && list->PeekToken() == '['
                                              : list->PeekToken() == '[';
  RETURN_IF_ERROR(list->bytes_->status());
  if (!found) {
    return BadList(
        "LIST_MISSING",
        absl::StrCat("the file is neither a list nor an object with a list in its member `", member,
                     "`; the map names it in `list`"));
  }
  list->bytes_->Take();
  return std::unique_ptr<Rows>(std::move(list));
}

absl::StatusOr<std::optional<Row>> JsonList::Next() {
  if (ended_) return std::optional<Row>();
  if (PeekToken() == ',') bytes_->Take();
  const std::optional<char> next = PeekToken();
  RETURN_IF_ERROR(bytes_->status());
  if (!next)
    return BadList("LIST_CUT", absl::StrCat("the file ends within its list, after item ", number_));
  if (*next == ']') {
    ended_ = true;
    return std::optional<Row>();
  }
  const std::string text = TakeValue();
  RETURN_IF_ERROR(bytes_->status());
  // What is no value at all would be met for ever.
  if (text.empty())
    return BadList("JSON_INVALID", absl::StrCat("item ", number_ + 1, " is no JSON"));
  absl::StatusOr<Json> values = strict::ParseJsonInOrder(text);
  if (values.ok() && !values->is_object()) {
    values = BadList("ROW_FORM", "the item is no object with a member for each column");
  }
  return std::optional(Row{++number_, std::move(values)});
}

std::optional<char> JsonList::PeekToken() {
  while (true) {
    const std::optional<char> next = bytes_->Peek();
    if (!next || !absl::ascii_isspace(static_cast<unsigned char>(*next))) return next;
    bytes_->Take();
  }
}

std::string JsonList::TakeValue() {
  std::string text;
  std::size_t depth = 0;
  while (const std::optional<char> next = bytes_->Peek()) {
    const bool ends = *next == ',' || *next == ']' || *next == '}';
    if (depth == 0 && ends) return text;
    if (*next == '"') {
      TakeText(text);
      continue;
    }
    if (*next == '{' || *next == '[') ++depth;
    if (*next == '}' || *next == ']') --depth;
    KeepIn(*bytes_->Take(), text);
  }
  return text;
}

void JsonList::TakeText(std::string& text) {
  KeepIn(*bytes_->Take(), text);
  bool escaped = false;
  while (const std::optional<char> byte = bytes_->Take()) {
    KeepIn(*byte, text);
    if (*byte == '"' && !escaped) return;
    escaped = *byte == '\\' && !escaped;
  }
}

bool JsonList::FindMember(const std::string& member) {
  const std::string wanted = Json(member).dump();
  bytes_->Take();
  while (PeekToken() == '"') {
    std::string name;
    TakeText(name);
    if (PeekToken() != ':') return false;
    bytes_->Take();
    if (name == wanted) return true;
    PeekToken();
    TakeValue();
    if (PeekToken() != ',') return false;
    bytes_->Take();
  }
  return false;
}

}  // namespace mlup::cli::exchange
