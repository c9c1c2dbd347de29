// Figures as CSV.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "services/exports/figure_files.h"
#include "services/exports/table.h"

namespace mlup::exports {
namespace {

std::string Quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string Line(const std::vector<std::string>& fields) {
  return absl::StrCat(absl::StrJoin(fields, ",",
                                    [](std::string* out, const std::string& field) {
                                      absl::StrAppend(out, Quoted(field));
                                    }),
                      "\r\n");
}

bool IsTakenForFormula(const std::string& text) {
  return !text.empty() && std::string_view("=+-@\t").find(text.front()) != std::string_view::npos;
}

}  // namespace

File WriteCsv(const Figures& figures) {
  File file;
  std::vector<std::string> tags;
  for (const Column& column : Columns()) {
    file.columns.emplace_back(column.name);
    tags.emplace_back(column.tag);
  }
  file.bytes = Line(file.columns) + Line(tags);
  for (const reports::v1::Row& row : figures.report.rows()) {
    std::vector<std::string> fields = FieldsOf(row, figures.report);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (!Columns()[i].is_number && IsTakenForFormula(fields[i])) fields[i].insert(0, "'");
    }
    file.bytes += Line(fields);
    ++file.rows;
  }
  return file;
}

}  // namespace mlup::exports
