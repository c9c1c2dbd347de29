// A child's history on the terminal, in its three forms.
#pragma once

#include <cstddef>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "mlup/audit/v1/audit.pb.h"

namespace mlup::cli {

// In order of occurrence.
void PrintHistory(std::ostream& out, const audit::v1::GetCaseHistoryResponse& history);
// In order of recording, with what holds after each entry and what changed.
void PrintSteps(std::ostream& out, const audit::v1::GetCaseHistoryResponse& history);
// Under each entry what it caused; what belongs to one piece of work stands together.
void PrintTree(std::ostream& out, const audit::v1::GetCaseHistoryResponse& history);

// `record 2`: of the records that were merged, those that an entry is about; empty where there is
// one record.
std::string RecordWords(const audit::v1::GetCaseHistoryResponse& history,
                        const audit::v1::HistoryEntry& entry);

// What holds after an entry, by what it is called.
using StateLines = std::map<std::string, std::string>;

// Names a state by its label, and by the number of its record where several of a kind have one.
class StateNames {
 public:
  explicit StateNames(const audit::v1::GetCaseHistoryResponse& history);

  StateLines Of(const audit::v1::HistoryEntry& entry) const;

 private:
  // Of each stream, where its kind has several.
  std::map<std::string, std::size_t> numbers_;
};

// Entries by their place in a history.
struct HistoryTree {
  // What each entry caused.
  std::vector<std::vector<int>> effects;
  // Pieces of work, or else requests, in order of their first entry, each with the entries that
  // nothing here caused.
  std::vector<std::vector<int>> works;
};
HistoryTree TreeOf(const audit::v1::GetCaseHistoryResponse& history);

// Places of the entries in order of recording; readings, after which nothing else holds, are left
// out.
std::vector<int> StepsOf(const audit::v1::GetCaseHistoryResponse& history);

}  // namespace mlup::cli
