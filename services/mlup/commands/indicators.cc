// `mlup indicators`: what the figures of the reports mean.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include <google/protobuf/text_format.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/files.h"
#include "eventstore/base/nearest.h"
#include "mlup/reports/v1/report_service.pb.h"
#include "projections/counting/definitions.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/proto_json.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using reports::v1::Indicator;
using reports::v1::ListIndicatorsResponse;

std::string UnitOf(const Indicator& indicator) {
  return EnumWords(*reports::v1::Unit_descriptor(), indicator.unit());
}

// The rules as they stand in the file of definitions.
std::string RulesOf(const Indicator& indicator) {
  Indicator rules = indicator;
  for (const char* name : {"code", "version", "name", "name_km", "unit", "population", "section"}) {
    rules.GetReflection()->ClearField(&rules, Indicator::descriptor()->FindFieldByName(name));
  }
  google::protobuf::TextFormat::Printer printer;
  printer.SetUseUtf8StringEscaping(true);
  printer.SetInitialIndentLevel(1);
  std::string text;
  printer.PrintToString(rules, &text);
  return text;
}

void PrintOne(std::ostream& out, const Indicator& indicator) {
  Table table;
  table.Add({"code", indicator.code()});
  table.Add({"version", absl::StrCat(indicator.version())});
  table.Add({"section", indicator.section()});
  table.Add({"name", indicator.name()});
  table.Add({"in Khmer", indicator.name_km()});
  table.Add({"unit", UnitOf(indicator)});
  table.Add({"population", indicator.population()});
  out << table.Render() << "rules, as in the file of definitions:\n" << RulesOf(indicator);
}

void PrintList(std::ostream& out, const ListIndicatorsResponse& response) {
  Table table;
  std::string section;
  for (const Indicator& indicator : response.indicators()) {
    if (indicator.section() != section) table.AddHeading(section = indicator.section());
    table.Add({absl::StrCat("  ", indicator.code()), UnitOf(indicator), indicator.name()});
  }
  out << table.Render();
}

}  // namespace

int RunIndicators(const Session& session, const Reader& reader, const std::string& code) {
  reports::v1::ListIndicatorsRequest request;
  SetAsker(reader, *request.mutable_reader());
  const auto response = CallOnce<ListIndicatorsResponse>(
      session.server, "mlup.reports.v1.ReportService/ListIndicators", request);
  if (!response.ok()) return Fail(session, response.status());
  if (code.empty()) {
    if (session.json) {
      session.out << ToJson(*response) << "\n";
    } else {
      PrintList(session.out, *response);
    }
    return kExitOk;
  }
  for (const Indicator& indicator : response->indicators()) {
    if (indicator.code() != code) continue;
    if (session.json) {
      session.out << ToJson(indicator) << "\n";
    } else {
      PrintOne(session.out, indicator);
    }
    return kExitOk;
  }
  std::vector<std::string> codes;
  codes.reserve(static_cast<std::size_t>(response->indicators_size()));
  for (const Indicator& indicator : response->indicators()) codes.push_back(indicator.code());
  session.err << "mlup: there is no indicator " << code << "; `mlup indicators` lists them"
              << DidYouMean(code, codes) << "\n";
  return kExitUsage;
}

int RunIndicatorsCheck(const Session& session, const std::string& file) {
  const absl::StatusOr<std::string> text = SystemFiles().ReadAll(file);
  if (!text.ok()) return FailUsage(session, text.status());
  const std::vector<counting::Problem> problems = counting::Definitions::Check(*text);
  if (session.json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const counting::Problem& problem : problems) {
      list.push_back({{"line", problem.line}, {"message", problem.message}});
    }
    session.out << nlohmann::ordered_json{{"file", file}, {"problems", list}}.dump() << "\n";
  } else {
    for (const counting::Problem& problem : problems) {
      session.out << file << ":" << problem.line << ": " << problem.message << "\n";
    }
    if (problems.empty()) session.out << file << ": nothing is wrong\n";
  }
  return problems.empty() ? kExitOk : kExitRefused;
}

}  // namespace mlup::cli
