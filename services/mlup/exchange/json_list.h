// The items of a list in JSON, one after the other, however many there are.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "services/mlup/exchange/bytes.h"
#include "services/mlup/exchange/rows.h"

namespace mlup::cli::exchange {

// The list is the whole file, or a member of its outermost object; what else stands there is passed
// over. Each item is read strictly (eventstore/json) and refused by itself; ROW_FORM where it is no
// object. After the list the file is not looked at.
class JsonList final : public Rows {
 public:
  // LIST_MISSING where there is no such list.
  static absl::StatusOr<std::unique_ptr<Rows>> Open(std::unique_ptr<Bytes> bytes,
                                                    const std::string& member);

  absl::StatusOr<std::optional<Row>> Next() override;

 private:
  explicit JsonList(std::unique_ptr<Bytes> bytes) : bytes_(std::move(bytes)) {}

  std::optional<char> PeekToken();
  // The text of the value that is next, cut off after kJsonBytesMax and one more; it need not be
  // right.
  std::string TakeValue();
  void TakeText(std::string& text);
  bool FindMember(const std::string& member);

  const std::unique_ptr<Bytes> bytes_;
  std::uint64_t number_ = 0;
  bool ended_ = false;
};

}  // namespace mlup::cli::exchange
