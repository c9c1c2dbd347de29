// The subscribers file: who outside may follow what.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "mlup/sharing/v1/sharing.pb.h"
#include "services/sharing/field_paths.h"

namespace mlup::sharing {

// The content of a subscribers file. Who does not stand in it sees nothing.
//
// Immutable: any thread. Owns its content; at most kSubscribersMax subscribers.
class Subscribers {
 public:
  // Nobody.
  Subscribers() = default;

  // Reads protobuf text (mlup.sharing.v1.SubscribersFile). INVALID_ARGUMENT
  // SUBSCRIBERS_FILE_INVALID with the line, the field and what to do.
  static absl::StatusOr<Subscribers> Parse(std::string_view text);

  const std::vector<v1::Subscriber>& all() const { return subscribers_; }

  // Null for an unknown id.
  const v1::Subscriber* Find(std::string_view subscriber_id) const;

  // Who holds this token; null for an unknown one. Takes the same time for any token.
  const v1::Subscriber* FindByToken(std::string_view token) const;

  // Null for an unknown name.
  const v1::CodeMap* FindCodeMap(std::string_view name) const;

 private:
  using Digest = std::array<unsigned char, 32>;

  std::vector<v1::Subscriber> subscribers_;
  // Of each subscriber's token; zeros, which no token gives, where it has none.
  std::vector<Digest> token_digests_;
  std::map<std::string, v1::CodeMap, std::less<>> code_maps_;
};

// The clear fields of an event type that the agreement covers.
FieldPaths CoveredFields(const v1::Agreement& agreement, std::string_view type);

// True from the day after the last day of the agreement.
bool IsExpired(const v1::Agreement& agreement, Day today);

}  // namespace mlup::sharing
