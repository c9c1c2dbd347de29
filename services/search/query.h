// What a request asks for, checked.
#pragma once

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "mlup/search/v1/search_service.pb.h"
#include "services/search/match.h"
#include "services/search/tokens.h"

namespace mlup::search {

// `today` is what an age counts from. INVALID_ARGUMENT with the field: SEARCH_TOO_WIDE,
// NAME_TOO_SHORT, PHONE_TOO_SHORT, IDENTIFIER_EMPTY, BIRTH_INVALID. Pure.
absl::StatusOr<Query> QueryOf(const v1::SearchPersonsRequest& request, const Tokens& tokens,
                              Day today);

}  // namespace mlup::search
