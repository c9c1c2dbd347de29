// What somebody who holds the log can do to its records.
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "tests/proof/scene.h"

namespace mlup::proof {
namespace {

using Records = std::vector<log::v1::Record>;
using Event = log::v1::Event;

bool IsOrdinary(const log::v1::Record& record) { return !IsSystemStream(record.stream()); }

bool Names(const log::v1::Record& record, const std::string& person) {
  return std::any_of(record.event().subjects().begin(), record.event().subjects().end(),
                     [&](const auto& part) { return part.subject_id() == person; });
}

// Index of a random record up to `last` for which `fits`, or nothing.
template <typename Fits>
std::optional<std::size_t> Choose(const Records& records, Dice& dice, std::uint64_t last,
                                  const Fits& fits) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < std::min<std::size_t>(last, records.size()); ++i) {
    if (fits(records[i])) found.push_back(i);
  }
  if (found.empty()) return std::nullopt;
  return dice.Of(found);
}

std::optional<std::size_t> ChooseOrdinary(const Records& records, Dice& dice, std::uint64_t last) {
  return Choose(records, dice, last, IsOrdinary);
}

// Changes one event.
RecordChange Edit(std::string name, std::function<void(log::v1::Record&, Dice&)> edit) {
  return {std::move(name), [edit = std::move(edit)](Records& records, Dice& dice,
                                                    std::uint64_t last, const std::string&) {
            const auto at = ChooseOrdinary(records, dice, last);
            if (at) edit(records[*at], dice);
            return at.has_value();
          }};
}

// Changes the person's part of one event.
RecordChange EditPart(std::string name, std::function<void(log::v1::SubjectPart&, Dice&)> edit) {
  return {std::move(name), [edit = std::move(edit)](Records& records, Dice& dice,
                                                    std::uint64_t last, const std::string& person) {
            const auto at = Choose(records, dice, last, [&](const auto& record) {
              return IsOrdinary(record) && Names(record, person);
            });
            if (!at) return false;
            for (auto& part : *records[*at].mutable_event()->mutable_subjects()) {
              if (part.subject_id() == person) edit(part, dice);
            }
            return true;
          }};
}

bool Delete(Records& records, Dice& dice, std::uint64_t last, const std::string& person) {
  const auto at = Choose(records, dice, last, [&](const auto& record) {
    return IsOrdinary(record) && Names(record, person);
  });
  if (at) records.erase(records.begin() + static_cast<std::ptrdiff_t>(*at));
  return at.has_value();
}

bool Insert(Records& records, Dice& dice, std::uint64_t last, const std::string& person) {
  const auto at = ChooseOrdinary(records, dice, last);
  if (!at) return false;
  log::v1::Record record = records[*at];
  record.mutable_event()->set_event_id(dice.Uuid());
  record.mutable_event()->set_common(dice.Bytes(20));
  record.mutable_event()->clear_subjects();
  log::v1::SubjectPart& part = *record.mutable_event()->add_subjects();
  part.set_subject_id(person);
  part.set_salt(dice.Bytes(16));
  part.set_clear("never happened");
  records.insert(records.begin() + static_cast<std::ptrdiff_t>(*at), std::move(record));
  return true;
}

bool Duplicate(Records& records, Dice& dice, std::uint64_t last, const std::string&) {
  // The copy, which comes second, is to stand at `last` or before.
  const auto at = ChooseOrdinary(records, dice, last - 1);
  if (!at) return false;
  log::v1::Record record = records[*at];
  records.insert(records.begin() + static_cast<std::ptrdiff_t>(*at), std::move(record));
  return true;
}

// Exchanges two records, of different streams or of the same one.
template <bool kAcross>
bool Exchange(Records& records, Dice& dice, std::uint64_t last, const std::string&) {
  const auto one = ChooseOrdinary(records, dice, last);
  if (!one) return false;
  const auto other = Choose(records, dice, last, [&](const auto& record) {
    return IsOrdinary(record) && record.position() != records[*one].position() &&
           (record.stream() != records[*one].stream()) == kAcross;
  });
  if (!other) return false;
  std::swap(records[*one], records[*other]);
  return true;
}

// Each event then stands in the other's stream.
bool SwapStreams(Records& records, Dice& dice, std::uint64_t last, const std::string& person) {
  if (!Exchange<true>(records, dice, last, person)) return false;
  // The two are those whose position is not their index.
  std::vector<log::v1::Record*> moved;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].position() != i + 1) moved.push_back(&records[i]);
  }
  CHECK(moved.size() == 2);
  std::string stream = moved[0]->stream();
  moved[0]->set_stream(moved[1]->stream());
  moved[1]->set_stream(std::move(stream));
  return true;
}

bool OmitStream(Records& records, Dice& dice, std::uint64_t last, const std::string& person) {
  const auto at = Choose(records, dice, last, [&](const auto& record) {
    return IsOrdinary(record) && Names(record, person);
  });
  if (!at) return false;
  const std::string stream = records[*at].stream();
  std::erase_if(records, [&](const auto& record) { return record.stream() == stream; });
  return true;
}

bool DropLast(Records& records, Dice&, std::uint64_t last, const std::string&) {
  for (std::size_t i = std::min<std::size_t>(last, records.size()); i > 0; --i) {
    if (!IsOrdinary(records[i - 1])) continue;
    records.erase(records.begin() + static_cast<std::ptrdiff_t>(i - 1));
    return true;
  }
  return false;
}

bool DropFirst(Records& records, Dice&, std::uint64_t last, const std::string&) {
  const auto first = std::find_if(records.begin(), records.end(), IsOrdinary);
  if (first == records.end() || first->position() > last) return false;
  records.erase(first);
  return true;
}

// Everything from somewhere on, but for one record of the map.
bool Truncate(Records& records, Dice& dice, std::uint64_t last, const std::string&) {
  const std::uint64_t to = dice.Between(last / 2, last - 1);
  const auto map =
      std::find_if(records.begin() + static_cast<std::ptrdiff_t>(to), records.end(), IsMapRecord);
  if (map == records.end() || map->position() == to + 1) return false;
  records[to] = log::v1::Record(*map);
  records.resize(to + 1);
  return true;
}

// The event stays, but as one about somebody else.
bool GivePartAway(Records& records, Dice& dice, std::uint64_t last, const std::string& person) {
  const auto at = Choose(records, dice, last, [&](const auto& record) {
    return IsOrdinary(record) && Names(record, person);
  });
  if (!at) return false;
  for (auto& part : *records[*at].mutable_event()->mutable_subjects()) {
    if (part.subject_id() == person) part.set_subject_id(dice.Uuid());
  }
  return true;
}

// The event stays, but as one about nobody.
bool TakePartOut(Records& records, Dice& dice, std::uint64_t last, const std::string& person) {
  const auto at = Choose(records, dice, last, [&](const auto& record) {
    return IsOrdinary(record) && Names(record, person);
  });
  if (!at) return false;
  auto& parts = *records[*at].mutable_event()->mutable_subjects();
  parts.erase(std::remove_if(parts.begin(), parts.end(),
                             [&](const auto& part) { return part.subject_id() == person; }),
              parts.end());
  return true;
}

std::vector<RecordChange> Edits() {
  return {
      Edit("edit-common",
           [](auto& record, Dice& dice) { Flip(*record.mutable_event()->mutable_common(), dice); }),
      Edit("edit-time",
           [](auto& record, Dice& dice) {
             record.mutable_recorded_at()->set_nanos(
                 static_cast<std::int32_t>(1 + dice.Below(999)));
           }),
      Edit("edit-actor",
           [](auto& record, Dice&) {
             record.mutable_event()->mutable_actor()->set_actor_id("staff-sw-nobody");
           }),
      Edit("edit-occurred",
           [](auto& record, Dice& dice) {
             record.mutable_event()->mutable_occurred()->set_from(
                 absl::StrCat(2000 + dice.Below(20)));
           }),
      Edit("edit-type", [](auto& record,
                           Dice&) { record.mutable_event()->set_type("mlup.test.v1.NeverNoted"); }),
      Edit("edit-event-id",
           [](auto& record, Dice& dice) { record.mutable_event()->set_event_id(dice.Uuid()); }),
      Edit("edit-request-digest",
           [](auto& record, Dice& dice) { Flip(*record.mutable_request_digest(), dice); }),
      EditPart("replace-clear", [](auto& part, Dice& dice) { Flip(*part.mutable_clear(), dice); }),
      EditPart("replace-sealed",
               [](auto& part, Dice& dice) { Flip(*part.mutable_sealed(), dice); }),
      EditPart("replace-salt", [](auto& part, Dice& dice) { Flip(*part.mutable_salt(), dice); }),
  };
}

}  // namespace

std::vector<RecordChange> RecordChanges() {
  std::vector<RecordChange> changes = Edits();
  changes.insert(changes.end(), {{"delete-event", Delete},
                                 {"insert-event", Insert},
                                 {"duplicate-event", Duplicate},
                                 {"reorder-in-stream", Exchange<false>},
                                 {"reorder-across-streams", Exchange<true>},
                                 {"swap-streams", SwapStreams},
                                 {"omit-stream", OmitStream},
                                 {"drop-last", DropLast},
                                 {"drop-first", DropFirst},
                                 {"truncate", Truncate},
                                 {"give-part-away", GivePartAway},
                                 {"take-part-out", TakePartOut}});
  return changes;
}

}  // namespace mlup::proof
