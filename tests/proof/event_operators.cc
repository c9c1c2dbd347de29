// Forging the events of a bundle: what an honest log signed, shown otherwise.
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "tests/proof/scene.h"

namespace mlup::proof {
namespace {

using Change = std::function<void(log::v1::Record&, Dice&)>;

// A random event of the bundle for which `fits`, or nothing.
template <typename Fits>
BundledEvent* Choose(Scene& scene, const Fits& fits) {
  std::vector<BundledEvent*> found;
  for (BundledEvent& event : scene.bundle.events) {
    if (fits(event)) found.push_back(&event);
  }
  return found.empty() ? nullptr : scene.dice.Of(found);
}

BundledEvent* ChooseAny(Scene& scene) {
  return Choose(scene, [](const BundledEvent&) { return true; });
}

BundledEvent* ChooseWithPart(Scene& scene) {
  return Choose(scene, [](const BundledEvent& event) { return event.part.has_value(); });
}

// The inclusion proof of what the bundle now holds, so that nothing else is wrong with it.
bool Reprove(Scene& scene) {
  const FoldedLog& log = scene.world.log();
  scene.bundle.inclusion = log.Inclusion(scene.bundle, log.size());
  return true;
}

Header HeaderOf(const BundledEvent& event) {
  auto header = ParseHeader(event.header);
  CHECK(header.ok());
  return *std::move(header);
}

const log::v1::Record& RecordOf(const Scene& scene, const BundledEvent& event) {
  return scene.world.log().records().at(HeaderOf(event).position.value - 1);
}

// Makes the header of one event again after a change of its record.
Operator EditHeader(std::string name, Change change) {
  return {"header:" + std::move(name), kEventErrors, [change = std::move(change)](Scene& scene) {
            BundledEvent* const event = ChooseAny(scene);
            if (event == nullptr) return false;
            log::v1::Record record = RecordOf(scene, *event);
            change(record, scene.dice);
            event->header = MakeHeader(record, HeaderOf(*event).previous);
            return Reprove(scene);
          }};
}

bool FlipHeader(Scene& scene) {
  BundledEvent* const event = ChooseAny(scene);
  if (event != nullptr) Flip(event->header, scene.dice);
  return event != nullptr;
}

bool CutHeader(Scene& scene) {
  BundledEvent* const event = ChooseAny(scene);
  if (event == nullptr) return false;
  if (scene.dice.OneIn(2)) {
    event->header.resize(scene.dice.Below(event->header.size()));
  } else {
    event->header += scene.dice.Bytes(1 + scene.dice.Below(40));
  }
  return true;
}

// A time with a second of nanoseconds, which is another way to write the next second.
bool WriteTimeOtherwise(Scene& scene) {
  BundledEvent* const event = ChooseAny(scene);
  if (event == nullptr) return false;
  constexpr std::size_t kNanoseconds = 8 + 8 + 32 + 8 + 32 + 8;
  event->header.replace(kNanoseconds, 4, "\x3b\x9a\xca" + std::string(1, '\0'));
  return true;
}

bool FlipCommon(Scene& scene) {
  BundledEvent* const event = ChooseAny(scene);
  if (event != nullptr) Flip(event->common, scene.dice);
  return event != nullptr;
}

// Flips a bit in one field of a shown part.
template <std::string ShownPart::*kField>
bool FlipPart(Scene& scene) {
  BundledEvent* const event = ChooseWithPart(scene);
  if (event != nullptr) Flip((*event->part).*kField, scene.dice);
  return event != nullptr;
}

// What the header commits to is the same bytes, divided otherwise.
bool MoveBorder(Scene& scene) {
  BundledEvent* const event = Choose(scene, [](const auto& candidate) {
    return candidate.part && !candidate.part->clear.empty();
  });
  if (event == nullptr) return false;
  event->part->sealed.insert(0, 1, event->part->clear.back());
  event->part->clear.pop_back();
  return true;
}

bool MovePart(Scene& scene) {
  BundledEvent* const event = ChooseWithPart(scene);
  if (event == nullptr) return false;
  event->part->index = static_cast<std::uint16_t>(event->part->index + 1 + scene.dice.Below(999));
  return true;
}

bool SwapParts(Scene& scene) {
  BundledEvent* const one = ChooseWithPart(scene);
  BundledEvent* const other = ChooseWithPart(scene);
  if (one == nullptr || one == other) return false;
  std::swap(one->part, other->part);
  return true;
}

bool HidePart(Scene& scene) {
  BundledEvent* const event = ChooseWithPart(scene);
  if (event != nullptr) event->part.reset();
  return event != nullptr;
}

// Shows another person's part as this person's.
bool ShowPartOfAnother(Scene& scene) {
  for (BundledEvent& event : scene.bundle.events) {
    const auto& parts = RecordOf(scene, event).event().subjects();
    for (int i = 0; i < parts.size(); ++i) {
      if (parts[i].subject_id() == scene.person) continue;
      event.part = ShownPart{static_cast<std::uint16_t>(i), parts[i].salt(), parts[i].clear(),
                             parts[i].sealed()};
      return true;
    }
  }
  return false;
}

bool HideStream(Scene& scene) {
  BundledEvent* const event =
      Choose(scene, [](const auto& candidate) { return candidate.stream.has_value(); });
  if (event != nullptr) event->stream.reset();
  return event != nullptr;
}

bool ClaimStream(Scene& scene) {
  BundledEvent* const event = ChooseAny(scene);
  if (event == nullptr) return false;
  const auto stream = static_cast<std::uint16_t>(scene.dice.Below(scene.bundle.streams.size()));
  if (event->stream == stream) return false;
  event->stream = stream;
  return true;
}

bool ClaimStreamOutside(Scene& scene) {
  BundledEvent* const event = ChooseAny(scene);
  if (event == nullptr) return false;
  event->stream = static_cast<std::uint16_t>(scene.bundle.streams.size() + scene.dice.Below(9));
  return true;
}

template <typename Fits>
bool DeleteWhere(Scene& scene, const Fits& fits) {
  const BundledEvent* const event = Choose(scene, fits);
  if (event == nullptr) return false;
  scene.bundle.events.erase(scene.bundle.events.begin() + (event - scene.bundle.events.data()));
  return Reprove(scene);
}

bool DeleteAny(Scene& scene) {
  return DeleteWhere(scene, [](const BundledEvent&) { return true; });
}

// An event of an own stream that does not name the person.
bool DeleteSilent(Scene& scene) {
  return DeleteWhere(scene, [](const auto& event) { return !event.part; });
}

// An event that names the person on somebody else's stream.
bool DeleteElsewhere(Scene& scene) {
  return DeleteWhere(scene, [](const auto& event) { return !event.stream; });
}

bool DeleteLast(Scene& scene) {
  if (scene.bundle.events.empty()) return false;
  scene.bundle.events.pop_back();
  return Reprove(scene);
}

bool DuplicateEvent(Scene& scene) {
  const BundledEvent* const event = ChooseAny(scene);
  if (event == nullptr) return false;
  BundledEvent copy = *event;
  scene.bundle.events.insert(scene.bundle.events.begin() + (event - scene.bundle.events.data()),
                             std::move(copy));
  return true;
}

bool ReorderEvents(Scene& scene) {
  BundledEvent* const one = ChooseAny(scene);
  BundledEvent* const other = ChooseAny(scene);
  if (one == nullptr || one == other) return false;
  std::swap(*one, *other);
  return true;
}

// Puts an event of the log where its position belongs; its header is the true one.
bool AddEvent(Scene& scene, std::uint64_t after, std::uint64_t last) {
  const auto& records = scene.world.log().records();
  std::vector<std::uint64_t> candidates;
  for (std::uint64_t position = after + 1; position <= last; ++position) {
    const bool shown =
        std::any_of(scene.bundle.events.begin(), scene.bundle.events.end(),
                    [&](const auto& event) { return HeaderOf(event).position.value == position; });
    if (!shown && position != scene.bundle.map_position.value) candidates.push_back(position);
  }
  if (candidates.empty()) return false;
  const log::v1::Record& record = records.at(scene.dice.Of(candidates) - 1);
  Hash previous{};
  if (record.revision() > 1) {
    const auto before = scene.world.log().StreamPosition(record.stream(), {record.revision() - 1});
    previous = *scene.world.log().HeaderHash(*before);
  }
  const auto place = std::find_if(
      scene.bundle.events.begin(), scene.bundle.events.end(),
      [&](const auto& event) { return HeaderOf(event).position.value > record.position(); });
  scene.bundle.events.insert(
      place, {MakeHeader(record, previous), std::nullopt, record.event().common(), std::nullopt});
  return Reprove(scene);
}

bool AddUnrelated(Scene& scene) {
  return AddEvent(scene, 0, scene.world.log().MapAt(scene.bundle.map_position).size);
}

bool AddPastMap(Scene& scene) {
  return AddEvent(scene, scene.world.log().MapAt(scene.bundle.map_position).size,
                  scene.world.log().size());
}

// Events of the log's own streams count for nobody, even where they name the person.
bool AddSystemNote(Scene& scene) {
  for (const log::v1::Record& record : scene.world.log().records()) {
    const auto& parts = record.event().subjects();
    if (record.stream() != "system/notes" || record.revision() != 1 || parts.empty()) continue;
    if (parts[0].subject_id() != scene.person) return false;
    if (record.position() > scene.world.log().MapAt(scene.bundle.map_position).size) return false;
    const auto place = std::find_if(
        scene.bundle.events.begin(), scene.bundle.events.end(),
        [&](const auto& event) { return HeaderOf(event).position.value > record.position(); });
    scene.bundle.events.insert(
        place, {MakeHeader(record, {}), std::nullopt, record.event().common(),
                ShownPart{0, parts[0].salt(), parts[0].clear(), parts[0].sealed()}});
    return Reprove(scene);
  }
  return false;
}

std::vector<Operator> HeaderOperators() {
  return {
      EditHeader("time",
                 [](auto& record, Dice& dice) {
                   record.mutable_recorded_at()->set_seconds(
                       static_cast<std::int64_t>(dice.Below(1U << 30)));
                 }),
      EditHeader("actor",
                 [](auto& record, Dice&) {
                   record.mutable_event()->mutable_actor()->set_actor_id("staff-sw-nobody");
                 }),
      EditHeader("type", [](auto& record, Dice&) { record.mutable_event()->set_type("other"); }),
      EditHeader("position",
                 [](auto& record, Dice& dice) {
                   record.set_position(record.position() + 1 + dice.Below(9));
                 }),
      EditHeader("position-0", [](auto& record, Dice&) { record.set_position(0); }),
      EditHeader("revision",
                 [](auto& record, Dice& dice) {
                   record.set_revision(record.revision() + 1 + dice.Below(3));
                 }),
      EditHeader("stream",
                 [](auto& record, Dice& dice) { record.set_stream("case/" + dice.Uuid()); }),
      EditHeader("sensitivity",
                 [](auto& record, Dice&) {
                   record.mutable_event()->set_sensitivity(static_cast<log::v1::Sensitivity>(77));
                 }),
      EditHeader("parts",
                 [](auto& record, Dice& dice) {
                   record.mutable_event()->add_subjects()->set_subject_id(dice.Uuid());
                 }),
      {"header:flip-bit", {}, FlipHeader},
      {"header:time-otherwise", {"HEADER_MALFORMED"}, WriteTimeOtherwise},
      {"header:cut", {"HEADER_MALFORMED"}, CutHeader},
  };
}

}  // namespace

std::vector<Operator> EventOperators() {
  std::vector<Operator> operators = HeaderOperators();
  for (Operator& made : operators) {
    if (!made.errors.empty()) continue;
    made.errors = kEventErrors;
    made.errors.emplace_back("HEADER_MALFORMED");
  }
  const std::vector<std::string_view> altered = {"PART_ALTERED"};
  operators.insert(
      operators.end(),
      {{"event:common", {"COMMON_ALTERED"}, FlipCommon},
       {"event:sealed", altered, FlipPart<&ShownPart::sealed>},
       {"event:clear", altered, FlipPart<&ShownPart::clear>},
       {"event:salt", altered, FlipPart<&ShownPart::salt>},
       {"event:border-of-part", altered, MoveBorder},
       {"event:index-of-part", altered, MovePart},
       {"event:swap-parts", altered, SwapParts},
       {"event:part-of-another", altered, ShowPartOfAnother},
       {"event:hide-part", {"STREAMS_WRONG", "EVENT_UNRELATED", "SUBJECT_INCOMPLETE"}, HidePart},
       {"event:hide-stream", {"STREAM_INCOMPLETE", "EVENT_UNRELATED", "STREAMS_WRONG"}, HideStream},
       {"event:claim-stream", {"STREAM_NAME_WRONG"}, ClaimStream},
       {"event:claim-stream-outside", {"BUNDLE_MALFORMED"}, ClaimStreamOutside},
       {"event:delete", {"STREAMS_WRONG", "SUBJECT_INCOMPLETE", "STREAM_INCOMPLETE"}, DeleteAny},
       {"event:revision-gap", {"STREAM_INCOMPLETE"}, DeleteSilent},
       {"event:delete-elsewhere", {"SUBJECT_INCOMPLETE"}, DeleteElsewhere},
       {"event:delete-last",
        {"STREAMS_WRONG", "SUBJECT_INCOMPLETE", "STREAM_INCOMPLETE"},
        DeleteLast},
       {"event:duplicate", {"ORDER_WRONG"}, DuplicateEvent},
       {"event:reorder", {"ORDER_WRONG"}, ReorderEvents},
       {"event:add-unrelated", {"EVENT_UNRELATED"}, AddUnrelated},
       {"event:add-system-note", {"STREAMS_WRONG", "SUBJECT_INCOMPLETE"}, AddSystemNote},
       {"event:add-past-map", {"EVENT_PAST_MAP"}, AddPastMap}});
  return operators;
}

}  // namespace mlup::proof
