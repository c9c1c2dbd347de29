// Parts that are one record each are not for others.
#include "projections/counting/record_rows.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlup::counting {
namespace {

using testing::ElementsAre;

constexpr char kHousehold[] = "018f3c6e-0000-7000-8000-000000000001";

reports::v1::Row RowOf(const std::string& dimension, const std::string& member) {
  reports::v1::Row row;
  row.mutable_cell()->set_code("children_in_households_with_food");
  row.mutable_cell()->set_dimension(dimension);
  row.mutable_cell()->set_member(member);
  return row;
}

TEST(RecordRowsTest, ADimensionOfRecordsIsNotThereAtAllAndTheOthersStand) {
  std::vector<reports::v1::Row> rows = {RowOf("", ""),
                                        RowOf("household", ""),
                                        RowOf("household", kHousehold),
                                        RowOf("province", ""),
                                        RowOf("province", "02"),
                                        RowOf("household", "unknown"),
                                        RowOf("item", std::string(kHousehold) + " kg")};
  KeepTotalsAndParts(rows);
  std::vector<std::string> left;
  left.reserve(rows.size());
  for (const reports::v1::Row& row : rows) left.push_back(row.cell().dimension());
  EXPECT_THAT(left, ElementsAre("", "province"));
}

}  // namespace
}  // namespace mlup::counting
