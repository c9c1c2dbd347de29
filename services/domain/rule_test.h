// The language of rule tests: given facts as protobuf text on streams, what is said to the next
// one.
//
//   EXPECT_EQ(Given("case/c", {kOpened}).Refusal("case_closed { child { person_id: 'sok' } }"),
//             "APPROVAL_MISSING");
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include <google/protobuf/text_format.h>

#include "eventstore/base/categories.h"
#include "eventstore/base/check.h"
#include "eventstore/base/kept_example.h"
#include "eventstore/payload/payload.h"
#include "services/domain/fact_table.h"
#include "services/domain/unit_of_work.h"
#include "services/fields/from_text.h"

namespace mlup::domain {

// `case_opened { ... }` as the fact of the service that records it on streams of the category.
inline std::unique_ptr<google::protobuf::Message> FactFromText(std::string_view category,
                                                               const std::string& text) {
  const FactType* type = FactTable::Get().Find(text.substr(0, text.find(' ')), category);
  CHECK(type != nullptr && "a service records the fact");
  std::unique_ptr<google::protobuf::Message> fact(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(type->service->fact)
          ->New());
  CHECK(google::protobuf::TextFormat::ParseFromString(text, fact.get()));
  return fact;
}

// Who asks, and when. Today is 2021-04-22.
struct Asking {
  std::string actor_id = "staff-sw-1";
  std::string on_behalf_of = {};
  std::string event_id = "new";
  std::string day = "2021-03-01";
  absl::Time known_at = absl::FromUnixSeconds(1619067600);
  bool may_see = false;
};

// What stands on the streams. Facts that are given are not judged; their ids are e1, e2 and so on
// over all streams. One test.
class Records {
 public:
  explicit Records(std::string stream) : stream_(std::move(stream)) { HistoryOf(stream_); }

  Records& And(const std::string& stream, const std::vector<std::string>& facts) {
    for (const std::string& text : facts) {
      Add(stream, *FactFromText(CategoryOf(stream), text), absl::StrCat("e", ++given_));
    }
    return *this;
  }
  Records& And(const std::vector<std::string>& facts) { return And(stream_, facts); }

  // An event of a type that nobody here knows.
  Records& AndUnknown(const std::string& stream, const std::string& type) {
    HistoryOf(stream).Add({.info = {absl::StrCat("e", ++given_), stream, "staff-sw-1", {}},
                           .type = type,
                           .known_at = Asking().known_at,
                           .voided = false,
                           .message = nullptr});
    return *this;
  }

  // What is said to the fact on this stream, the first one unless another is named. Nothing is
  // recorded.
  absl::Status Answer(const std::string& stream, const std::string& text,
                      const Asking& asking = {}) const {
    UnitOfWork unit;
    return Ask(unit, stream, text, asking);
  }
  // The reason of a refusal by a rule, or nothing; where the fact by itself is invalid, `REASON at
  // field`.
  std::string Refusal(const std::string& stream, const std::string& text,
                      const Asking& asking = {}) const {
    return Reason(Answer(stream, text, asking));
  }
  std::string Refusal(const std::string& text) const { return Refusal(stream_, text); }

  // The refusals of facts that stand in one request, each with its stream; those that are not
  // refused are seen by the next.
  std::vector<std::string> Refusals(
      const std::vector<std::pair<std::string, std::string>>& facts) const {
    UnitOfWork unit;
    std::vector<std::string> refusals;
    for (const auto& [stream, text] : facts) {
      Asking asking;
      asking.event_id = absl::StrCat("n", refusals.size() + 1);
      refusals.push_back(Reason(Ask(unit, stream, text, asking)));
    }
    return refusals;
  }

  // Puts the streams that the fact reads into the unit and asks it.
  absl::Status Ask(UnitOfWork& unit, const std::string& stream, const std::string& text,
                   const Asking& asking = {}) const {
    const auto fact = FactFromText(CategoryOf(stream), text);
    const FactType& type = TypeOf(*fact);
    const google::protobuf::Message& event = EventOf(*fact);
    for (const std::string& read : UnitOfWork::StreamsOf(type, event, stream)) {
      if (!unit.Holds(read)) unit.Put(Of(read));
    }
    absl::Status answer = unit.Add(type, event,
                                   {.stream = stream,
                                    .event_id = asking.event_id,
                                    .actor_id = asking.actor_id,
                                    .on_behalf_of = asking.on_behalf_of,
                                    .occurred = ParsePeriod(asking.day),
                                    .known_at = asking.known_at,
                                    .today = *ParseDay("2021-04-22"),
                                    .may_see = asking.may_see})
                              .status();
    KeepExample(type.field->name(), Reason(answer), absl::StrCat(stream, ": ", text));
    return answer;
  }

  std::shared_ptr<const StreamHistory> Of(const std::string& stream) const {
    const auto found = streams_.find(stream);
    return found == streams_.end() ? std::make_shared<const StreamHistory>(stream) : found->second;
  }

  static std::string Reason(const absl::Status& status) {
    if (status.ok() || absl::IsFailedPrecondition(status)) return ErrorReason(status);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    const std::string field = ErrorField(status);
    return absl::StrCat(ErrorReason(status), " at ", field.empty() ? "the fact" : field);
  }

 private:
  StreamHistory& HistoryOf(const std::string& stream) {
    std::shared_ptr<StreamHistory>& history = streams_[stream];
    if (history == nullptr) history = std::make_shared<StreamHistory>(stream);
    return *history;
  }

  void Add(const std::string& stream, const google::protobuf::Message& fact, std::string id) {
    const google::protobuf::Message& event = EventOf(fact);
    HistoryOf(stream).Add({.info = {std::move(id), stream, "staff-sw-1", {}},
                           .type = event.GetTypeName(),
                           .known_at = Asking().known_at,
                           .voided = false,
                           .message = payload::ClearCopy(event)});
  }

  std::string stream_;
  // Shared with the units that they are put into, and by copies.
  std::map<std::string, std::shared_ptr<StreamHistory>> streams_;
  int given_ = 0;
};

inline Records Given(const std::string& stream, const std::vector<std::string>& facts = {}) {
  return Records(stream).And(facts);
}

}  // namespace mlup::domain
