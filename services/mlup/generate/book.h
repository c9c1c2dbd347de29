// Requests as they would be sent, in the order in which they were recorded.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include <nlohmann/json.hpp>

#include "services/mlup/generate/dice.h"

namespace mlup::cli::generate {

using Json = nlohmann::ordered_json;
using Day = absl::CivilDay;

// Who records, as deploy/roles.textproto knows them.
struct Author {
  const char* actor_id;
  const char* role;
};
inline constexpr Author kSupervisor = {"staff-sup-1", "supervisor"};
inline constexpr Author kCaseLead = {"staff-cm-1", "case_manager"};
inline constexpr Author kTrainer = {"staff-tr-1", "trainer"};
inline constexpr Author kYouthWorker = {"staff-yw-1", "youth_worker"};
inline constexpr Author kLogistics = {"staff-log-1", "logistics"};
inline constexpr Author kFundraiser = {"staff-fund-1", "fundraiser"};
inline constexpr Author kNetworkOfficer = {"staff-net-1", "network_officer"};
inline constexpr Author kMonitoring = {"staff-mel-1", "mel_officer"};
inline constexpr Author kDirector = {"staff-dir-1", "director"};

// Whose records all say that they are.
inline constexpr const char* kSourceSystem = "generated";

// Stands for the number of facts that the lines before hold, which is the log's last position where
// nothing else is recorded.
inline constexpr const char* kFactsBefore = "facts before";

struct Fact {
  std::string stream;
  // As `mlup schema` names it.
  const char* name;
  Json body;
  // Where a later fact names this one.
  std::string event_id = {};
};

// What a request says beside its facts.
struct Entry {
  Author author;
  Day occurred;
  Day recorded;
  // A gazetteer code, or empty.
  std::string place = {};
  const char* sector = "";
};

// The ids of one book follow from its dice. One thread.
class Book {
 public:
  // `name` begins the request ids. What would be recorded after `last` is left out.
  Book(std::string name, Dice dice, Day last)
      : name_(std::move(name)), dice_(std::move(dice)), last_(last) {}

  // A UUID of version 7.
  std::string NewId(Day day);

  // Records the facts, 1 to 64 of one service, together. False where it comes after the last day.
  bool Add(const Entry& entry, std::vector<Fact> facts);

  Day last() const { return last_; }
  std::uint64_t facts() const { return facts_; }

  // Import lines by the day on which they were recorded, those of one day as they were added, after
  // lines that hold `before` facts.
  void Write(std::uint64_t before, std::ostream& out);

 private:
  struct Request {
    Day recorded;
    Json record;
  };

  std::string name_;
  Dice dice_;
  Day last_;
  std::vector<Request> requests_;
  std::uint64_t facts_ = 0;
};

std::string Iso(Day day);

}  // namespace mlup::cli::generate
