// Small numbers of people that must not leave the installation.
#pragma once

#include <vector>

#include "mlup/reports/v1/report_service.pb.h"

namespace mlup::counting {

// The largest number that is withheld, where it counts people or what is done for them.
inline constexpr int kSmallMax = 4;

// Takes the values of 1 to kSmallMax out of the rows of a report, and as many others of their
// dimension as it takes that nobody can work them out: for every value that is withheld as small,
// at least two numbers fit all that is left, for who subtracts the others from the total and knows
// which were withheld for being small. A withheld row has no
// value, no head-count, no number of events behind it, and WHY_NONE_WITHHELD; the values that a
// restated row was published with go too. Where no choice of parts hides enough, the whole
// indicator is withheld.
//
// Each indicator is looked at by itself: the total and its parts. Rows of goods, money, places and
// organisations stand as they are. Pure; any thread.
void WithholdSmall(std::vector<reports::v1::Row>& rows);

}  // namespace mlup::counting
