// Whatever bytes come through a door that takes JSON, it answers: it reads them or refuses them.
#include <cstddef>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include <gtest/gtest.h>

#include "eventstore/json/json_text.h"
#include "eventstore/payload/patch.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/ext/v1/external_events.pb.h"
#include "services/cloudevents/cloud_event.h"
#include "services/esdb/events.h"
#include "services/esdb/metadata.h"
#include "services/exports/figure_files.h"
#include "services/mlup/import_line.h"
#include "services/mlup/schema_snapshot.h"

namespace mlup {
namespace {

// A place that takes JSON from outside; the text is put where the door reads a value.
struct Door {
  const char* name;
  std::function<absl::Status(const std::string& value)> enter;
};

constexpr char kId[] = "018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001";

absl::Status Propose(const char* type, const std::string& data) {
  esdb::pb::streams::AppendReq::ProposedMessage message;
  message.mutable_id()->set_string(kId);
  (*message.mutable_metadata())["type"] = type;
  (*message.mutable_metadata())["content-type"] = "application/json";
  message.set_data(data);
  return esdb::ToEvent(message, {"esdb", "mro", "till"}).status();
}

std::string CloudEvent(std::string_view data) {
  return absl::StrCat(R"({"specversion":"1.0","id":"1","source":"/a","type":"t",)",
                      absl::string_view(data.data(), data.size()), "}");
}

absl::Status Correct(const char* path, const std::string& value) {
  cases::v1::PersonRegistered event;
  event.mutable_person()->add_aliases("one");
  absl::Status written = payload::WriteField(event, path, value);
  const absl::Status canonical = payload::ParseValue(*event.GetDescriptor(), path, value).status();
  EXPECT_EQ(written, canonical);
  return written;
}

std::vector<Door> Doors() {
  return {
      {"import line",
       [](const auto& value) {
         return cli::ParseImportLine(absl::StrCat(R"({"record":{"facts":[{"stream":"case/)", kId,
                                                  R"(","case_opened":{}}],"context":)", value,
                                                  "}}"))
             .status();
       }},
      {"import line as a whole",
       [](const auto& value) { return cli::ParseImportLine(value).status(); }},
      {"cloud event",
       [](const auto& value) {
         return cloudevents::ParseStructuredJson(CloudEvent("\"data\":" + value)).status();
       }},
      {"cloud event in base64",
       [](const auto& value) {
         return cloudevents::ParseStructuredJson(
                    CloudEvent(absl::StrCat("\"data_base64\":\"", absl::Base64Escape(value), "\"")))
             .status();
       }},
      {"extension",
       [](const auto& value) {
         return cloudevents::ParseStructuredJson(CloudEvent("\"place\":" + value)).status();
       }},
      {"EventStoreDB data", [](const auto& value) { return Propose("Paid", value); }},
      {"EventStoreDB metadata", [](const auto& value) { return Propose("$metadata", value); }},
      {"corrected text", [](const auto& value) { return Correct("person.name_latin", value); }},
      {"corrected item", [](const auto& value) { return Correct("person.aliases[0]", value); }},
      {"corrected code", [](const auto& value) { return Correct("person.sex", value); }},
      {"map of an export",
       [](const auto& value) {
         exports::Figures figures;
         figures.report.set_first_day("2021-01-01");
         figures.report.set_last_day("2021-12-31");
         return exports::WriteDataValues(
                    figures,
                    absl::StrCat(R"({"system":"dhis2","org_unit":"KH","values":)", value, "}"))
             .status();
       }},
      {"schema snapshot",
       [](const auto& value) {
         return cli::CompareSchemas(absl::StrCat(R"({"enums":{},"messages":)", value, "}"),
                                    R"({"messages":{},"enums":{}})")
             .status();
       }},
  };
}

std::string Repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(JsonDoorsTest, EveryDoorRefusesWhatNoDocumentMayHold) {
  const std::string hostile[] = {
      Repeated("[", 100'000),
      Repeated("{\"a\":", 40'000),
      Repeated("[{\"a\":", 20'000),
      Repeated("[", 65) + Repeated("]", 65),
      "1e400",
      "-1e400",
      R"({"a":1e999999999})",
      R"({"a":1,"a":2})",
      R"({"a":{"b":1,"b":1}})",
      R"({"a":1,"\u0061":2})",
      "\"\xff\"",
      "\"\xed\xa0\x80\"",
      R"("\ud800")",
      R"({"\udc00":1})",
      std::string("\"\0\"", 3),
      "NaN",
      "Infinity",
      "// nothing\n1",
      "'a'",
      "{a:1}",
      "[1,]",
      "01",
      "",
      "\xef\xbb\xbf[",
      "\"",
  };
  for (const Door& door : Doors()) {
    for (const std::string& value : hostile) {
      const absl::Status status = door.enter(value);
      EXPECT_TRUE(absl::IsInvalidArgument(status)) << door.name << ": " << value.substr(0, 40);
    }
  }
}

// Grows documents from pieces that parsers trip over, and damages them.
class Grower {
 public:
  explicit Grower(unsigned seed) : random_(seed) {}

  std::string Next() {
    std::string text = Value(0);
    for (std::size_t damages = Below(4); damages > 0 && !text.empty(); --damages) {
      const std::size_t at = Below(text.size());
      switch (Below(4)) {
        case 0:
          text[at] = static_cast<char>(Below(256));
          break;
        case 1:
          text.resize(at);
          break;
        case 2:
          text.insert(at, Repeated(Below(2) == 0 ? "[" : "{\"a\":", Below(300)));
          break;
        default:
          text.insert(at, 1, "\"\\{}[],:0\xc3\x80"[Below(12)]);
      }
    }
    return text;
  }

 private:
  std::size_t Below(std::size_t end) { return random_() % end; }

  std::string Value(int depth) {
    static constexpr std::string_view kAtoms[] = {
        "0",      "-0",       "1e308",       "1e309",         "18446744073709551616", "-1.5",
        "true",   "null",     R"("\u0000")", R"("ស")",        R"("\ud83d\ude00")",    R"("\ud83d")",
        R"("a")", "\"\x7f\"", R"({"":0})",   R"("SEX_MALE")", "9223372036854775808"};
    if (depth > 6 || Below(3) == 0) return std::string(kAtoms[Below(std::size(kAtoms))]);
    const bool is_object = Below(2) == 0;
    std::string text = is_object ? "{" : "[";
    for (std::size_t i = Below(4); i > 0; --i) {
      if (is_object) absl::StrAppend(&text, "\"", Key(), "\":");
      text += Value(depth + 1);
      if (i > 1) text += ",";
    }
    return text + (is_object ? "}" : "]");
  }

  std::string Key() {
    static constexpr std::string_view kKeys[] = {
        "a",          "context",   "facts",   "request_id", "requestId", "fields",
        "name_latin", "nameLatin", "$maxAge", "categories", "person",    "occurred"};
    return std::string(kKeys[Below(std::size(kKeys))]);
  }

  std::minstd_rand random_;
};

TEST(JsonDoorsTest, EveryDoorAnswersWhateverComes) {
  Grower grower(20210217);
  const std::vector<Door> doors = Doors();
  for (int i = 0; i < 20'000; ++i) {
    const std::string value = grower.Next();
    const bool is_json = strict::ParseJson(value).ok();
    for (const Door& door : doors) {
      const absl::Status status = door.enter(value);
      EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << door.name << status;
      // What is read at all was let through by the one door, where it was the whole value.
      const bool is_whole = value.find_first_of(",}\"") == std::string::npos;
      EXPECT_TRUE(!status.ok() || is_json || !is_whole)
          << door.name << ": " << absl::CEscape(value);
    }
  }
}

// It is read as often as the stream is; no bytes that got in earlier may end the process.
TEST(JsonDoorsTest, StoredMetadataIsReadWhateverItHolds) {
  Grower grower(7);
  for (int i = 0; i < 20'000; ++i) {
    ext::v1::ExternalEvent external;
    external.set_type(std::string(esdb::kMetadataType));
    external.set_data(grower.Next());
    log::v1::Record record;
    record.mutable_event()->set_common(external.SerializeAsString());
    const std::string changed = esdb::WithTruncateBefore(esdb::ParseMetadata(record), 3);
    EXPECT_TRUE(strict::ParseJson(changed).ok()) << absl::CEscape(external.data());
  }
}

}  // namespace
}  // namespace mlup
