// A small language for tests: events in protobuf text become facts, and cells are asked by name.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "eventstore/base/days.h"
#include "eventstore/payload/event_types.h"
#include "projections/counting/report.h"

namespace mlup::counting {

struct Circumstances {
  // Day on which it was known; as the event before when empty.
  std::string known = {};
  std::string place = {};
  log::v1::Sector sector = log::v1::SECTOR_UNSPECIFIED;
};

// A log of facts written down event by event. For one thread.
class TestLog {
 public:
  // Adds an event, for example Add("case/c1", "cases.v1.CaseClosed", "reason: CLOSE_REASON_DIED",
  // "2021-02-17"), and returns its id. `occurred` is a period, `a..b`, or `unknown`.
  std::string Add(const std::string& stream, const std::string& type, const std::string& text,
                  const std::string& occurred, const Circumstances& circumstances = {}) {
    Fact fact;
    fact.position = {facts_.size() + 1};
    fact.event_id = absl::StrCat("e", facts_.size() + 1);
    fact.type = absl::StrCat("mlup.", type);
    fact.stream = stream;
    fact.occurred = Days(occurred);
    if (!circumstances.known.empty()) known_ = circumstances.known;
    fact.known_at = StartOf(*ParseDay(known_)) + absl::Hours(9);
    fact.recorded_at = fact.known_at;
    fact.place = circumstances.place;
    fact.sector = circumstances.sector;
    const auto* descriptor = payload::FindEventType(fact.type);
    EXPECT_NE(descriptor, nullptr) << fact.type;
    std::unique_ptr<Message> message(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, message.get())) << text;
    fact.event_bytes = message->SerializeAsString();
    facts_.push_back(fact);
    return fact.event_id;
  }

  // Takes an event out by its id.
  std::string Void(const std::string& stream, const std::string& event_id,
                   const std::string& known = "") {
    return Add(stream, "common.v1.EntryVoided",
               absl::StrCat("voids_event_id: '", event_id, "' reason: 'duplicate_entry'"),
               "2021-01-01", {known});
  }

  std::string Correct(const std::string& stream, const std::string& event_id,
                      const std::string& what, const std::string& known = "") {
    return Add(stream, "common.v1.DetailsCorrected",
               absl::StrCat("corrects_event_id: '", event_id, "' reason: 'x' ", what), "2021-01-01",
               {known});
  }

  Fact& last() { return facts_.back(); }
  projections::FactList facts() const { return projections::FactList(facts_); }

 private:
  static std::optional<DayRange> Days(const std::string& text) {
    if (text == "unknown") return std::nullopt;
    const std::size_t dots = text.find("..");
    if (dots == std::string::npos) return ParsePeriod(text);
    return DayRange{*ParseDay(text.substr(0, dots)), *ParseDay(text.substr(dots + 2))};
  }

  std::vector<Fact> facts_;
  std::string known_ = "2021-01-04";
};

// The facts of a log, read for definitions; borrows these.
class Counted {
 public:
  Counted(const TestLog& log, const Definitions& definitions)
      : list_(log.facts()), facts_(list_, definitions) {}

  const CountedFacts& facts() const { return facts_; }

 private:
  const projections::FactList list_;
  const CountedFacts facts_;
};

// Definitions of one indicator `x`, and a second one where `more` is given.
inline Definitions Define(const std::string& body, const std::string& more = "") {
  constexpr std::string_view kJoins = R"(
      joins { name: "activity" via: "@stream" event: "mlup.training.v1.ActivityHeld" }
      joins { name: "household" via: "recipient_id" category: "household" event: "mlup.cases.v1.HouseholdRegistered" }
  )";
  auto definitions = Definitions::Parse(
      absl::StrCat(ToAbsl(kJoins), "indicators { code: 'x' version: 1 name: 'X' section: 'S' ",
                   body, "}", more));
  EXPECT_TRUE(definitions.ok()) << definitions.status();
  return *std::move(definitions);
}

// The scope of a period as known at the end of a day; everything known when no day is given.
inline Scope At(const std::string& period, const std::string& day = "") {
  return {*ParsePeriod(period), {{UINT64_MAX}, day.empty() ? std::nullopt : ParseDay(day)}};
}

inline reports::v1::GetReportResponse Report(const TestLog& log, const Definitions& definitions,
                                             const Scope& scope = At("2021-Q1")) {
  auto report = ComputeReport(Counted(log, definitions).facts(), scope);
  EXPECT_TRUE(report.ok()) << report.status();
  return *std::move(report);
}

// The row of indicator `x`; without a value, a reason and evidence when there is none.
inline reports::v1::Row RowOf(const TestLog& log, const Definitions& definitions,
                              const Scope& scope = At("2021-Q1"), const std::string& dimension = "",
                              const std::string& member = "") {
  const auto report = Report(log, definitions, scope);
  for (const auto& row : report.rows()) {
    if (row.cell().code() == "x" && row.cell().dimension() == dimension &&
        row.cell().member() == member) {
      return row;
    }
  }
  return {};
}

// The value of a row, or why there is none in lower case: `3`, `not_counted`, `no row`.
inline std::string Told(const reports::v1::Row& row) {
  if (!row.value().empty() || row.cell().code().empty()) {
    return row.cell().code().empty() ? "no row" : row.value();
  }
  return reports::v1::WhyNone_Name(row.why_none());
}

inline std::string ValueOf(const TestLog& log, const Definitions& definitions,
                           const Scope& scope = At("2021-Q1"), const std::string& dimension = "",
                           const std::string& member = "") {
  return Told(RowOf(log, definitions, scope, dimension, member));
}

// `member=value` for each row of a dimension, in order.
inline std::vector<std::string> Parts(const TestLog& log, const Definitions& definitions,
                                      const std::string& dimension,
                                      const Scope& scope = At("2021-Q1")) {
  std::vector<std::string> parts;
  const auto report = Report(log, definitions, scope);
  for (const auto& row : report.rows()) {
    if (row.cell().dimension() != dimension) continue;
    parts.push_back(absl::StrCat(row.cell().member(), "=", Told(row)));
  }
  return parts;
}

}  // namespace mlup::counting
