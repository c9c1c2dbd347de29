#include "services/mlup/exchange/rows.h"

#include <utility>

#include "services/mlup/exchange/bytes.h"
#include "services/mlup/exchange/json_list.h"
#include "services/mlup/exchange/table.h"

namespace mlup::cli::exchange {

absl::StatusOr<std::unique_ptr<Rows>> OpenRows(int descriptor, const Form& form) {
  auto bytes = std::make_unique<Bytes>(descriptor);
  if (bytes->Skip("\xff\xfe") || bytes->Skip("\xfe\xff")) {
    return Error(absl::StatusCode::kInvalidArgument, "ENCODING",
                 "the file is UTF-16: save it as UTF-8");
  }
  bytes->Skip("\xef\xbb\xbf");
  const char first = bytes->Peek().value_or(' ');
  if (first == '{' || first == '[') return JsonList::Open(std::move(bytes), form.member);
  return Table::Open(std::move(bytes), form.separator);
}

}  // namespace mlup::cli::exchange
