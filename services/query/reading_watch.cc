#include "services/query/reading_watch.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/local_time.h"
#include "eventstore/base/status.h"
#include "eventstore/base/uuid.h"

namespace mlup::query {
namespace {

using audit::v1::AlarmKind;
using audit::v1::ReadingAlarmRaised;

constexpr absl::Duration kHour = absl::Hours(1);

std::string WordOf(AlarmKind kind) {
  return absl::AsciiStrToLower(
      std::string(absl::StripPrefix(audit::v1::AlarmKind_Name(kind), "ALARM_KIND_")));
}

}  // namespace

absl::StatusOr<std::set<std::string>> ParseCanaries(const std::string& text) {
  std::set<std::string> ids;
  int number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    const std::string id(
        absl::StripAsciiWhitespace(line.substr(0, std::min(line.find('#'), line.size()))));
    if (id.empty()) continue;
    if (!IsUuid(id)) {
      return Error(absl::StatusCode::kInvalidArgument, "CANARY_INVALID",
                   absl::StrCat("line ", number,
                                " must be the id of a record, a UUID in lower "
                                "case"));
    }
    ids.insert(id);
  }
  return ids;
}

std::vector<ReadingAlarmRaised> ReadingWatch::Note(const WatchedReading& reading) {
  const absl::Time now = clock_.Now();
  std::vector<ReadingAlarmRaised> alarms;
  MutexLock lock(mutex_);
  Hour& hour = HourOf(reading.actor_id, now);
  const auto raise = [&](AlarmKind kind, std::size_t count) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    ReadingAlarmRaised alarm;
    alarm.set_kind(kind);
    alarm.set_count(static_cast<std::uint32_t>(count));
    alarm.set_person_id(reading.person_id);
    alarms.push_back(std::move(alarm));
    ++counts_[kind];
  };
  // Once in an hour, when there are more than so many.
  const auto note = [&](AlarmKind kind, std::set<std::string>& seen, std::size_t limit)
                        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
                          if (hour.raised.contains(kind)) return;
                          seen.insert(reading.person_id);
                          if (seen.size() <= limit) return;
                          raise(kind, seen.size());
                          hour.raised.insert(kind);
                        };
  if (canaries_.contains(reading.person_id)) raise(audit::v1::ALARM_KIND_CANARY, 1);
  if (!reading.of_record) return alarms;
  if (reading.result == audit::v1::ACCESS_RESULT_UNKNOWN) {
    note(audit::v1::ALARM_KIND_UNKNOWN_IDS, hour.unknown_ids, limits_.unknown_ids);
  } else if (reading.out_of_scope) {
    note(audit::v1::ALARM_KIND_OUT_OF_SCOPE, hour.out_of_scope, limits_.out_of_scope);
  } else if (reading.result == audit::v1::ACCESS_RESULT_SERVED) {
    note(audit::v1::ALARM_KIND_MANY_PERSONS, hour.persons, limits_.persons);
    if (IsNight(now) && hour.raised.insert(audit::v1::ALARM_KIND_AT_NIGHT).second) {
      raise(audit::v1::ALARM_KIND_AT_NIGHT, 1);
    }
  }
  return alarms;
}

std::map<std::string, std::uint64_t> ReadingWatch::Counts() const {
  std::map<std::string, std::uint64_t> counts;
  MutexLock lock(mutex_);
  for (int kind = audit::v1::AlarmKind_MIN + 1; kind <= audit::v1::AlarmKind_MAX; ++kind) {
    const auto raised = counts_.find(static_cast<AlarmKind>(kind));
    counts[WordOf(static_cast<AlarmKind>(kind))] = raised == counts_.end() ? 0 : raised->second;
  }
  return counts;
}

ReadingWatch::Hour& ReadingWatch::HourOf(const std::string& actor_id, absl::Time now) {
  const auto is_over = [now](const auto& one) { return now >= one.second.began + kHour; };
  if (hours_.size() >= kAccountsMax) std::erase_if(hours_, is_over);
  // Without accounts anybody may call themselves anything.
  if (hours_.size() >= kAccountsMax) hours_.clear();
  const auto found = hours_.find(actor_id);
  if (found != hours_.end() && !is_over(*found)) return found->second;
  Hour& hour = hours_[actor_id] = Hour();
  hour.began = now;
  return hour;
}

bool ReadingWatch::IsNight(absl::Time now) const {
  const int hour = absl::ToCivilHour(now, PhnomPenh()).hour();
  return hour >= limits_.night_begins || hour < limits_.night_ends;
}

}  // namespace mlup::query
