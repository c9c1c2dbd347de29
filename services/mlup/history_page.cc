#include "services/mlup/history_page.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include <ctemplate/template.h>
#include <ctemplate/template_dictionary.h>
#include <re2/re2.h>

#include "eventstore/base/status.h"
#include "services/mlup/history_text.h"

extern "C" const char mlup_history_page_begin[];
extern "C" const char mlup_history_page_end[];

namespace mlup::cli {
namespace {

using audit::v1::GetCaseHistoryResponse;
using audit::v1::HistoryDetail;
using audit::v1::HistoryEntry;
using ctemplate::TemplateDictionary;

// Every value is escaped for the place where it stands, whatever a form says.
constexpr char kEscaped[] = "{{%AUTOESCAPE context=\"HTML\"}}";
// Nothing is fetched for the page, nor sent: what a form names elsewhere could hold values.
constexpr std::string_view kHead = "<head>";
constexpr std::string_view kPolicy =
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
    "'unsafe-inline'; img-src data:; font-src data:\">";
// How far a tree is indented; what lies deeper stands there.
constexpr std::size_t kDepthMax = 12;

// `Residence province` and `person_registered` as RESIDENCE_PROVINCE and PERSON_REGISTERED.
std::string Marker(std::string_view words) {
  std::string marker;
  for (const char c : words) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      marker += absl::ascii_toupper(static_cast<unsigned char>(c));
    } else if (!marker.empty() && marker.back() != '_') {
      marker += '_';
    }
  }
  while (!marker.empty() && marker.back() == '_') marker.pop_back();
  return marker;
}

// `mlup.cases.v1.CaseOpened` as CASE_OPENED.
std::string FactMarker(std::string_view type) {
  std::string words;
  for (const char c : type.substr(type.rfind('.') + 1)) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !words.empty()) words += '_';
    words += c;
  }
  return Marker(words);
}

// Fills one dictionary after the other.
class Filling {
 public:
  Filling(const GetCaseHistoryResponse& history, const PageFacts& facts,
          const PageLanguage& language, TemplateDictionary& page)
      : history_(history), facts_(facts), language_(language), page_(page), names_(history) {}

  void Run() {
    page_.ShowTemplateGlobalSection(language_.code() == "km" ? "KM" : "EN");
    Set(page_, "LANGUAGE", std::string(language_.code()));
    Set(page_, "SUBJECT", language_.Words(history_.subject()));
    Set(page_, "PURPOSE", language_.Word(PurposeWords()));
    Set(page_, "LOG_POSITION", language_.Number(history_.position()));
    Set(page_, "LOG_TIME", language_.Moment(history_.position_recorded_at()));
    Set(page_, "READING_POSITION", language_.Number(history_.access_position()));
    Set(page_, "TREE_SIZE", language_.Number(facts_.tree_size));
    // As other programs print it.
    Set(page_, "TREE_ROOT", facts_.tree_root);
    Set(page_, "CHECKPOINT", facts_.note);
    Set(page_, "ENTRY_COUNT", language_.Number(history_.total()));
    Show(page_, "KNOWN_CUT", "KNOWN_DAY", language_.Day(facts_.as_known_at));
    Show(page_, "OCCURRED_CUT", "OCCURRED_DAY", language_.Day(facts_.as_occurred_at));
    for (int i = 0; history_.persons_size() > 1 && i < history_.persons_size(); ++i) {
      TemplateDictionary& record = *page_.AddSectionDictionary("MERGED");
      Set(record, "RECORD_NUMBER", language_.Number(static_cast<std::uint64_t>(i) + 1));
      Set(record, "RECORD_ID", history_.persons(i));
    }
    if (history_.earlier_readings() > 0) {
      Show(page_, "EARLIER", "EARLIER_COUNT", language_.Number(history_.earlier_readings()));
    }
    Show(page_, "UNREADABLE", "UNREADABLE_POSITIONS", Positions(history_.unreadable()));
    AddEntries();
    AddFacts();
    AddLastState();
  }

 private:
  static void Set(TemplateDictionary& dictionary, const std::string& name, std::string_view value) {
    dictionary.SetValue(name, BreakBetweenKhmerWords(value));
  }
  // The section with its value, where there is one.
  static void Show(TemplateDictionary& dictionary, const std::string& section,
                   const std::string& name, const std::string& value) {
    if (value.empty()) return;
    Set(*dictionary.AddSectionDictionary(section), name, value);
  }

  // As a label has it: `case_review` as `Case review`.
  std::string PurposeWords() const {
    std::string words = facts_.purpose;
    std::ranges::replace(words, '_', ' ');
    if (!words.empty()) {
      words.front() = absl::ascii_toupper(static_cast<unsigned char>(words.front()));
    }
    return words;
  }

  template <typename List>
  std::string Positions(const List& positions) const {
    std::vector<std::string> words;
    words.reserve(static_cast<std::size_t>(positions.size()));
    for (const std::uint64_t position : positions) words.push_back(language_.Number(position));
    return absl::StrJoin(words, ", ");
  }
  std::string PositionOr(std::uint64_t position) const {
    return position == 0 ? "" : language_.Number(position);
  }

  void AddEntries() {
    if (facts_.steps) {
      StateLines before;
      std::uint64_t number = 0;
      for (const int step : StepsOf(history_)) {
        TemplateDictionary& entry = AddEntry(step, 0);
        Show(entry, "STEP", "STEP_NUMBER", language_.Number(++number));
        AddStates(entry, names_.Of(history_.entries(step)), before);
        before = names_.Of(history_.entries(step));
      }
      return;
    }
    if (!facts_.tree) {
      for (int i = 0; i < history_.entries_size(); ++i) {
        AddEntry(i, history_.entries(i).concerns() > 0 ? 1 : 0);
      }
      return;
    }
    const HistoryTree tree = TreeOf(history_);
    for (const std::vector<int>& work : tree.works) {
      bool is_first = true;
      for (const int root : work) {
        std::vector<std::pair<int, std::size_t>> open = {{root, 0}};
        while (!open.empty()) {
          const auto [index, depth] = open.back();
          open.pop_back();
          TemplateDictionary& entry = AddEntry(index, depth);
          if (std::exchange(is_first, false)) {
            Show(entry, "WORK", "WORK_ID", history_.entries(index).correlation_id());
          }
          const std::vector<int>& effects = tree.effects[static_cast<std::size_t>(index)];
          for (auto effect = effects.rbegin(); effect != effects.rend(); ++effect) {
            open.emplace_back(*effect, depth + 1);
          }
        }
      }
    }
  }

  TemplateDictionary& AddEntry(int index, std::size_t depth) {
    const HistoryEntry& entry = history_.entries(index);
    TemplateDictionary& to = *page_.AddSectionDictionary("ENTRY");
    Set(to, "DEPTH", absl::StrCat(std::min(depth, kDepthMax)));
    FillEntry(entry, to);
    for (const HistoryDetail& detail : entry.details()) {
      TemplateDictionary& line = *to.AddSectionDictionary("DETAIL");
      Set(line, "NAME", language_.Word(detail.label()));
      Set(line, "VALUE", language_.Words(detail.value()));
      Show(line, "CHANGE", "BEFORE", language_.Words(detail.before()));
    }
    return to;
  }

  void FillEntry(const HistoryEntry& entry, TemplateDictionary& to) {
    Set(to, "POSITION", language_.Number(entry.position()));
    Set(to, "WHEN", language_.Occurred(entry.occurred()));
    Set(to, "LABEL", language_.Word(entry.label()));
    Set(to, "KNOWN", language_.Moment(entry.known_at()));
    Set(to, "RECORDED", language_.Moment(entry.recorded_at()));
    Set(to, "ACTOR", language_.Words(entry.actor()));
    Set(to, "ROLE", language_.Word(entry.role()));
    Show(to, "WHY", "REASON", language_.Words(entry.reason()));
    Show(to, "WHERE", "PLACE", language_.Words(entry.place()));
    Show(to, "WHOSE", "RECORD", RecordNumbers(entry));
    if (entry.late()) to.ShowSection("LATE");
    if (entry.masked()) to.ShowSection("MASKED");
    if (entry.sealed()) to.ShowSection("SEALED");
    Show(to, "VOIDED", "VOIDED_BY", PositionOr(entry.voided_by()));
    Show(to, "CORRECTED", "CORRECTED_BY", Positions(entry.corrected_by()));
    Show(to, "CONCERNING", "CONCERNS", PositionOr(entry.concerns()));
    Show(to, "CAUSED", "CAUSED_BY", PositionOr(entry.caused_by()));
    Show(to, "APPROVED", "APPROVALS", Positions(entry.approvals()));
    if (entry.has_clock_behind()) {
      Show(to, "CLOCK", "CLOCK_SAID", language_.Moment(entry.clock_behind()));
    }
  }

  std::string RecordNumbers(const HistoryEntry& entry) const {
    std::vector<std::uint64_t> numbers;
    for (int i = 0; i < history_.persons_size(); ++i) {
      const auto& persons = entry.persons();
      if (std::ranges::find(persons, history_.persons(i)) != persons.end()) {
        numbers.push_back(static_cast<std::uint64_t>(i) + 1);
      }
    }
    return Positions(numbers);
  }

  void AddStates(TemplateDictionary& to, const StateLines& now, const StateLines& before) {
    for (const auto& [label, value] : now) {
      TemplateDictionary& line = *to.AddSectionDictionary("STATE");
      Set(line, "STATE_NAME", language_.Words(label));
      Set(line, "STATE_VALUE", language_.Words(value));
      const auto was = before.find(label);
      if (was == before.end() || was->second != value) line.ShowSection("CHANGED");
    }
    for (const auto& [label, value] : before) {
      if (now.contains(label)) continue;
      TemplateDictionary& line = *to.AddSectionDictionary("ENDED");
      Set(line, "STATE_NAME", language_.Words(label));
      Set(line, "STATE_VALUE", language_.Words(value));
    }
  }

  // What stands by now, for forms: each living fact with its corrections, by the fact's name.
  void AddFacts() {
    std::map<std::uint64_t, const HistoryEntry*> by_position;
    for (const HistoryEntry& entry : history_.entries()) by_position[entry.position()] = &entry;
    std::map<std::string, const HistoryEntry*> last;
    for (const auto& [position, entry] : by_position) {
      if (entry->voided_by() > 0 || entry->concerns() > 0) continue;
      if (absl::StartsWith(entry->stream(), "access/")) continue;
      const std::string marker = FactMarker(entry->type());
      AddFact(*page_.AddSectionDictionary(marker), *entry, by_position);
      last[marker] = entry;
    }
    for (const auto& [marker, entry] : last) {
      AddFact(*page_.AddSectionDictionary(absl::StrCat("LAST_", marker)), *entry, by_position);
    }
  }

  void AddFact(TemplateDictionary& to, const HistoryEntry& entry,
               const std::map<std::uint64_t, const HistoryEntry*>& by_position) {
    FillEntry(entry, to);
    std::map<std::string, std::string> values;
    for (const HistoryDetail& detail : entry.details()) values[detail.label()] = detail.value();
    for (const std::uint64_t correction : entry.corrected_by()) {
      const auto found = by_position.find(correction);
      if (found == by_position.end() || found->second->voided_by() > 0) continue;
      for (const HistoryDetail& detail : found->second->details()) {
        if (detail.has_before()) values[detail.label()] = detail.value();
      }
    }
    for (const auto& [label, value] : values) {
      Set(to, absl::StrCat("F_", Marker(label)), language_.Words(value));
    }
  }

  // What holds at the end.
  void AddLastState() {
    const std::vector<int> steps = StepsOf(history_);
    if (steps.empty()) return;
    for (const auto& [label, value] : names_.Of(history_.entries(steps.back()))) {
      TemplateDictionary& line = *page_.AddSectionDictionary("NOW");
      Set(line, "STATE_NAME", language_.Words(label));
      Set(line, "STATE_VALUE", language_.Words(value));
      Show(page_, absl::StrCat("NOW_", Marker(label)), "STATE_VALUE", language_.Words(value));
    }
  }

  const GetCaseHistoryResponse& history_;
  const PageFacts& facts_;
  const PageLanguage& language_;
  TemplateDictionary& page_;
  const StateNames names_;
};

// Whether it has no marks but `{{NAME}}`, `{{#NAME}}` and `{{/NAME}}`: others read files, end the
// escaping of values or change what a mark looks like.
bool HasPlainMarks(std::string_view form) {
  static const RE2 kMark("^\\{\\{[#/]?[A-Z0-9_]+\\}\\}");
  for (std::size_t at = form.find("{{"); at != std::string_view::npos;
       at = form.find("{{", at + 2)) {
    const std::string_view mark = form.substr(at);
    if (!RE2::PartialMatch({mark.data(), mark.size()}, kMark)) return false;
  }
  return true;
}

absl::Status FormDamaged() {
  return FieldError(absl::StatusCode::kInvalidArgument, "FORM_DAMAGED", "--form",
                    "is no page with marks: there is no <head>, a mark is another one than "
                    "{{NAME}}, {{#NAME}} and "
                    "{{/NAME}}, a section is not closed, or HTML is broken before a mark "
                    "(deploy/forms/README.md)");
}

}  // namespace

absl::StatusOr<std::string> HistoryPage(const GetCaseHistoryResponse& history,
                                        const PageFacts& facts, const PageLanguage& language,
                                        const std::string& form) {
  std::string text =
      form.empty() ? std::string(mlup_history_page_begin, mlup_history_page_end) : form;
  const std::size_t head = text.find(kHead);
  if (head == std::string::npos || !HasPlainMarks(text)) return FormDamaged();
  text.insert(head + kHead.size(), kPolicy);
  const std::unique_ptr<ctemplate::Template> page(
      ctemplate::Template::StringToTemplate(kEscaped + text, ctemplate::DO_NOT_STRIP));
  TemplateDictionary dictionary("history");
  Filling(history, facts, language, dictionary).Run();
  std::string out;
  if (page == nullptr || !page->Expand(&out, &dictionary)) return FormDamaged();
  return out;
}

}  // namespace mlup::cli
