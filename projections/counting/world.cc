#include "projections/counting/world.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include <google/protobuf/descriptor.h>

#include "eventstore/payload/patch.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "projections/counting/enum_words.h"

namespace mlup::counting {
namespace {

namespace cases = ::mlup::cases::v1;

const std::vector<const Event*>& NoEvents() {
  static const auto& none = *new std::vector<const Event*>();
  return none;
}

// The message of an event whose type is known to be `T`.
template <typename T>
const T& As(const Event& event) {
  return static_cast<const T&>(*event.message);
}

// The days that a correction states; it may shorten them as a command does.
std::optional<DayRange> DaysOf(const log::v1::Occurred& occurred) {
  if (occurred.has_instant()) {
    const Day day = DayOf(absl::FromUnixSeconds(occurred.instant().seconds()));
    return DayRange{day, day};
  }
  const auto from = ParsePeriod(occurred.from());
  const auto to = occurred.to().empty() ? from : ParsePeriod(occurred.to());
  if (!from || !to) return std::nullopt;
  return DayRange{from->first, to->last};
}

}  // namespace

bool Cut::Holds(Position at, absl::Time known_at) const {
  return at <= position && (!day || known_at < StartOf({day->value + 1}));
}

std::string_view Event::stream_id() const {
  const std::string_view stream = row->fact.stream;
  return stream.substr(stream.find('/') + 1);
}

World::World(const FactTable& table, const Cut& cut)
    : table_(table), cut_(cut), events_(table.rows().size()) {
  for (std::size_t i = 0; i < events_.size(); ++i) {
    const FactTable::Row& row = table.rows()[i];
    if (!cut.Holds(row.fact.position, row.fact.known_at)) continue;
    events_[i] = {&row, row.message, row.fact.occurred, nullptr, row.fact.place, true};
  }
  ApplyVoids();
  ApplyReplacements();
  ApplyCorrections();
  OpenKits();
  Index();
  ApplyMerges();
  GatherFacets();
}

Event* World::Target(const Event& by, event::v1::Reference refers) {
  if (by.row->marks->references.empty()) return nullptr;
  const std::string event_id = payload::ReferenceOf(*by.message, refers);
  const auto index = table_.FindEvent(by.fact().stream, event_id);
  return index && events_[*index].row != nullptr ? &events_[*index] : nullptr;
}

const Event* World::AtRow(std::size_t index) const {
  return events_[index].row == nullptr ? nullptr : &events_[index];
}

void World::ApplyVoids() {
  // From the last to the first: a void that a later one takes out never acts.
  for (auto event = events_.rbegin(); event != events_.rend(); ++event) {
    if (!event->living) continue;
    Event* voided = Target(*event, event::v1::REFERENCE_VOIDS);
    if (voided != nullptr && voided->fact().position < event->fact().position) {
      voided->living = false;
    }
  }
}

void World::ApplyReplacements() {
  std::vector<Event*> replaced;
  for (const Event& event : events_) {
    if (!event.living) continue;
    if (Event* target = Target(event, event::v1::REFERENCE_REPLACES)) replaced.push_back(target);
  }
  for (Event* event : replaced) event->living = false;
}

void World::ApplyCorrections() {
  for (const Event& event : events_) {
    if (!event.living || event.type() != common::v1::DetailsCorrected::descriptor()) continue;
    Event* target = Target(event, event::v1::REFERENCE_CORRECTS);
    if (target != nullptr) Correct(*target, As<common::v1::DetailsCorrected>(event));
  }
}

void World::Correct(Event& event, const common::v1::DetailsCorrected& correction) {
  if (correction.has_occurred()) {
    event.occurred = DaysOf(correction.occurred());
    event.corrected_occurred = &correction.occurred();
  }
  if (!correction.place().empty()) event.place = correction.place();
  std::unique_ptr<Message> message(event.message->New());
  message->CopyFrom(*event.message);
  const auto apply = [&message](const auto& changes) {
    for (const common::v1::FieldChange& change : changes) {
      // The command was checked against the event; a path that is not there any more changes
      // nothing.
      payload::WriteField(*message, change.field(), change.new_value()).IgnoreError();
    }
  };
  apply(correction.changes());
  for (const auto& person : correction.persons()) apply(person.changes());
  event.message = message.get();
  corrected_.push_back(std::move(message));
}

void World::OpenKits() {
  namespace donations = ::mlup::donations::v1;
  std::map<std::pair<std::string, std::uint32_t>, const donations::KitDefined*> kits;
  for (const Event& event : events_) {
    if (!event.living || event.type() != donations::KitDefined::descriptor()) continue;
    const auto& kit = As<donations::KitDefined>(event);
    kits[{kit.kit_code(), kit.version()}] = &kit;
  }
  for (Event& event : events_) {
    if (!event.living || event.type() != donations::ItemsDistributed::descriptor()) continue;
    const auto& given = As<donations::ItemsDistributed>(event);
    if (!given.lines().empty() || given.uncounted()) continue;
    const auto kit = kits.find({given.kit_code(), given.kit_version()});
    if (kit == kits.end() || kit->second->contents().empty()) continue;
    auto opened = std::make_unique<donations::ItemsDistributed>(given);
    *opened->mutable_lines() = kit->second->contents();
    event.message = opened.get();
    corrected_.push_back(std::move(opened));
  }
}

void World::Index() {
  for (const Event& event : events_) {
    if (!event.living) continue;
    by_type_[event.type()].push_back(&event);
    by_stream_[{event.row->stream, event.type()}].push_back(&event);
  }
}

void World::ApplyMerges() {
  // Stream and event id of the merges that an unmerge on the same stream names.
  std::set<std::pair<std::string, std::string>> undone;
  for (const Event& event : events_) {
    if (!event.living || event.row->marks->references.empty()) continue;
    std::string merge = payload::ReferenceOf(*event.message, event::v1::REFERENCE_UNDOES);
    if (!merge.empty()) undone.emplace(event.fact().stream, std::move(merge));
  }
  for (const Event& event : events_) {
    if (!event.living || event.row->marks->concerns.empty()) continue;
    for (auto& survivor : payload::ConcernedBy(*event.message, event::v1::CONCERN_SURVIVOR)) {
      if (undone.contains({event.fact().stream, event.fact().event_id})) continue;
      survivors_[std::string(event.stream_id())] = std::move(survivor.id);
    }
  }
  FollowChains();
}

void World::FollowChains() {
  std::map<std::string, std::string, std::less<>> ends;
  for (const auto& [ended, next] : survivors_) {
    std::string_view survivor = next;
    // The bound ends a ring of merges, which the rules of persons refuse.
    for (std::size_t steps = 0; steps < survivors_.size(); ++steps) {
      const auto step = survivors_.find(survivor);
      if (step == survivors_.end()) break;
      survivor = step->second;
    }
    ends[ended] = survivor;
    merged_[std::string(survivor)].push_back(ended);
  }
  survivors_ = std::move(ends);
}

void World::GatherFacets() {
  // What the survivor's own record says is learnt last.
  for (const bool own : {false, true}) {
    std::vector<const Event*> events;
    for (const Descriptor* type :
         {cases::PersonRegistered::descriptor(), cases::ResidenceChanged::descriptor(),
          cases::DisabilityRecorded::descriptor()}) {
      for (const Event* event : OfType(type)) {
        if ((Canonical(event->stream_id()) == event->stream_id()) == own) events.push_back(event);
      }
    }
    std::ranges::sort(events, {}, [](const Event* event) { return event->fact().position; });
    for (const Event* event : events) {
      Facets& facets = facets_[std::string(Canonical(event->stream_id()))];
      if (event->type() == cases::PersonRegistered::descriptor()) {
        const auto& person = As<cases::PersonRegistered>(*event).person();
        facets.LearnSex(EnumWord(cases::Sex_descriptor(), person.sex()));
        facets.LearnBirth(person.birth_month());
        facets.LearnResidence(person.residence_province_code());
      } else if (event->type() == cases::ResidenceChanged::descriptor()) {
        facets.LearnResidence(
            As<cases::ResidenceChanged>(*event).person().residence_province_code());
      } else {
        const auto& person = As<cases::DisabilityRecorded>(*event).person();
        facets.LearnDisability(EnumWord(cases::Disability_descriptor(), person.disability()));
      }
    }
  }
}

const std::vector<const Event*>& World::OfType(const Descriptor* type) const {
  const auto found = by_type_.find(type);
  return found == by_type_.end() ? NoEvents() : found->second;
}

const std::vector<const Event*>& World::OnStream(std::uint32_t stream,
                                                 const Descriptor* type) const {
  const auto found = by_stream_.find({stream, type});
  return found == by_stream_.end() ? NoEvents() : found->second;
}

const Event* World::LastOnStream(std::uint32_t stream, const Descriptor* type) const {
  const auto& events = OnStream(stream, type);
  return events.empty() ? nullptr : events.back();
}

const Event* World::LastOf(std::string_view category, std::string_view id,
                           const Descriptor* type) const {
  const auto stream = table_.FindStream(absl::StrCat(ToAbsl(category), "/", ToAbsl(Canonical(id))));
  return stream ? LastOnStream(*stream, type) : nullptr;
}

std::vector<const Event*> World::OnRecord(std::string_view category, std::string_view id,
                                          const Descriptor* type) const {
  const std::string_view survivor = Canonical(id);
  std::vector<const Event*> events;
  const auto add = [&](std::string_view record) {
    const auto stream = table_.FindStream(absl::StrCat(ToAbsl(category), "/", ToAbsl(record)));
    if (!stream) return;
    const auto& more = OnStream(*stream, type);
    events.insert(events.end(), more.begin(), more.end());
  };
  add(survivor);
  if (const auto found = merged_.find(survivor); found != merged_.end()) {
    for (const std::string& record : found->second) add(record);
  }
  std::ranges::sort(events, {}, [](const Event* event) { return event->fact().position; });
  return events;
}

std::string_view World::Canonical(std::string_view id) const {
  const auto found = survivors_.find(id);
  return found == survivors_.end() ? id : found->second;
}

const Facets& World::FacetsOf(std::string_view person) const {
  static const auto& nothing = *new Facets();
  const auto found = facets_.find(person);
  return found == facets_.end() ? nothing : found->second;
}

}  // namespace mlup::counting
