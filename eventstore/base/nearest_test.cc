// Which name is near to which word.
#include "eventstore/base/nearest.h"

#include <gtest/gtest.h>

namespace mlup {
namespace {

const std::vector<std::string> kNames = {"case_opened", "case_closed", "case_reopened",
                                         "person_registered", "hold"};

TEST(NearestTest, LettersLeftOutDoubledWrongOrTurnedRound) {
  for (const char* word : {"case_opend", "case_openned", "case_opaned", "caes_opened"}) {
    EXPECT_EQ(Nearest(word, kNames), "case_opened") << word;
  }
}

TEST(NearestTest, CaseAndHyphensAreLookedAtLast) {
  EXPECT_EQ(Nearest("CaseOpened", kNames), "case_opened");
  EXPECT_EQ(Nearest("Person-Registered", kNames), "person_registered");
}

TEST(NearestTest, NothingIsNearToAnythingElse) {
  for (const std::string& word :
       {std::string(), std::string("____"), std::string("Sok Dara"), std::string("hand"),
        std::string(100000, 'x'), std::string("\xe1\x9e\x80")}) {
    EXPECT_EQ(Nearest(word, kNames), "") << word.substr(0, 20);
  }
  EXPECT_EQ(Nearest("case_opened", {}), "");
}

TEST(NearestTest, AnErrorNamesOnlyWhatIsKnown) {
  EXPECT_EQ(DidYouMean("case_opend", kNames), "; did you mean case_opened?");
  EXPECT_EQ(DidYouMean("Sok Dara", kNames), "");
}

}  // namespace
}  // namespace mlup
