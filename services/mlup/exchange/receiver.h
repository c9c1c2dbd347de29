// Rows of another system that come one by one, over HTTP, as it calls when a form is filled in.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "eventstore/base/clock.h"
#include "eventstore/base/status.h"
#include "mlup/record/v1/record_service.pb.h"
#include "services/gateway/http_message.h"
#include "services/mlup/exchange/map.h"
#include "services/mlup/import_source.h"

namespace mlup::cli::exchange {

// POST of a row (a JSON object), or of a list of rows, with `Authorization: Bearer TOKEN`. A row
// becomes requests as `mlup import --map` makes them, and all are recorded before the answer:
//
//   200  {"rows": 1, "recorded": 2, "repeated": 0, "refused": []}
//   422  the same, where a row was refused: {"row", "request", "reason", "field", "message"} of
//        each; the other rows are recorded
//   503  nobody can record now, or whoever runs this is not signed in any more: the sender's token
//   is
//        right, and what was recorded before is recognised when it comes again
//
// and 400, 401, 405 and 413 as usual. Answers repeat no value of a row.
//
// Any thread, one call at a time. Borrows map and clock.
class Receiver {
 public:
  // RecordService/RecordEach. Fails only where nothing can be recorded.
  using Call = std::function<absl::StatusOr<record::v1::RecordEachResponse>(
      const record::v1::RecordEachRequest&)>;

  struct Parts {
    const ExchangeMap& map;
    const Clock& clock;
    Call record;
  };

  Receiver(Parts parts, std::string_view token);

  gateway::HttpResponse Handle(const gateway::HttpRequest& request) const;

 private:
  bool HasToken(const gateway::HttpRequest& request) const;
  struct Answer;
  absl::Status Record(std::span<const ImportSource::Item> items, Answer& answer) const;
  absl::StatusOr<gateway::HttpResponse> Take(std::string_view body) const;

  const Parts parts_;
  // Of the token: what is compared tells nothing of it.
  const std::string digest_;
};

}  // namespace mlup::cli::exchange
