// Words and JSON of report rows.
#include "services/mlup/report_words.h"

#include <cstdint>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/currency.h"
#include "eventstore/base/status.h"
#include "projections/provinces.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using nlohmann::ordered_json;
using reports::v1::Row;

ordered_json RowObject(const Row& row) {
  ordered_json json;
  json["code"] = row.cell().code();
  if (!row.cell().dimension().empty()) {
    json["dimension"] = row.cell().dimension();
    json["member"] = row.cell().member();
  }
  json["section"] = row.section();
  json["name"] = row.name();
  json["unit"] = EnumCode(*reports::v1::Unit_descriptor(), row.unit());
  json["value"] = row.value().empty() ? ordered_json(nullptr) : ordered_json(row.value());
  json["why_none"] =
      row.why_none() == 0
          ? ordered_json(nullptr)
          : ordered_json(EnumCode(*reports::v1::WhyNone_descriptor(), row.why_none()));
  if (const std::string amount = NumberWords(row, row.value()); amount != row.value()) {
    json["amount"] = amount;
  }
  json["evidence_count"] = row.evidence_count();
  if (!row.planned_value().empty()) json["planned_value"] = row.planned_value();
  if (row.and_uncounted()) json["and_uncounted"] = true;
  if (!row.headcount().empty()) json["headcount"] = row.headcount();
  if (row.not_datable() > 0) json["not_datable"] = row.not_datable();
  if (row.restated()) {
    json["restated"] = true;
    json["published_value"] = row.published_value();
    json["restated_by"] =
        std::vector<std::uint64_t>(row.restated_by().begin(), row.restated_by().end());
    for (const reports::v1::RestatedImport& import : row.restated_imports()) {
      json["restated_imports"].push_back({{"source_system", import.source_system()},
                                          {"window_position", import.window_position()}});
    }
  }
  if (!row.first_day().empty()) json["first_day"] = row.first_day();
  if (!row.last_day().empty()) json["last_day"] = row.last_day();
  json["definition_version"] = row.definition_version();
  return json;
}

// What of the past was imported among the events of a restatement.
std::string ImportWords(const Row& row) {
  std::string words;
  for (const reports::v1::RestatedImport& import : row.restated_imports()) {
    absl::StrAppend(&words, ", import of the past from ",
                    import.source_system().empty() ? "an unnamed system" : import.source_system());
    if (import.window_position() > 0) {
      absl::StrAppend(&words, " opened at position ", import.window_position());
    }
  }
  return words;
}

}  // namespace

std::string NumberWords(const Row& row, const std::string& number) {
  // The currency is the member, or the word behind it.
  const std::string& member = row.cell().member();
  const std::string currency = member.substr(member.rfind(' ') + 1);
  std::int64_t amount = 0;
  if (row.unit() != reports::v1::UNIT_MONEY || !IsCurrency(currency) ||
      !absl::SimpleAtoi(number, &amount)) {
    return number;
  }
  return FormatMoney(amount, currency);
}

std::string ValueWords(const Row& row) {
  if (!row.value().empty()) return NumberWords(row, row.value());
  std::string words = EnumWords(*reports::v1::WhyNone_descriptor(), row.why_none());
  if (!row.planned_value().empty()) {
    absl::StrAppend(&words, " ", NumberWords(row, row.planned_value()));
  }
  return words;
}

std::string MarkWords(const Row& row) {
  std::vector<std::string> marks;
  if (!row.headcount().empty()) {
    marks.push_back(absl::StrCat(row.value().empty() ? "0" : row.value(), " identified + ",
                                 row.headcount(), " head-count"));
  }
  if (row.and_uncounted()) marks.push_back("+ not counted");
  if (row.not_datable() > 0) marks.push_back(absl::StrCat(row.not_datable(), " not datable"));
  if (row.restated()) {
    marks.push_back(absl::StrCat(
        "restated (published ",
        row.published_value().empty() ? "no value" : NumberWords(row, row.published_value()),
        row.restated_by_size() == 1 ? ", event at position " : ", events at positions ",
        absl::StrJoin(row.restated_by(), ", "), ImportWords(row), ")"));
  }
  return absl::StrJoin(marks, "; ");
}

std::string CellWords(const reports::v1::Cell& cell) {
  if (cell.dimension().empty()) return cell.code();
  return absl::StrCat(cell.code(), "{", cell.dimension(), "=", cell.member(), "}");
}

std::string MemberWords(const reports::v1::Cell& cell) {
  if (cell.member().empty()) return absl::StrCat(cell.dimension(), ": how many different");
  const bool is_place = cell.dimension() == "province" || cell.dimension() == "residence" ||
                        cell.dimension() == "activity_province";
  const projections::Province* province =
      is_place ? projections::FindProvince(cell.member()) : nullptr;
  return province == nullptr
             ? absl::StrCat(cell.dimension(), " = ", cell.member())
             : absl::StrCat(cell.dimension(), " = ", cell.member(), " ", ToAbsl(province->name_en));
}

std::string RowJson(const Row& row) { return RowObject(row).dump(); }

std::string ReportJson(const std::string& period, const reports::v1::GetReportResponse& report) {
  std::vector<std::string> rows;
  for (const Row& row : report.rows()) rows.push_back(RowJson(row));
  std::vector<std::string> notes;
  for (const reports::v1::Note& note : report.notes()) notes.push_back(ToJson(note));
  const ordered_json head = {{"period", period},
                             {"first_day", report.first_day()},
                             {"last_day", report.last_day()},
                             {"as_known_at", report.as_known_at()},
                             {"position", report.position()}};
  std::string begin = head.dump();
  begin.pop_back();
  std::vector<std::string> parts;
  for (const reports::v1::ReportPart& part : report.parts()) parts.push_back(ToJson(part));
  const std::string composed =
      parts.empty() ? "" : absl::StrCat(",\"parts\":[\n", absl::StrJoin(parts, ",\n"), "\n]");
  return absl::StrCat(begin, ",\"rows\":[\n", absl::StrJoin(rows, ",\n"), "\n],\"notes\":[\n",
                      absl::StrJoin(notes, ",\n"), "\n]", composed, "}");
}

}  // namespace mlup::cli
