// Small numbers of people that must not leave the installation.
#pragma once

#include <vector>

#include "mlup/reports/v1/report_service.pb.h"

namespace mlup::counting {

// The largest number that is withheld, where it counts people or what is done for them.
inline constexpr int kSmallMax = 4;

// Whether the unit is one of amounts or means, which are about somebody however large they are.
// Rows of these carry how many people they are about.
bool IsMeasure(reports::v1::Unit unit);

// Takes the values of 1 to kSmallMax out of the rows of a report, and as many others of their
// dimension as it takes that nobody can work them out: for every value that is withheld as small,
// at least two numbers fit all that is left, for who subtracts the others from the total, knows
// which were withheld for being small, and knows that of the others the smallest went first. A
// withheld row has no value, no head-count, no number of events behind it, and WHY_NONE_WITHHELD.
// Where the total is small, or no choice of parts hides enough, the whole indicator is withheld:
// its total stands there without a value, and its parts not at all, as their number tells something
// of a small total. What restated rows were published with, and that they are restated, goes
// wherever something is withheld, or one of these values or its difference to the one now is small:
// the values then are a table of their own, and those who came since are a figure.
//
// Amounts and means (IsMeasure) are withheld where they are about fewer than five people, and with
// them all parts of a dimension beside a total.
//
// Each indicator is looked at by itself: the total and its parts. Rows of places, activities and
// organisations stand as they are, but for the head-counts beside them. Pure; any thread.
void WithholdSmall(std::vector<reports::v1::Row>& rows);

// The same for a year, whose quarters others may have as WithholdSmall() leaves them: a dimension
// of which a part is withheld in a quarter is not told of the year, and the indicator where a total
// is, unless its quarters cannot add up to it because people stand in several of them. `quarters`
// are the rows of each, as they are.
void WithholdSmall(std::vector<reports::v1::Row>& rows,
                   const std::vector<std::vector<reports::v1::Row>>& quarters);

}  // namespace mlup::counting
