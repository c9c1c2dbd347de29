// Which records a filter selects, and which filters and subscriptions are refused.
#include "eventstore/log/read_rules.h"

#include <functional>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "eventstore/base/status.h"

namespace mlup::log {
namespace {

v1::Record RecordOf(const std::string& stream, const std::string& type, v1::Sector sector,
                    const std::string& place) {
  v1::Record record;
  record.set_stream(stream);
  record.mutable_event()->set_type(type);
  record.mutable_event()->set_sector(sector);
  record.mutable_event()->set_place(place);
  return record;
}

struct Matching {
  std::string name;
  std::function<void(v1::Filter&)> set;
  std::vector<int> expected;  // indices into the records below
};

TEST(MatchesFilterTest, OneEntryOfEveryListMustFit) {
  const std::vector<v1::Record> records = {
      RecordOf("case/1", "mlup.cases.v1.CaseOpened", v1::SECTOR_CASE_MGMT, "120405"),
      RecordOf("case/2", "mlup.cases.v1.CaseClosed", v1::SECTOR_RCI, "1204"),
      RecordOf("case_group/1", "mlup.cases.v1.CaseOpened", v1::SECTOR_CASE_MGMT, "12"),
      RecordOf("person/1", "mlup.cases.v1.PersonRegistered", v1::SECTOR_CASE_MGMT, "unknown"),
      RecordOf("course/1", "mlup.training.v1.CourseHeld", v1::SECTOR_YOUTH_CLUB, "02"),
      RecordOf("course/2", "mlup.training.v1.CourseHeld", v1::SECTOR_YOUTH_CLUB, ""),
  };
  const std::vector<Matching> cases = {
      {"nothing set", [](auto&) {}, {0, 1, 2, 3, 4, 5}},
      {"a category is a whole word", [](auto& f) { f.add_categories("case"); }, {0, 1}},
      {"two categories",
       [](auto& f) {
         f.add_categories("case");
         f.add_categories("person");
       },
       {0, 1, 3}},
      {"a type", [](auto& f) { f.add_types("mlup.cases.v1.CaseOpened"); }, {0, 2}},
      {"a beginning of types",
       [](auto& f) { f.add_type_prefixes("mlup.cases.v1."); },
       {0, 1, 2, 3}},
      {"one stream", [](auto& f) { f.add_stream_prefixes("case/1"); }, {0}},
      {"a beginning of streams", [](auto& f) { f.add_stream_prefixes("case"); }, {0, 1, 2}},
      {"a sector", [](auto& f) { f.add_sectors(v1::SECTOR_RCI); }, {1}},
      {"a province", [](auto& f) { f.add_places("12"); }, {0, 1, 2}},
      {"a district", [](auto& f) { f.add_places("1204"); }, {0, 1}},
      {"a commune", [](auto& f) { f.add_places("120405"); }, {0}},
      {"no place known", [](auto& f) { f.add_places("unknown"); }, {3}},
      {"lists narrow each other",
       [](auto& f) {
         f.add_places("12");
         f.add_sectors(v1::SECTOR_CASE_MGMT);
         f.add_categories("case");
       },
       {0}},
  };
  for (const Matching& test : cases) {
    v1::Filter filter;
    test.set(filter);
    EXPECT_TRUE(CheckFilter(filter).ok()) << test.name;
    std::vector<int> found;
    for (int i = 0; i < static_cast<int>(records.size()); ++i) {
      const v1::Record& record = records[static_cast<std::size_t>(i)];
      const bool matches = MatchesFilter(filter, record);
      if (matches) found.push_back(i);
      // The stored bytes are selected as the message is.
      const std::string bytes = record.SerializeAsString();
      EXPECT_EQ(MatchesFilter(filter, *ViewRecord(bytes)), matches) << test.name;
      EXPECT_EQ(StreamOf(bytes), record.stream());
    }
    EXPECT_EQ(found, test.expected) << test.name;
  }
}

TEST(MatchesFilterTest, APieceOfWorkAndASourceAreWholeNames) {
  const auto record = [](const std::string& work, const std::string& system,
                         const std::string& id) {
    v1::Record made = RecordOf("case/1", "mlup.cases.v1.CaseOpened", v1::SECTOR_RCI, "");
    made.mutable_event()->set_correlation_id(work);
    made.mutable_event()->set_source_system(system);
    made.mutable_event()->set_source_id(id);
    return made;
  };
  const std::vector<v1::Record> records = {record("visit-7", "oscar", "12"),
                                           record("visit-77", "oscar", "12/3"),
                                           record("visit-7", "primero", "12"), record("", "", "")};
  const std::vector<Matching> cases = {
      {"a piece of work", [](auto& f) { f.add_correlation_ids("visit-7"); }, {0, 2}},
      {"a system", [](auto& f) { f.add_sources("oscar"); }, {0, 1}},
      {"one thing of a system", [](auto& f) { f.add_sources("oscar/12"); }, {0}},
      {"an id may hold a slash", [](auto& f) { f.add_sources("oscar/12/3"); }, {1}},
      {"no beginning of a system", [](auto& f) { f.add_sources("osc"); }, {}},
      {"nothing has no source", [](auto& f) { f.add_sources("/"); }, {}},
      {"either, and both",
       [](auto& f) {
         f.add_sources("oscar");
         f.add_sources("primero/12");
         f.add_correlation_ids("visit-7");
       },
       {0, 2}},
  };
  for (const Matching& test : cases) {
    v1::Filter filter;
    test.set(filter);
    EXPECT_TRUE(CheckFilter(filter).ok()) << test.name;
    EXPECT_FALSE(MatchesAll(filter)) << test.name;
    std::vector<int> found;
    for (int i = 0; i < static_cast<int>(records.size()); ++i) {
      const std::string bytes = records[static_cast<std::size_t>(i)].SerializeAsString();
      const bool matches = MatchesFilter(filter, *ViewRecord(bytes));
      EXPECT_EQ(MatchesFilter(filter, records[static_cast<std::size_t>(i)]), matches) << test.name;
      if (matches) found.push_back(i);
    }
    EXPECT_EQ(found, test.expected) << test.name;
  }
}

TEST(CheckFilterTest, EachListIsBoundedAndItsEntriesAreChecked) {
  struct Case {
    std::string field;
    std::function<void(v1::Filter&)> set;
  };
  const std::vector<Case> cases = {
      {"filter.categories[0]", [](auto& f) { f.add_categories(""); }},
      {"filter.types[1]",
       [](auto& f) {
         f.add_types("a");
         f.add_types(std::string(kFilterTextMax + 1, 't'));
       }},
      {"filter.stream_prefixes[0]", [](auto& f) { f.add_stream_prefixes(""); }},
      {"filter.type_prefixes[0]", [](auto& f) { f.add_type_prefixes(""); }},
      {"filter.sectors[0]", [](auto& f) { f.add_sectors(v1::SECTOR_UNSPECIFIED); }},
      {"filter.sectors[0]", [](auto& f) { f.add_sectors(static_cast<v1::Sector>(77)); }},
      {"filter.places[0]", [](auto& f) { f.add_places("1"); }},
      {"filter.places[0]", [](auto& f) { f.add_places(""); }},
      {"filter.places[0]", [](auto& f) { f.add_places("1204050607"); }},
      {"filter.places[0]", [](auto& f) { f.add_places("ab"); }},
      {"filter.correlation_ids[0]", [](auto& f) { f.add_correlation_ids(""); }},
      {"filter.sources[0]", [](auto& f) { f.add_sources(std::string(kFilterTextMax + 1, 's')); }},
  };
  for (const Case& test : cases) {
    v1::Filter filter;
    test.set(filter);
    EXPECT_EQ(ErrorField(CheckFilter(filter)), test.field);
  }
  const std::vector<Case> too_many = {
      {"filter.categories", [](auto& f) { f.add_categories("c"); }},
      {"filter.types", [](auto& f) { f.add_types("t"); }},
      {"filter.stream_prefixes", [](auto& f) { f.add_stream_prefixes("s"); }},
      {"filter.type_prefixes", [](auto& f) { f.add_type_prefixes("t"); }},
      {"filter.sectors", [](auto& f) { f.add_sectors(v1::SECTOR_RCI); }},
      {"filter.places", [](auto& f) { f.add_places("12"); }},
      {"filter.correlation_ids", [](auto& f) { f.add_correlation_ids("visit-7"); }},
      {"filter.sources", [](auto& f) { f.add_sources("oscar/12"); }},
  };
  for (const Case& test : too_many) {
    v1::Filter filter;
    for (std::size_t i = 0; i < kFilterEntriesMax; ++i) test.set(filter);
    EXPECT_TRUE(CheckFilter(filter).ok()) << test.field;
    test.set(filter);
    EXPECT_EQ(ErrorField(CheckFilter(filter)), test.field);
    EXPECT_EQ(ErrorReason(CheckFilter(filter)), "FILTER_TOO_LARGE");
  }
}

TEST(CheckSubscribeTest, ABeginningIsStatedOnce) {
  const auto field = [](const std::function<void(v1::SubscribeRequest&)>& set) {
    v1::SubscribeRequest request;
    set(request);
    return ErrorField(CheckSubscribe(request));
  };
  EXPECT_EQ(field([](auto& r) {
              r.set_from_end(true);
              r.set_after_position(1);
            }),
            "from_end");
  EXPECT_EQ(field([](auto& r) {
              r.set_from_end(true);
              r.mutable_from_time();
            }),
            "from_end");
  EXPECT_EQ(field([](auto& r) {
              r.mutable_from_time();
              r.set_after_position(1);
            }),
            "from_time");
  EXPECT_EQ(field([](auto& r) { r.mutable_from_time()->set_nanos(-1); }), "from_time");
  EXPECT_EQ(field([](auto& r) { r.set_history(1); }), "history");
  EXPECT_EQ(field([](auto& r) { r.set_batch_max(kReadEventsMax + 1); }), "batch_max");
  EXPECT_EQ(field([](auto& r) { r.mutable_filter()->add_places("x"); }), "filter.places[0]");
  EXPECT_EQ(field([](auto& r) {
              r.set_after_position(1);
              r.set_history(1);
              r.set_batch_max(kReadEventsMax);
            }),
            "");
}

}  // namespace
}  // namespace mlup::log
