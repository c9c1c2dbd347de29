// The page to print: nothing in a record becomes markup, forms take what holds, Khmer is kept
// whole.
#include "services/mlup/history_page.h"

#include <string>

#include "absl/strings/str_cat.h"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eventstore/base/status.h"
#include "services/mlup/history_text.h"

namespace mlup::cli {
namespace {

using audit::v1::GetCaseHistoryResponse;
using audit::v1::HistoryDetail;
using audit::v1::HistoryEntry;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

HistoryEntry& AddEntry(GetCaseHistoryResponse& history, std::uint64_t position, std::string type) {
  HistoryEntry& entry = *history.add_entries();
  entry.set_position(position);
  entry.set_recorded_with(position);
  entry.set_type("mlup.cases.v1." + type);
  entry.set_stream("case/1");
  entry.set_label(type);
  return entry;
}

HistoryDetail& AddDetail(HistoryEntry& entry, std::string label, std::string value) {
  HistoryDetail& detail = *entry.add_details();
  detail.set_label(std::move(label));
  detail.set_value(std::move(value));
  return detail;
}

std::string Page(const GetCaseHistoryResponse& history, const std::string& form = "",
                 bool khmer = false) {
  PageFacts facts;
  facts.tree_size = 9;
  facts.tree_root = "abcd";
  const auto page = HistoryPage(history, facts, PageLanguage(khmer), form);
  EXPECT_TRUE(page.ok()) << page.status();
  return page.value_or("");
}

TEST(HistoryPageTest, WhatStandsInARecordIsNeverMarkup) {
  GetCaseHistoryResponse history;
  history.set_subject("<script>alert(1)</script>{{TREE_ROOT}}");
  AddDetail(AddEntry(history, 3, "NoteRecorded"), "Text", "\" onload='x' <b>&");
  for (const std::string form : {"",
                                 "<head></head><p title=\"{{SUBJECT}}\">{{SUBJECT}}</p>"
                                 "{{#NOTE_RECORDED}}<i class='{{F_TEXT}}'>{{/NOTE_RECORDED}}"}) {
    const std::string page = Page(history, form);
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
    EXPECT_THAT(page, Not(HasSubstr("<script>")));
    EXPECT_THAT(page, Not(HasSubstr("<b>")));
    EXPECT_THAT(page, Not(HasSubstr("onload='")));
    EXPECT_THAT(page, HasSubstr("{{TREE_ROOT}}")) << "a value is no mark";
  }
}

TEST(HistoryPageTest, EachPageNamesPositionAndRoot) {
  GetCaseHistoryResponse history;
  history.set_position(1486);
  const std::string page = Page(history);
  EXPECT_THAT(page, HasSubstr("position: running(proof)"));
  EXPECT_THAT(page, HasSubstr("Log position 1486 · tree of 9 events, root<br><code>abcd</code>"));
  EXPECT_THAT(Page(history, "", true), HasSubstr("១៤៨៦"));
}

TEST(HistoryPageTest, AFormTakesTheFactsThatHoldAsCorrected) {
  GetCaseHistoryResponse history;
  HistoryEntry& opened = AddEntry(history, 2, "CaseOpened");
  AddDetail(opened, "Case type", "Kinship support");
  opened.add_corrected_by(4);
  opened.add_corrected_by(5);
  HistoryEntry& voided = AddEntry(history, 3, "CaseOpened");
  voided.set_voided_by(6);
  for (const std::uint64_t position : {4U, 5U}) {
    HistoryEntry& correction = AddEntry(history, position, "DetailsCorrected");
    correction.set_concerns(2);
    AddDetail(correction, "Case type", position == 4 ? "Foster care" : "Wrong").set_before("x");
    if (position == 5) correction.set_voided_by(7);
  }
  history.mutable_entries(3)->add_state()->set_label("Case");
  history.mutable_entries(3)->mutable_state(0)->set_value("Open");
  EXPECT_THAT(Page(history,
                   "<head>{{#CASE_OPENED}}{{POSITION}} {{F_CASE_TYPE}};{{/CASE_OPENED}}"
                   "{{#LAST_CASE_OPENED}}{{POSITION}};{{/LAST_CASE_OPENED}}"
                   "{{#NOW_CASE}}{{STATE_VALUE}};{{/NOW_CASE}}{{#DETAILS_CORRECTED}}no{{/"
                   "DETAILS_CORRECTED}}{{NOTHING}}"),
              testing::EndsWith(">2 Foster care;2;Open;"));
}

TEST(HistoryPageTest, AFormThatIsNoneIsRefused) {
  for (const char* form :
       {"{{#ENTRY}}never closed", "{{>ANOTHER}}", "a mark {{", "<p {{SUBJECT}}=x>",
        "{{SUBJECT:none}}", "{{=<< >>=}}<<SUBJECT:none>>", "{{%AUTOESCAPE context=\"JSON\"}}"}) {
    const auto page = HistoryPage({}, {}, PageLanguage(false), absl::StrCat("<head>", form));
    EXPECT_EQ(ErrorReason(page.status()), "FORM_DAMAGED") << form;
  }
}

TEST(HistoryPageTest, APageLetsABrowserFetchNothing) {
  for (const std::string form : {"", "<head><title>{{SUBJECT}}</title></head>"}) {
    EXPECT_THAT(Page({}, form), HasSubstr("<head><meta http-equiv=\"Content-Security-Policy\" "
                                          "content=\"default-src 'none'; "));
  }
  EXPECT_EQ(ErrorReason(HistoryPage({}, {}, PageLanguage(false), "<p>{{SUBJECT}}").status()),
            "FORM_DAMAGED");
}

TEST(HistoryPageTest, ATreeHasEffectsUnderTheirCausesAndRequestsTogether) {
  GetCaseHistoryResponse history;
  AddEntry(history, 1, "CaseOpened").set_correlation_id("visit");
  AddEntry(history, 2, "TaskCreated").set_caused_by(1);
  AddEntry(history, 3, "NoteRecorded");
  AddEntry(history, 4, "NoteRecorded").set_recorded_with(3);
  AddEntry(history, 5, "NoteRecorded").set_correlation_id("visit");
  const HistoryTree tree = TreeOf(history);
  EXPECT_THAT(tree.works, ElementsAre(ElementsAre(0, 4), ElementsAre(2, 3)));
  EXPECT_THAT(tree.effects[0], ElementsAre(1));
}

TEST(PageLanguageTest, LinesBreakBetweenKhmerWordsOnly) {
  const std::string gap = "\u200b";
  EXPECT_EQ(BreakBetweenKhmerWords("Sok Dara 12"), "Sok Dara 12");
  EXPECT_EQ(BreakBetweenKhmerWords("ខ្ញុំទៅផ្សារ"), "ខ្ញុំ" + gap + "ទៅ" + gap + "ផ្សារ");
  EXPECT_EQ(BreakBetweenKhmerWords("ការបញ្ជូន"), "ការបញ្ជូន") << "one word";
  EXPECT_EQ(BreakBetweenKhmerWords("សម្បទា"), "សម្បទា");
}

TEST(PageLanguageTest, ValuesAreSaidInKhmerAsThePagesDo) {
  const PageLanguage khmer(true);
  EXPECT_EQ(khmer.Words("Service; 2021-02-05 to 2021-03-31"),
            khmer.Word("Service") + "; ៥ កុម្ភៈ ២០២១ ដល់ ៣១ មីនា ២០២១");
  EXPECT_EQ(khmer.Words("staff-sw-1"), "staff-sw-1");
  EXPECT_EQ(khmer.Day("2009-05"), "ឧសភា ២០០៩");
  EXPECT_EQ(PageLanguage(false).Day("2021-02-05"), "5 February 2021");
}

}  // namespace
}  // namespace mlup::cli
