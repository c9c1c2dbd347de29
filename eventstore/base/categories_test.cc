// The table of categories, and that what is not in it is closed.
#include "eventstore/base/categories.h"

#include <set>

#include <gtest/gtest.h>

namespace mlup {
namespace {

TEST(CategoriesTest, WhatIsNotInTheTableIsClosed) {
  for (const char* stream : {"", "/", "secret/1", "persons/1", "Person/1", "mentor", "_"}) {
    const Category& category = CategoryFor(stream);
    EXPECT_FALSE(IsKnownCategory(CategoryOf(stream))) << stream;
    EXPECT_EQ(category.appender, Appender::kNobody) << stream;
    EXPECT_EQ(category.consent, Consent::kClosed) << stream;
    EXPECT_EQ(category.history, InHistory::kNever) << stream;
    EXPECT_FALSE(category.may_be_about_person) << stream;
    EXPECT_FALSE(category.is_counted) << stream;
  }
}

TEST(CategoriesTest, EveryCategoryStandsOnceAndHasAnAppender) {
  std::set<std::string_view> names;
  for (const Category& category : Categories()) {
    EXPECT_TRUE(names.insert(category.name).second) << category.name;
    EXPECT_NE(category.appender, Appender::kNobody) << category.name;
    const bool by_commands =
        category.appender == Appender::kCommands || category.appender == Appender::kErasure;
    EXPECT_EQ(category.home.empty(), !by_commands) << category.name;
    // What only the program or others append to is no fact of ours, and accounts are no work.
    EXPECT_EQ(category.is_counted,
              category.appender == Appender::kCommands && category.home != "identity")
        << category.name;
    if (category.history != InHistory::kNever) {
      EXPECT_TRUE(category.may_be_about_person) << category.name;
    }
  }
}

TEST(CategoriesTest, AStreamIsOfTheCategoryBeforeItsSlash) {
  EXPECT_EQ(CategoryOf("case/1/2"), "case");
  EXPECT_EQ(CategoryOf("case"), "case");
  EXPECT_EQ(RecordIdOf("case/1/2"), "1/2");
  EXPECT_EQ(RecordIdOf("case"), "");
  EXPECT_EQ(CategoryFor("case/1").home, "cases");
  EXPECT_EQ(PersonStream("1"), "person/1");
  EXPECT_TRUE(IsPersonStream("person/1"));
  EXPECT_FALSE(IsPersonStream("case/1"));
}

}  // namespace
}  // namespace mlup
