// Messages as protobuf text, and the context of a request: what tests of the writing path are
// written in.
#pragma once

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include <google/protobuf/text_format.h>

#include "eventstore/base/check.h"
#include "eventstore/base/status.h"

namespace mlup {

// The test stops when the text is wrong.
template <typename Message>
Message FromText(std::string_view text) {
  Message message;
  CHECK(google::protobuf::TextFormat::ParseFromString(std::string(text), &message));
  return message;
}

// The text of a context by `staff-sw-1` as a worker, on a day.
inline std::string ContextText(std::string_view request_id, std::string_view day = "2021-02-17",
                               std::string_view actor = "staff-sw-1") {
  return absl::StrCat(
      "request_id: '", ToAbsl(request_id), "' actor_id: '", ToAbsl(actor),
      "' role: 'worker' organisation_id: 'mro' channel: CHANNEL_TABLET device: 'tablet-07' "
      "occurred { precision: PRECISION_DAY from: '",
      ToAbsl(day), "' } ");
}

}  // namespace mlup
