// Keeps the trailers as a payload of the status, one line each.
#include "services/esdb/faults.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <google/protobuf/any.pb.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/status.h"

namespace mlup::esdb {
namespace {

constexpr char kPayload[] = "mlup.esdb.trailers";
constexpr char kDetails[] = "mlup.esdb.details";
constexpr char kException[] = "exception";

// Trailers are ASCII on the wire.
std::string PercentEncoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '%') {
      encoded.push_back(c);
    } else {
      encoded.push_back('%');
      encoded.push_back(kDigits[byte >> 4]);
      encoded.push_back(kDigits[byte & 15]);
    }
  }
  return encoded;
}

absl::Status Fault(absl::StatusCode code, std::string_view exception, std::string_view message,
                   const Trailers& facts) {
  absl::Status status = Error(code, "ESDB_FAULT", message);
  std::string lines = absl::StrCat(kException, " ", ToAbsl(exception));
  for (const auto& [name, value] : facts) {
    absl::StrAppend(&lines, "\n", name, " ", PercentEncoded(value));
  }
  status.SetPayload(kPayload, absl::Cord(lines));
  return status;
}

}  // namespace

std::string Expected::Number() const {
  switch (kind) {
    case Kind::kAny:
      return "-2";
    case Kind::kNoStream:
      return "-1";
    case Kind::kStreamExists:
      return "-4";
    case Kind::kRevision:
      break;
  }
  return absl::StrCat(revision);
}

absl::Status WrongExpectedVersion(std::string_view stream, const Expected& expected,
                                  std::optional<std::uint64_t> current) {
  Trailers facts = {{"stream-name", std::string(stream)}, {"expected-version", expected.Number()}};
  if (current.has_value()) facts.push_back({"actual-version", absl::StrCat(*current)});
  return Fault(absl::StatusCode::kFailedPrecondition, "wrong-expected-version",
               "the stream is not at the expected version: read it again", facts);
}

absl::Status StreamDeleted(std::string_view stream) {
  return Fault(absl::StatusCode::kFailedPrecondition, "stream-deleted",
               "the stream is deleted; a tombstoned name cannot be used again",
               {{"stream-name", std::string(stream)}});
}

absl::Status AccessDenied(std::string_view message) {
  return Fault(absl::StatusCode::kPermissionDenied, "access-denied", message, {});
}

absl::Status AppendTooLarge(std::string_view message) {
  return Fault(absl::StatusCode::kInvalidArgument, "maximum-append-size-exceeded", message,
               {{"maximum-append-size", absl::StrCat(kEsdbAppendBytesMax)}});
}

absl::Status UserNotFound(std::string_view login) {
  return Fault(absl::StatusCode::kNotFound, "user-not-found",
               "there is no such user: the subscribers file names them, and each sees itself",
               {{"login-name", std::string(login)}});
}

absl::Status MetadataMissing(std::string_view properties) {
  return Fault(absl::StatusCode::kInvalidArgument, "missing-required-metadata-property",
               absl::StrCat("an event needs ", ToAbsl(properties)),
               {{"required-metadata-properties", std::string(properties)}});
}

absl::Status GroupFault(absl::StatusCode code, std::string_view exception, std::string_view stream,
                        std::string_view group, std::string_view message) {
  return Fault(code, exception, message,
               {{"stream-name", std::string(stream)},
                {"group-name", std::string(group)},
                {"reason", std::string(message)}});
}

absl::Status Detailed(absl::StatusCode code, std::string_view message,
                      const google::protobuf::Message& details) {
  google::protobuf::Any any;
  any.PackFrom(details);
  absl::Status status = Error(code, "ESDB_FAULT", message);
  status.SetPayload(kDetails, absl::Cord(any.SerializeAsString()));
  return status;
}

std::string DetailsOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kDetails);
  return payload.has_value() ? std::string(*payload) : "";
}

Trailers TrailersOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayload);
  Trailers trailers;
  if (!payload.has_value()) return trailers;
  for (const auto& line : absl::StrSplit(std::string(*payload), '\n')) {
    const std::pair<std::string, std::string> trailer =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    trailers.push_back(trailer);
  }
  return trailers;
}

std::string ExceptionOf(const absl::Status& status) {
  const Trailers trailers = TrailersOf(status);
  return trailers.empty() ? "" : trailers.front().second;
}

absl::StatusCode ClientCode(const absl::Status& status) {
  const bool as_lost = absl::IsInternal(status) || absl::IsDataLoss(status);
  return as_lost ? absl::StatusCode::kUnknown : status.code();
}

}  // namespace mlup::esdb
