// The subscribers file: who outside may follow what.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/mutex.h"
#include "eventstore/base/status.h"
#include "eventstore/base/types.h"
#include "mlup/sharing/v1/sharing.pb.h"
#include "services/sharing/field_paths.h"

namespace mlup::sharing {

// The content of a subscribers file. Who does not stand in it sees nothing.
//
// Any thread. Owns its content; at most kSubscribersMax subscribers. What it gave out stays as it
// was when another content takes its place.
class Subscribers {
 public:
  // Nobody.
  Subscribers() : held_(std::make_unique<Held>()) {}

  // Reads protobuf text (mlup.sharing.v1.SubscribersFile). INVALID_ARGUMENT
  // SUBSCRIBERS_FILE_INVALID with the line, the field and what to do.
  static absl::StatusOr<Subscribers> Parse(std::string_view text);

  // From now on what stands in this text; nothing changes where it is refused. FAILED_PRECONDITION
  // RESTART_NEEDED where somebody would be called at another address, or is new among those who are
  // called: that is made at a start.
  absl::Status Replace(std::string_view text);

  std::vector<v1::Subscriber> all() const { return Now()->subscribers; }

  // Null for an unknown id.
  std::shared_ptr<const v1::Subscriber> Find(std::string_view subscriber_id) const;

  // Who holds this token; null for an unknown one. Takes the same time for any token.
  std::shared_ptr<const v1::Subscriber> FindByToken(std::string_view token) const;

  // Null for an unknown name.
  std::shared_ptr<const v1::CodeMap> FindCodeMap(std::string_view name) const;

  // Whether somebody stands there as before, with the same token, agreement and ways. NOT_FOUND
  // SUBSCRIBER_UNKNOWN; FAILED_PRECONDITION SUBSCRIBER_CHANGED.
  absl::Status Holds(const v1::Subscriber& before) const;

 private:
  using Digest = std::array<unsigned char, 32>;

  struct Book {
    std::vector<v1::Subscriber> subscribers;
    // Of each subscriber's token; zeros, which no token gives, where it has none.
    std::vector<Digest> token_digests;
    std::map<std::string, v1::CodeMap, std::less<>> code_maps;
  };
  struct Held {
    Mutex mutex;
    std::shared_ptr<const Book> book ABSL_GUARDED_BY(mutex) = std::make_shared<Book>();
  };

  static absl::StatusOr<std::shared_ptr<const Book>> Read(std::string_view text);
  std::shared_ptr<const Book> Now() const;

  // Apart, so that it can be moved.
  std::unique_ptr<Held> held_;
};

// The clear fields of an event type that the agreement covers.
FieldPaths CoveredFields(const v1::Agreement& agreement, std::string_view type);

// True from the day after the last day of the agreement.
bool IsExpired(const v1::Agreement& agreement, Day today);

}  // namespace mlup::sharing
