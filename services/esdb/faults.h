// Errors as clients of the EventStoreDB gRPC protocol know them: a code, and trailers that name the
// exception and its facts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include <google/protobuf/message.h>

// All functions are pure and may be called from any thread.
namespace mlup::esdb {

// What the author of an append saw of a stream, in the client's revisions.
struct Expected {
  enum class Kind { kAny, kNoStream, kStreamExists, kRevision };
  Kind kind = Kind::kAny;
  std::uint64_t revision = 0;

  // As trailers have it: the revision, or -1 for no stream, -2 for any, -4 for an existing one.
  std::string Number() const;
};

absl::Status WrongExpectedVersion(std::string_view stream, const Expected& expected,
                                  std::optional<std::uint64_t> current);
absl::Status StreamDeleted(std::string_view stream);
absl::Status AccessDenied(std::string_view message);
absl::Status AppendTooLarge(std::string_view message);
absl::Status UserNotFound(std::string_view login);
absl::Status MetadataMissing(std::string_view properties);
// `exception` is one of `persistent-subscription-{failed,does-not-exist,exists,dropped}` and
// `maximum-subscribers-reached`.
absl::Status GroupFault(absl::StatusCode code, std::string_view exception, std::string_view stream,
                        std::string_view group, std::string_view message);

// A status whose details, one message, stand in `grpc-status-details-bin`; clients of the second
// version read them there and no trailers.
absl::Status Detailed(absl::StatusCode code, std::string_view message,
                      const google::protobuf::Message& details);

// That message, serialised as an Any; empty for other statuses.
std::string DetailsOf(const absl::Status& status);

using Trailers = std::vector<std::pair<std::string, std::string>>;

// Names and visible ASCII: what is not is percent-encoded. Empty for a status made elsewhere.
Trailers TrailersOf(const absl::Status& status);

// The exception's name; empty for a status made elsewhere.
std::string ExceptionOf(const absl::Status& status);

// A code that clients do not take for a lost server: our own INTERNAL, DATA_LOSS become UNKNOWN.
absl::StatusCode ClientCode(const absl::Status& status);

}  // namespace mlup::esdb
