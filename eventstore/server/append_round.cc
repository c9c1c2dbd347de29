#include "eventstore/server/append_round.h"

#include <utility>

#include "eventstore/base/limits.h"

namespace mlup::log {

void AppendRound::Add(std::span<const pb::AppendRequest* const> requests,
                      std::function<void(Results)> done) {
  if (requests_.size() + requests.size() > kRoundAppendsMax) End();
  requests_.insert(requests_.end(), requests.begin(), requests.end());
  parts_.push_back({requests.size(), std::move(done)});
}

void AppendRound::End() {
  if (parts_.empty()) return;
  const std::vector<const pb::AppendRequest*> requests = std::exchange(requests_, {});
  log_.AppendLater(requests, [parts = std::exchange(parts_, {})](auto results) {
    const Results all(results);
    std::size_t at = 0;
    for (const Part& part : parts) {
      part.done(all.subspan(at, part.count));
      at += part.count;
    }
  });
}

}  // namespace mlup::log
