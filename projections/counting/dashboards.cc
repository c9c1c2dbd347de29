#include "projections/counting/dashboards.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>

#include "eventstore/base/limits.h"
#include "eventstore/base/nearest.h"
#include "projections/counting/compile.h"

namespace mlup::counting {

namespace dashboards_pb = ::mlup::dashboards::v1;
using google::protobuf::TextFormat;

namespace {

class DashboardErrors final : public google::protobuf::io::ErrorCollector {
 public:
  explicit DashboardErrors(std::vector<Problem>& problems) : problems_(problems) {}

  void AddError(int line, google::protobuf::io::ColumnNumber, const std::string& message) override {
    problems_.push_back({line + 1, absl::StrCat("dashboards: ", message)});
  }

 private:
  std::vector<Problem>& problems_;
};

// What only stands in a section of no report.
constexpr char kNoSection[] = "DASHBOARD";

template <typename Compiled>
absl::StatusOr<const Compiled*> Named(const std::vector<Compiled>& all, std::string_view code,
                                      std::string_view field, std::string_view reason) {
  std::vector<std::string> codes;
  for (const Compiled& one : all) {
    if (one.definition->code() == code) return &one;
    codes.push_back(one.definition->code());
  }
  return FieldError(absl::StatusCode::kNotFound, reason, field,
                    absl::StrCat("there is no ", ToAbsl(field), " `", ToAbsl(code), "`",
                                 DidYouMean(code, codes)));
}

}  // namespace

// For one thread and one file. Borrows all but what it makes.
class DashboardCompiler {
 public:
  DashboardCompiler(const pb::IndicatorFile& reports, Columns& columns,
                    std::vector<Problem>& problems)
      : reports_(reports), columns_(columns), problems_(problems) {}

  Dashboards Run(std::string_view text) {
    auto file = std::make_unique<dashboards_pb::DashboardFile>();
    TextFormat::Parser parser;
    TextFormat::ParseInfoTree lines;
    DashboardErrors errors(problems_);
    parser.RecordErrorsTo(&errors);
    parser.SetRecursionLimit(kTextDepthMax);
    parser.WriteLocationsTo(&lines);
    if (!parser.ParseFromString(std::string(text), file.get())) {
      if (problems_.empty()) problems_.push_back({1, "dashboards: the text cannot be read"});
      return std::move(made_);
    }
    lines_ = &lines;
    for (const pb::Join& join : reports_.joins()) joins_[join.name()] = join;
    for (const pb::Join& join : file->joins()) {
      if (!joins_.emplace(join.name(), join).second)
        Wrong(absl::StrCat("join ", join.name(), " stands twice"));
    }
    for (int i = 0; i < file->worklists_size(); ++i) Add(At("worklists", i), file->worklists(i));
    for (int i = 0; i < file->panels_size(); ++i) Add(At("panels", i), file->panels(i));
    for (int i = 0; i < file->balances_size(); ++i) Add(At("balances", i), file->balances(i));
    made_.file_ = std::move(file);
    return std::move(made_);
  }

 private:
  // Remembers the line of what is looked at now.
  int At(const char* list, int index) {
    const auto* field = dashboards_pb::DashboardFile::descriptor()->FindFieldByName(list);
    return line_ = lines_->GetLocation(field, index).line + 1;
  }

  void Wrong(std::string_view message) {
    problems_.push_back({line_, absl::StrCat("dashboards: ", ToAbsl(message))});
  }

  void CheckHead(const std::string& code, const dashboards_pb::Label& name) {
    if (!codes_.insert(code).second) Wrong(absl::StrCat(code, " stands twice"));
    if (name.en().empty() || name.km().empty())
      Wrong(absl::StrCat(code, " needs a name in both languages"));
  }

  // Keeps the definition, which what is compiled points to.
  Indicator Compile(pb::Indicator definition) {
    static const auto& nowhere = *new TextFormat::ParseInfoTree();
    made_.indicators_.push_back(std::make_unique<const pb::Indicator>(std::move(definition)));
    IndicatorCompiler compiler(*made_.indicators_.back(), joins_, {nowhere, line_}, columns_);
    Indicator compiled = compiler.Compile();
    for (const Problem& problem : compiler.problems()) Wrong(problem.message);
    return compiled;
  }

  static pb::Indicator Open(const std::string& code, pb::Unit unit) {
    pb::Indicator indicator;
    indicator.set_code(code);
    indicator.set_version(1);
    indicator.set_name(code);
    indicator.set_unit(unit);
    indicator.set_section(kNoSection);
    indicator.set_period_rule(pb::PERIOD_RULE_STILL_OPEN);
    return indicator;
  }

  static void AddDimension(pb::Indicator& indicator, const std::string& name,
                           const std::string& field) {
    pb::Dimension& dimension = *indicator.add_dimensions();
    dimension.set_name(name);
    dimension.set_field(field);
  }

  void Add(int, const dashboards_pb::Worklist& worklist) {
    CheckHead(worklist.code(), worklist.name());
    Worklist compiled{&worklist, {}};
    constexpr int kColumnsOfRefused = 5;
    const bool refused = worklist.refused_days() > 0;
    if (refused ? !worklist.sources().empty() || worklist.columns_size() != kColumnsOfRefused
                : worklist.sources().empty()) {
      Wrong(absl::StrCat(worklist.code(), " needs sources, or `refused_days` and five columns"));
    }
    for (const dashboards_pb::Source& source : worklist.sources()) {
      if (source.action().empty() || source.fields_size() != worklist.columns_size()) {
        Wrong(absl::StrCat(worklist.code(),
                           " needs an action and a field for each column in each source"));
        return;
      }
      compiled.sources.push_back(SourceOf(worklist, source));
    }
    made_.worklists_.push_back(std::move(compiled));
  }

  Worklist::Source SourceOf(const dashboards_pb::Worklist& worklist,
                            const dashboards_pb::Source& source) {
    Worklist::Source compiled;
    pb::Indicator indicator = Open(worklist.code(), pb::UNIT_FACTS);
    *indicator.add_select() = source.select();
    const auto add = [&indicator](const std::string& name,
                                  const std::string& field) -> std::optional<std::size_t> {
      if (field.empty()) return std::nullopt;
      AddDimension(indicator, name, field);
      return static_cast<std::size_t>(indicator.dimensions_size() - 1);
    };
    for (int i = 0; i < source.fields_size(); ++i) {
      compiled.columns.push_back(add(worklist.columns(i).name(), source.fields(i)));
    }
    compiled.due = add("due", source.due());
    compiled.items = Compile(std::move(indicator));
    return compiled;
  }

  void Add(int, const dashboards_pb::Panel& panel) {
    CheckHead(panel.code(), panel.name());
    Panel compiled{&panel, {}};
    for (const dashboards_pb::Figure& figure : panel.figures()) {
      pb::Indicator indicator = figure.own();
      if (!figure.indicator().empty()) {
        const auto found = std::ranges::find(reports_.indicators(), figure.indicator(),
                                             [](const auto& one) { return one.code(); });
        if (found == reports_.indicators().end()) continue;
        indicator = *found;
        if (figure.has_own())
          Wrong(absl::StrCat(figure.indicator(), " is of the reports, or its own"));
      }
      if (!figure.dimensions().empty()) *indicator.mutable_dimensions() = figure.dimensions();
      compiled.figures.push_back(Compile(std::move(indicator)));
    }
    made_.panels_.push_back(std::move(compiled));
  }

  void Add(int, const dashboards_pb::Balance& balance) {
    CheckHead(balance.code(), balance.name());
    if (balance.unit() != pb::UNIT_ITEMS && balance.unit() != pb::UNIT_MONEY) {
      Wrong(absl::StrCat(balance.code(), " is of UNIT_ITEMS or UNIT_MONEY"));
    }
    Balance compiled{&balance, {}};
    for (const dashboards_pb::Entry& entry : balance.entries()) {
      pb::Indicator indicator = Open(balance.code(), balance.unit());
      *indicator.add_select() = entry.select();
      if (entry.keys_size() != balance.keys_size()) {
        Wrong(absl::StrCat(balance.code(), " needs a path for each key in each entry"));
        return;
      }
      for (int i = 0; i < entry.keys_size(); ++i) {
        AddDimension(indicator, balance.keys(i).name(), entry.keys(i));
      }
      compiled.entries.push_back(Compile(std::move(indicator)));
    }
    made_.balances_.push_back(std::move(compiled));
  }

  const pb::IndicatorFile& reports_;
  Columns& columns_;
  std::vector<Problem>& problems_;
  const TextFormat::ParseInfoTree* lines_ = nullptr;
  int line_ = 1;
  std::map<std::string, pb::Join> joins_;
  std::set<std::string> codes_;
  Dashboards made_;
};

Dashboards::Dashboards() = default;

Dashboards Dashboards::Read(std::string_view text, const pb::IndicatorFile& reports,
                            Columns& columns, std::vector<Problem>& problems) {
  return DashboardCompiler(reports, columns, problems).Run(text);
}

absl::StatusOr<const Worklist*> Dashboards::WorklistNamed(std::string_view code) const {
  return Named(worklists_, code, "worklist", "WORKLIST_UNKNOWN");
}

absl::StatusOr<const Panel*> Dashboards::PanelNamed(std::string_view code) const {
  return Named(panels_, code, "panel", "PANEL_UNKNOWN");
}

absl::StatusOr<const Balance*> Dashboards::BalanceNamed(std::string_view code) const {
  return Named(balances_, code, "balance", "BALANCE_UNKNOWN");
}

}  // namespace mlup::counting
