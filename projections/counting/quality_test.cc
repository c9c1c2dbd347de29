// What is named and not there.
#include "projections/counting/quality.h"

#include "projections/counting/counting_test_log.h"

namespace mlup::counting::quality_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// `position field names` of each finding.
std::vector<std::string> Findings(const TestLog& log) {
  const auto findings =
      FindUnregistered(Counted(log, *Definitions::Parse("")).facts(), {UINT64_MAX});
  EXPECT_TRUE(findings.ok()) << findings.status();
  std::vector<std::string> found;
  found.reserve(findings->size());
  for (const auto& finding : *findings) {
    found.push_back(absl::StrCat(finding.position(), " ", finding.field(), " ", finding.names()));
  }
  return found;
}

TEST(QualityTest, NamesEachRecordThatNobodyHasRegistered) {
  TestLog log;
  log.Add("case/c", "cases.v1.CaseOpened", "child { person_id: 'p' } owner_org_id: 'o'",
          "2021-02-01");
  EXPECT_THAT(Findings(log), ElementsAre("1 child.person_id p", "1 owner_org_id o"));
  log.Add("organisation/o", "network.v1.OrganisationRegistered", "names: 'O'", "2021-02-01");
  EXPECT_THAT(Findings(log), ElementsAre("1 child.person_id p")) << "registered since";
  log.Void("case/c", "e1");
  EXPECT_THAT(Findings(log), IsEmpty());
}

TEST(QualityTest, NamesKitsInVersionsThatNoStoreHasDefined) {
  TestLog log;
  log.Add("store/s", "donations.v1.KitDefined", "kit_code: 'pack' version: 1", "2021-02-01");
  for (const int version : {1, 9}) {
    log.Add("distribution/d", "donations.v1.ItemsDistributed",
            absl::StrCat("kit_code: 'pack' kit_version: ", version), "2021-02-01");
  }
  EXPECT_THAT(Findings(log), ElementsAre("3 kit_version pack version 9"));
}

TEST(QualityTest, APublicationNamesWhatItPublishes) {
  TestLog log;
  log.Add("report/r", "network.v1.ReportPublished", "report_id: 'x' period: '2021-Q1'",
          "2021-04-23");
  EXPECT_THAT(Findings(log), IsEmpty());
}

}  // namespace
}  // namespace mlup::counting::quality_test
