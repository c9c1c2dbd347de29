// Goods added up by item and unit, where a quantity may be unknown.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include <google/protobuf/repeated_ptr_field.h>

#include "eventstore/base/decimal.h"
#include "mlup/common/v1/common.pb.h"

namespace mlup::domain {

// A sum of lines. A value; not for several threads at once.
class Quantities {
 public:
  using Lines = google::protobuf::RepeatedPtrField<common::v1::ItemLine>;

  // Adds lines; one without a quantity makes its item's total unknown upwards.
  // INVALID_ARGUMENT DECIMAL_INVALID, DECIMAL_OVERFLOW with the first bad line's path below
  // `field`; all lines are added then too, and bad ones count as unknown.
  absl::Status Add(const Lines& lines, std::string_view field);

  // Says that there are goods besides the lines, and nobody knows which.
  void AddUnlisted() { unlisted_ = true; }

  // Whether `taken` can come out of these goods as far as anybody knows.
  bool Cover(const Quantities& taken) const;

 private:
  struct Total {
    Decimal known;
    // More than `known`, and nobody knows how much.
    bool open = false;
  };

  // By item code and unit: kilogrammes of rice do not cover bags of rice.
  std::map<std::pair<std::string, std::string>, Total> totals_;
  bool unlisted_ = false;
};

}  // namespace mlup::domain
