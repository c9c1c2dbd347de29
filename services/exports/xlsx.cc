// Figures as a workbook, by libxlsxwriter.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "eventstore/base/days.h"
#include "eventstore/base/status.h"
#include "services/exports/figure_files.h"
#include "services/exports/table.h"

namespace mlup::exports {
namespace {

absl::Status Failed(std::string_view why) {
  return Error(absl::StatusCode::kInternal, "XLSX_FAILED",
               absl::StrCat("the workbook could not be made: ", ToAbsl(why)));
}

// A file in memory that has a path, which is all that libxlsxwriter writes to.
class MemoryFile {
 public:
  MemoryFile() : file_(memfd_create("figures.xlsx", MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (file_ >= 0) close(file_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  bool is_open() const { return file_ >= 0; }
  std::string Path() const { return absl::StrCat("/proc/self/fd/", file_); }

  absl::StatusOr<std::string> Read() const {
    std::string bytes;
    char piece[64 << 10];
    while (true) {
      const ssize_t count = pread(file_, piece, sizeof(piece), static_cast<off_t>(bytes.size()));
      if (count < 0) return Failed("it cannot be read back");
      if (count == 0) return bytes;
      bytes.append(piece, static_cast<std::size_t>(count));
    }
  }

 private:
  const int file_;
};

void WriteField(lxw_worksheet* sheet, lxw_row_t row, lxw_col_t column, const std::string& field,
                bool is_number) {
  double number = 0;
  if (field.empty()) return;
  if (is_number && absl::SimpleAtod(field, &number)) {
    worksheet_write_number(sheet, row, column, number, nullptr);
  } else {
    worksheet_write_string(sheet, row, column, field.c_str(), nullptr);
  }
}

std::size_t WriteFigures(lxw_worksheet* sheet, const Figures& figures) {
  lxw_row_t line = 0;
  for (std::size_t i = 0; i < Columns().size(); ++i) {
    const auto column = static_cast<lxw_col_t>(i);
    WriteField(sheet, 0, column, std::string(Columns()[i].name), false);
    WriteField(sheet, 1, column, std::string(Columns()[i].tag), false);
  }
  line = 2;
  for (const reports::v1::Row& row : figures.report.rows()) {
    const std::vector<std::string> fields = FieldsOf(row, figures.report);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      WriteField(sheet, line, static_cast<lxw_col_t>(i), fields[i], Columns()[i].is_number);
    }
    ++line;
  }
  worksheet_freeze_panes(sheet, 2, 1);
  worksheet_set_column(sheet, 0, 1, 36, nullptr);
  return line - 2;
}

void WriteAbout(lxw_worksheet* sheet, const Figures& figures) {
  const std::pair<const char*, std::string> lines[] = {
      {"Period", figures.period},
      {"First day", figures.report.first_day()},
      {"Last day", figures.report.last_day()},
      {"As known at", figures.report.as_known_at()},
      {"Position in the log", absl::StrCat(figures.report.position())},
      {"Small numbers of people", figures.suppressed ? "withheld" : "as they are: not for others"}};
  lxw_row_t row = 0;
  for (const auto& [name, value] : lines) {
    worksheet_write_string(sheet, row, 0, name, nullptr);
    worksheet_write_string(sheet, row, 1, value.c_str(), nullptr);
    ++row;
  }
  worksheet_set_column(sheet, 0, 1, 30, nullptr);
}

}  // namespace

absl::StatusOr<File> WriteXlsx(const Figures& figures) {
  const MemoryFile memory;
  if (!memory.is_open()) return Failed("there is no memory for it");
  lxw_workbook* const book = workbook_new(memory.Path().c_str());
  if (book == nullptr) return Failed("there is no memory for it");
  // The same report is the same file, whenever it is made.
  lxw_doc_properties properties{};
  const std::optional<Day> known = ParseDay(figures.report.as_known_at());
  properties.created = known ? absl::ToTimeT(StartOf(*known)) : 1;
  workbook_set_properties(book, &properties);
  File file;
  for (const Column& column : Columns()) file.columns.emplace_back(column.name);
  file.rows = WriteFigures(workbook_add_worksheet(book, "Figures"), figures);
  WriteAbout(workbook_add_worksheet(book, "About"), figures);
  const lxw_error error = workbook_close(book);
  if (error != LXW_NO_ERROR) return Failed(lxw_strerror(error));
  ASSIGN_OR_RETURN(file.bytes, memory.Read());
  return file;
}

}  // namespace mlup::exports
