#include "services/esdb/names.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/blake2b.h"
#include "eventstore/base/categories.h"
#include "eventstore/base/limits.h"
#include "eventstore/base/uuid.h"
#include "services/fields/text_format.h"

namespace mlup::esdb {
namespace {

constexpr std::string_view kExternalPrefix = "ext/";
constexpr std::string_view kMetadataPrefix = "$$";
constexpr std::string_view kCategoryPrefix = "$ce-";
constexpr std::string_view kTypePrefix = "$et-";
constexpr std::string_view kCorrelationPrefix = "$bc-";
constexpr std::string_view kStreamsOfCategoryPrefix = "$category-";
constexpr std::string_view kStreams = "$streams";

// Of `$$` and `$ce-`, with which the name of another stream goes on.
constexpr std::size_t kPrefixMax = 4;

std::string Join(std::string_view a, std::string_view b) {
  return absl::StrCat(ToAbsl(a), ToAbsl(b));
}

std::string_view After(std::string_view prefix, std::string_view text) {
  return text.substr(prefix.size());
}

// A name that does not begin with `$`.
Name ParsePlain(std::string_view client) {
  Name name{NameKind::kExternal, std::string(client), Join(kExternalPrefix, client)};
  const std::string_view category = ClientCategory(client);
  if (client.starts_with(kExternalPrefix) &&
      ParsePlain(After(kExternalPrefix, client)).kind != NameKind::kExternal) {
    name.stream = name.client;
  } else if (CategoryFor(category).appender == Appender::kLog) {
    name = {NameKind::kReserved, name.client, ""};
  } else if (IsDomainCategory(category)) {
    const std::string uuid = WithHyphens(client.substr(category.size() + 1));
    name.kind = uuid.empty() ? NameKind::kReserved : NameKind::kDomain;
    name.stream = uuid.empty() ? "" : absl::StrCat(ToAbsl(category), "/", uuid);
  }
  return name;
}

}  // namespace

bool Name::IsVirtual() const {
  return kind == NameKind::kCategory || kind == NameKind::kType || kind == NameKind::kCorrelation ||
         kind == NameKind::kStreams || kind == NameKind::kStreamsOfCategory;
}

std::string Name::MetadataStream() const {
  return absl::StrCat(ToAbsl(kExternalPrefix), ToAbsl(kMetadataPrefix),
                      ToAbsl(After(kExternalPrefix, stream)));
}

absl::StatusOr<Name> ParseName(std::string_view client) {
  const fields::TextScan scan = fields::ScanText(client);
  const std::size_t bytes_max = kEsdbNameMax + (client.starts_with("$") ? kPrefixMax : 0);
  if (client.empty() || client.size() > bytes_max || !scan.valid || scan.control_characters ||
      scan.line_breaks_or_tabs) {
    return Error(absl::StatusCode::kInvalidArgument, "STREAM_NAME_INVALID",
                 absl::StrCat("a stream name is 1 to ", kEsdbNameMax,
                              " bytes of UTF-8 without control characters"));
  }
  if (!client.starts_with("$")) return ParsePlain(client);
  const std::string whole(client);
  if (client == kStreams) return Name{NameKind::kStreams, whole, ""};
  const std::pair<std::string_view, NameKind> virtual_streams[] = {
      {kCategoryPrefix, NameKind::kCategory},
      {kTypePrefix, NameKind::kType},
      {kCorrelationPrefix, NameKind::kCorrelation},
      {kStreamsOfCategoryPrefix, NameKind::kStreamsOfCategory},
  };
  for (const auto& [prefix, kind] : virtual_streams) {
    if (client.starts_with(prefix)) return Name{kind, whole, std::string(After(prefix, client))};
  }
  const std::string_view inner = client.substr(std::min(kMetadataPrefix.size(), client.size()));
  if (client.starts_with(kMetadataPrefix) && !inner.empty() && !inner.starts_with("$") &&
      inner.size() <= kEsdbNameMax) {
    const Name of = ParsePlain(inner);
    if (of.IsExternal()) return Name{NameKind::kMetadata, whole, of.MetadataStream()};
  }
  return Name{NameKind::kReserved, whole, ""};
}

std::string ClientName(std::string_view stream) {
  if (CategoryFor(stream).appender == Appender::kLog) return "";
  if (!stream.starts_with(kExternalPrefix)) {
    const std::string_view category = CategoryOf(stream);
    return absl::StrCat(
        ToAbsl(category), "-",
        WithoutHyphens(stream.substr(std::min(category.size() + 1, stream.size()))));
  }
  const std::string_view own = After(kExternalPrefix, stream);
  const bool metadata = own.starts_with(kMetadataPrefix);
  const std::string_view plain = metadata ? After(kMetadataPrefix, own) : own;
  const std::string shown =
      plain.starts_with("$") || ParsePlain(plain).stream != Join(kExternalPrefix, plain)
          ? Join(kExternalPrefix, plain)
          : std::string(plain);
  return metadata ? Join(kMetadataPrefix, shown) : shown;
}

std::string StreamOfMetadata(std::string_view stream) {
  if (!stream.starts_with(kExternalPrefix)) return "";
  const std::string_view own = After(kExternalPrefix, stream);
  if (!own.starts_with(kMetadataPrefix)) return "";
  return Join(kExternalPrefix, After(kMetadataPrefix, own));
}

std::string_view ClientCategory(std::string_view client) {
  const std::size_t hyphen = client.find('-');
  if (hyphen == std::string_view::npos || client.starts_with("$")) return "";
  return client.substr(0, hyphen);
}

bool IsDomainCategory(std::string_view category) {
  return IsKnownCategory(category) && !CategoryFor(category).has_free_names;
}

std::string WithHyphens(std::string_view hex) {
  if (hex.size() != 32) return "";
  const absl::string_view h = ToAbsl(hex);
  std::string uuid = absl::StrCat(h.substr(0, 8), "-", h.substr(8, 4), "-", h.substr(12, 4), "-",
                                  absl::StrCat(h.substr(16, 4), "-", h.substr(20)));
  return IsUuid(uuid) ? uuid : "";
}

std::string WithoutHyphens(std::string_view uuid) {
  std::string hex(uuid);
  hex.erase(std::remove(hex.begin(), hex.end(), '-'), hex.end());
  return hex.size() == 32 ? hex : "";
}

std::string UuidOf(std::string_view text) {
  std::string digest = Blake2b(text, 16);
  digest[6] = static_cast<char>(0x80 | (digest[6] & 0x0f));
  digest[8] = static_cast<char>(0x80 | (digest[8] & 0x3f));
  return WithHyphens(absl::BytesToHexString(digest));
}

}  // namespace mlup::esdb
