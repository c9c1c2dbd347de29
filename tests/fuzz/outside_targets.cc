// What callers and other systems send.
#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include <boost/asio/buffer.hpp>

#include "eventstore/base/check.h"
#include "eventstore/base/days.h"
#include "eventstore/base/decimal.h"
#include "eventstore/base/status.h"
#include "eventstore/base/utf8.h"
#include "eventstore/json/json_text.h"
#include "eventstore/log/start_point.h"
#include "eventstore/payload/patch.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "services/cloudevents/cloud_event.h"
#include "services/command/checked_request.h"
#include "services/esdb/events.h"
#include "services/esdb/filters.h"
#include "services/esdb/names.h"
#include "services/fields/text_format.h"
#include "services/gateway/query.h"
#include "services/gateway/request_reader.h"
#include "services/mlup/import_line.h"
#include "services/query/page_token.h"
#include "services/relay/pacing.h"
#include "services/search/khmer_latin.h"
#include "services/search/normal_form.h"
#include "services/search/sound_key.h"
#include "services/search/tokens.h"
#include "tests/fuzz/target.h"

namespace mlup::fuzz {
namespace {

void Json(std::string_view bytes) {
  const auto document = strict::ParseJson(bytes);
  const auto in_order = strict::ParseJsonInOrder(bytes);
  CHECK(document.ok() == in_order.ok());
  if (!document.ok()) {
    CHECK(absl::IsInvalidArgument(document.status()));
    return;
  }
  const auto again = strict::ParseJson(document->dump());
  CHECK(again.ok() && *again == *document);
}
std::vector<std::string> JsonSeeds() {
  return {R"({"a":[1,-2.5e3,"\u17d2",true,null],"b":{"c":18446744073709551615}})", "[[[]]]"};
}

std::vector<std::string> Lines(const std::string& path) {
  const std::string file = SourceFile(path);
  std::vector<std::string> lines;
  lines.reserve(static_cast<std::size_t>(std::count(file.begin(), file.end(), '\n')));
  for (std::size_t begin = 0; begin < file.size();) {
    const std::size_t end = std::min(file.find('\n', begin), file.size());
    lines.push_back(file.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

void ImportLine(std::string_view bytes) {
  const auto line = cli::ParseImportLine(bytes);
  if (!line.ok()) {
    CHECK(absl::IsInvalidArgument(line.status()));
    return;
  }
  CHECK(!line->facts().empty());
  const absl::Status checked =
      command::CheckFields(line->record(), absl::FromUnixSeconds(1'700'000'000));
  CHECK(checked.ok() || !checked.message().empty());
}
std::vector<std::string> ImportLineSeeds() { return Lines("tests/data/small/family.jsonl"); }

void CloudEvent(std::string_view bytes) {
  const auto event = cloudevents::ParseStructuredJson(bytes);
  if (!event.ok()) {
    CHECK(absl::IsInvalidArgument(event.status()));
    return;
  }
  const auto again = cloudevents::ParseStructuredJson(cloudevents::ToStructuredJson(*event));
  CHECK(again.ok() && *again == *event);
  static_cast<void>(cloudevents::ToBinaryHttp(*event));
  static_cast<void>(cloudevents::ToProtobuf(*event));
}
std::vector<std::string> CloudEventSeeds() { return Lines("tests/cloudevents/examples.jsonl"); }

// A correction: the path, a zero, and the value.
void Correction(std::string_view bytes) {
  cases::v1::PersonRegistered event;
  event.mutable_person()->add_aliases("one");
  const std::string_view path = Take(bytes, bytes.find('\0'));
  TakeByte(bytes);
  const auto canonical =
      payload::ParseValue(*cases::v1::PersonRegistered::descriptor(), path, bytes);
  if (!payload::WriteField(event, path, bytes).ok()) return;
  CHECK(canonical.ok());
  const auto read = payload::ReadField(event, path);
  CHECK(read.ok() && *read == canonical->json);
}
std::vector<std::string> CorrectionSeeds() {
  return {std::string("person.name_latin\0\"Sok\"", 23),
          std::string("person.aliases[0]\0\"S\"", 21),
          std::string("person.sex\0\"SEX_FEMALE\"", 23)};
}

void EsdbEvent(std::string_view bytes) {
  esdb::pb::streams::AppendReq::ProposedMessage message;
  if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    const auto event = esdb::ToEvent(message, {"esdb", "mro", "till"});
    if (event.ok()) {
      log::v1::Record record;
      record.set_stream("ext/a-1");
      record.set_position(1);
      record.set_revision(1);
      *record.mutable_event() = *event;
      CHECK(esdb::ToRecorded(record, esdb::UuidForm::kText).ok());
    }
  }
  esdb::pb::streams::ReadReq::Options::FilterOptions options;
  if (!options.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  const auto filter = esdb::ClientFilter::Make(options);
  if (filter.ok()) {
    static_cast<void>(filter->Matches({.stream = "case-1", .type = "Paid", .revision = 1}));
  }
}
std::vector<std::string> EsdbEventSeeds() {
  esdb::pb::streams::AppendReq::ProposedMessage message;
  message.mutable_id()->set_string("018f3c6e-7d4b-7a01-8f3c-6e7d4b7a0001");
  (*message.mutable_metadata())["type"] = "Paid";
  (*message.mutable_metadata())["content-type"] = "application/json";
  message.set_data("{\"a\":1}");
  message.set_custom_metadata("{}");
  const std::string plain = message.SerializeAsString();
  (*message.mutable_metadata())["type"] = "$metadata";
  message.set_data(R"({"$maxAge":3,"$tb":2,"$maxCount":5})");
  esdb::pb::streams::ReadReq::Options::FilterOptions options;
  options.mutable_stream_identifier()->set_regex("^case-[0-9]+$");
  options.set_max(32);
  return {plain, message.SerializeAsString(), options.SerializeAsString()};
}

void EsdbName(std::string_view bytes) {
  static_cast<void>(esdb::ParseLink(bytes));
  static_cast<void>(esdb::StreamOfMetadata(bytes));
  static_cast<void>(esdb::ClientName(bytes));
  static_cast<void>(esdb::ClientCategory(bytes));
  const auto name = esdb::ParseName(bytes);
  if (!name.ok() || name->kind == esdb::NameKind::kReserved || name->IsVirtual()) return;
  CHECK(esdb::ClientName(name->stream) == name->client);
}
std::vector<std::string> EsdbNameSeeds() {
  return {"case-018f3c6e7d4b7a018f3c6e7d4b7a0001",
          "order-7",
          "orders/7",
          "$$order-7",
          "$ce-order",
          "$et-Paid",
          "7@order-1",
          "ext/$$order-7"};
}

using State = gateway::RequestReader::State;

// Feeds the bytes in pieces; what was complete, and the state at the end.
std::vector<std::string> ReadRequests(std::string_view bytes, std::size_t piece, State& state) {
  gateway::RequestReader reader(1 << 12);
  std::vector<std::string> found;
  state = State::kHead;
  while (!bytes.empty() && state != State::kRefused) {
    const boost::asio::mutable_buffer space = reader.Space();
    const std::string_view taken = Take(bytes, std::min(piece, space.size()));
    std::memcpy(space.data(), taken.data(), taken.size());
    for (state = reader.Read(taken.size()); state == State::kComplete; state = reader.Read(0)) {
      gateway::HttpRequest request = reader.Take();
      CHECK(request.body.size() <= std::size_t{1} << 12);
      found.push_back(absl::StrCat(request.method, " ", request.path, " ", request.body));
      if (gateway::CheckTexts(request).ok()) {
        static_cast<void>(gateway::ParseSubscription(request));
      }
    }
  }
  if (state == State::kRefused) CHECK(reader.Refusal().status >= 400);
  static_cast<void>(reader.End());
  return found;
}

void Http(std::string_view bytes) {
  const std::size_t piece = TakeByte(bytes) + 1;
  State whole;
  State split;
  const auto all = ReadRequests(bytes, bytes.size() + 1, whole);
  const auto in_pieces = ReadRequests(bytes, piece, split);
  // Where one is refused, the other may have been told of the requests before it or not.
  CHECK(whole == State::kRefused || split == State::kRefused || all == in_pieces);
}
std::vector<std::string> HttpSeeds() {
  return {
      "\3GET /v1/events?from=start&filter=category:case,type:mlup.cases.v1.CaseClosed HTTP/1.1\r\n"
      "Host: a\r\nAuthorization: Bearer t\r\nLast-Event-ID: 7-0011223344556677\r\n\r\n",
      "\xffPOST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
      "Content-Length: 2\r\n\r\n{}GET /v1/health HTTP/1.1\r\nHost: a\r\n\r\n",
      "\1POST /v1/ev%20ents HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "2;a=b\r\n{}\r\n0\r\n\r\n"};
}

// Short texts that are read in many places.
void Texts(std::string_view bytes) {
  if (const auto day = ParseDay(bytes); day.has_value()) CHECK(FormatDay(*day) == bytes);
  if (const auto period = ParsePeriod(bytes); period.has_value()) {
    CHECK(period->first <= period->last);
  }
  if (const auto number = ParseDecimal(bytes); number.ok()) {
    const auto again = ParseDecimal(FormatDecimal(*number));
    CHECK(again.ok() && *again == *number);
    static_cast<void>(Add(*number, *number));
  }
  const query::PageMark mark = [](std::string_view) { return std::string("m"); };
  if (const auto token = query::ParsePageToken(bytes, mark); token.has_value()) {
    CHECK(query::ParsePageToken(query::FormatPageToken(*token, mark), mark).has_value());
  }
  log::v1::SubscribeRequest from;
  log::SetStart(bytes, "from", from).IgnoreError();
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  if (const auto wait = relay::ParseRetryAfter(bytes, now); wait.has_value()) {
    CHECK(*wait >= absl::ZeroDuration() && *wait <= relay::kRetryAfterMax);
  }
  CHECK(fields::ScanText(bytes).characters <= bytes.size());
  gateway::HttpRequest request;
  gateway::ParseTarget(bytes, request);
  request = {};
  request.query = {{"from", std::string(bytes)}, {"filter", std::string(bytes)}};
  static_cast<void>(gateway::ParseSubscription(request));
}
std::vector<std::string> TextsSeeds() {
  return {"2021-02-17",
          "2021-Q1",
          "2021-02-17T09:30:00+07:00",
          "12.345",
          "7:3",
          "Wed, 21 Oct 2026 07:28:00 GMT",
          "/a%20b?c=%e1",
          "category:case,sector:SECTOR_CWN",
          "7-0011223344556677"};
}

// A name in any form sounds like itself, whatever stands in it.
void PersonName(std::string_view bytes) {
  static const search::Tokens tokens(std::string(privacy::SecretKey::kBytes, 'k'));
  const std::vector<std::u32string> words = search::WordsOf(bytes);
  CHECK(words.size() <= search::kWordsMax);
  std::string folded;
  for (const std::u32string& word : words) {
    CHECK(!word.empty() && word.size() <= search::kWordLettersMax);
    const search::SoundKey key = search::SoundKeyOf(search::LatinOf(word));
    CHECK(key.full.empty() == key.consonants.empty());
    absl::StrAppend(&folded, search::ToUtf8(word), " ");
  }
  const search::NameTokens name = tokens.OfName(bytes);
  CHECK(search::Likeness(name, name) > 0.999 || name.empty());
  CHECK(search::Likeness(name, tokens.OfName(folded)) > 0.999 || name.empty());
  for (const char digit : search::DigitsOf(bytes)) CHECK(digit >= '0' && digit <= '9');
  CHECK(tokens.OfPhone(bytes).size() <= 10);
}
std::vector<std::string> PersonNameSeeds() {
  return {"Sok Dara", "សុខ ដារ៉ា", "ចន្ធូ វិចិត្រ ភ័ក្រ", "+855 12 345 678",
          "\xE2\x80\x8B\xE2\x80\xAEs\xCC\x81"};
}

constexpr Target kTargets[] = {
    {"json", Json, JsonSeeds},
    {"import_line", ImportLine, ImportLineSeeds},
    {"cloud_event", CloudEvent, CloudEventSeeds},
    {"correction", Correction, CorrectionSeeds},
    {"esdb_event", EsdbEvent, EsdbEventSeeds},
    {"esdb_name", EsdbName, EsdbNameSeeds},
    {"http_request", Http, HttpSeeds},
    {"texts", Texts, TextsSeeds},
    {"person_name", PersonName, PersonNameSeeds},
};

}  // namespace

std::span<const Target> OutsideTargets() { return kTargets; }

}  // namespace mlup::fuzz
