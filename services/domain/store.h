// The rules of a store: kits, moves between stores, write-offs.
#pragma once

#include "services/domain/aggregate.h"

namespace mlup::domain {

struct StoreState;

// KitAssembled: KIT_UNKNOWN. StockMoved: MOVE_ID_USED, MOVE_NOT_SENT, MOVE_DIFFERS, OTHER_STORE at
// the field. StockWrittenOff: APPROVAL_MISSING.
const Aggregate<StoreState>& Store();

}  // namespace mlup::domain
