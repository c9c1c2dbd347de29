// The files of definitions: what is wrong with them, and what is built in.
#include "projections/counting/dashboards_test.h"

#include <string>

#include "eventstore/base/files.h"

namespace mlup::counting {
namespace {

std::string ReadDefinitions(const char* path) {
  const auto text = SystemFiles().ReadAll(path);
  EXPECT_TRUE(text.ok()) << text.status();
  return *text;
}

}  // namespace

const Definitions& Builtin() {
  static const Definitions& definitions = *[] {
    auto parsed = Definitions::Parse(ReadDefinitions(MLUP_INDICATORS_FILE),
                                     ReadDefinitions(MLUP_DASHBOARDS_FILE));
    EXPECT_TRUE(parsed.ok()) << parsed.status();
    return new Definitions(*std::move(parsed));
  }();
  return definitions;
}

namespace {

TEST(DashboardsTest, TellWhatIsWrong) {
  const auto problems = [](const std::string& text) {
    std::string all;
    for (const Problem& problem : Definitions::Check("", text)) {
      absl::StrAppend(&all, problem.line, ": ", problem.message, "\n");
    }
    return all;
  };
  EXPECT_EQ(problems(""), "");
  EXPECT_THAT(problems("\nworklists { x"), testing::HasSubstr("2: dashboards: "));
  EXPECT_THAT(problems("worklists { code: 'a' name { en: 'A' } }"),
              testing::HasSubstr("both languages"));
  EXPECT_THAT(problems("panels { code: 'a' name { en: 'A' km: 'A' } }\npanels { code: 'a' name { "
                       "en: 'A' km: 'A' } }"),
              testing::HasSubstr("2: dashboards: a stands twice"));
  EXPECT_THAT(problems("worklists { code: 'a' name { en: 'A' km: 'A' } columns { name: 'c' } "
                       "sources { select { event: 'mlup.cases.v1.TaskCreated' } action: 'x' } }"),
              testing::HasSubstr("a field for each column"));
  EXPECT_THAT(problems("worklists { code: 'a' name { en: 'A' km: 'A' } columns { name: 'c' } "
                       "sources { select { event: 'mlup.cases.v1.TaskCreated' } action: 'x' "
                       "fields: 'person.text' } }"),
              testing::HasSubstr("`text` is sealed"));
  EXPECT_THAT(problems("balances { code: 'a' name { en: 'A' km: 'A' } }"),
              testing::HasSubstr("UNIT_ITEMS or UNIT_MONEY"));
}

TEST(DashboardsTest, EveryFigureOfTheBuiltinPanelsIsThere) {
  for (const Panel& panel : Builtin().dashboards().panels()) {
    EXPECT_EQ(panel.figures.size(), static_cast<std::size_t>(panel.definition->figures_size()))
        << panel.definition->code();
  }
}

}  // namespace
}  // namespace mlup::counting
