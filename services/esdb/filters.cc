// Compiles filters, and says what of them the log can do.
#include "services/esdb/filters.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "services/esdb/names.h"

namespace mlup::esdb {
namespace {

// What clients send to leave out system events.
constexpr std::string_view kNotSystem = "^[^$].*";
constexpr std::size_t kRegexBytesMax = 4096;

absl::Status Invalid(std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "FILTER_INVALID", message);
}

// The beginnings that our stream names have where the client's begin with `prefix`; none when it
// cannot be told.
std::vector<std::string> StreamPrefixes(const std::string& prefix) {
  if (prefix.starts_with("$$")) return {"ext/" + prefix};
  const std::size_t hyphen = prefix.find('-');
  if (hyphen == std::string::npos || prefix.starts_with("$") || prefix.starts_with("ext/")) {
    return {};
  }
  const std::string category = prefix.substr(0, hyphen);
  if (IsDomainCategory(category)) return {category + "/"};
  // A tombstone stands on the metadata stream.
  return {"ext/" + prefix, "ext/$$" + prefix};
}

}  // namespace

absl::StatusOr<ClientFilter> ClientFilter::Make(const Options& options) {
  ClientFilter filter;
  if (options.filter_case() == Options::FILTER_NOT_SET) return filter;
  filter.on_type_ = options.filter_case() == Options::kEventType;
  const auto& expression = filter.on_type_ ? options.event_type() : options.stream_identifier();
  filter.prefixes_ = {expression.prefix().begin(), expression.prefix().end()};
  if (filter.prefixes_.size() > kRepeatedItemsMax) {
    return Invalid(absl::StrCat("at most ", kRepeatedItemsMax, " prefixes"));
  }
  if (expression.regex() == kNotSystem) {
    filter.not_system_ = true;
  } else if (!expression.regex().empty()) {
    if (expression.regex().size() > kRegexBytesMax) {
      return Invalid(absl::StrCat("a regular expression is at most ", kRegexBytesMax, " bytes"));
    }
    filter.regex_ = std::make_shared<const re2::RE2>(expression.regex(), re2::RE2::Quiet);
    if (!filter.regex_->ok()) {
      return Invalid(absl::StrCat("not a regular expression of RE2: ", filter.regex_->error()));
    }
  }
  filter.MakeCoarse();
  return filter;
}

bool ClientFilter::Matches(const Outline& outline) const {
  if (outline.stream.empty()) return false;
  const std::string& text = on_type_ ? outline.type : outline.stream;
  if (not_system_) return !text.empty() && text.front() != '$';
  if (regex_ != nullptr) return re2::RE2::PartialMatch(text, *regex_);
  return prefixes_.empty() ||
         std::any_of(prefixes_.begin(), prefixes_.end(),
                     [&text](const std::string& prefix) { return text.starts_with(prefix); });
}

void ClientFilter::MakeCoarse() {
  log::v1::Filter coarse;
  for (const std::string& prefix : prefixes_) {
    if (on_type_) {
      *coarse.add_type_prefixes() = prefix;
      continue;
    }
    const std::vector<std::string> ours = StreamPrefixes(prefix);
    if (ours.empty()) return;
    for (const std::string& one : ours) *coarse.add_stream_prefixes() = one;
  }
  if (coarse.type_prefixes_size() > 0) *coarse.add_type_prefixes() = kExternalEventType;
  constexpr auto kMax = static_cast<int>(kFilterEntriesMax);
  if (coarse.type_prefixes_size() <= kMax && coarse.stream_prefixes_size() <= kMax) {
    coarse_ = std::move(coarse);
  }
}

}  // namespace mlup::esdb
