#include "services/domain/quantities.h"

#include "absl/strings/str_cat.h"

namespace mlup::domain {
namespace {

absl::StatusOr<Decimal> Sum(Decimal total, const std::string& quantity) {
  ASSIGN_OR_RETURN(const Decimal more, ParseDecimal(quantity));
  return mlup::Add(total, more);
}

}  // namespace

absl::Status Quantities::Add(const Lines& lines, std::string_view field) {
  absl::Status first_error;
  for (int i = 0; i < lines.size(); ++i) {
    const common::v1::ItemLine& line = lines[i];
    Total& total = totals_[{line.item_code(), line.unit()}];
    const auto sum = line.quantity().empty() ? total.known : Sum(total.known, line.quantity());
    total.open = total.open || line.quantity().empty() || !sum.ok();
    if (sum.ok()) {
      total.known = *sum;
    } else if (first_error.ok()) {
      first_error = FieldError(sum.status().code(), ErrorReason(sum.status()),
                               absl::StrCat(ToAbsl(field), "[", i, "].quantity"),
                               ToStd(sum.status().message()));
    }
  }
  return first_error;
}

bool Quantities::Cover(const Quantities& taken) const {
  for (const auto& [item, total] : taken.totals_) {
    const auto held = totals_.find(item);
    if (held == totals_.end()) {
      if (!unlisted_) return false;
    } else if (!held->second.open && held->second.known < total.known) {
      return false;
    }
  }
  return true;
}

}  // namespace mlup::domain
