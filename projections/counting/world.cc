#include "projections/counting/world.h"

#include <algorithm>
#include <map>
#include <utility>

#include <google/protobuf/descriptor.h>

#include "eventstore/payload/ages.h"
#include "eventstore/payload/patch.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "projections/counting/lookups.h"

namespace mlup::counting {
namespace {

namespace cases = ::mlup::cases::v1;
namespace donations = ::mlup::donations::v1;

}  // namespace

World::World(const FactTable& table, const Cut& cut)
    : table_(table),
      cut_(cut),
      end_(table.SizeAt(cut.position)),
      unknown_(table.words().Of(kUnknown)),
      living_(table.size()),
      changed_(table.size()) {
  for (RowId row = 0; row < end_; ++row) living_[row] = Knows(row);
  ApplyVoids();
  ApplyReplacements();
  ApplyCorrections();
  OpenKits();
  ApplyMerges();
}

bool World::Knows(RowId row) const {
  return row < end_ && (!cut_.day || table_.WhenOf(row).known <= *cut_.day) &&
         (!cut_.normal_only || table_.MannerOf(row).is_normal);
}

World::Change& World::ChangeAt(RowId row) {
  const auto [found, is_new] = changes_.try_emplace(row);
  if (is_new) {
    changed_[row] = true;
    found->second.occurred = table_.WhenOf(row).Occurred();
    found->second.place = table_.PlaceOf(row);
    found->second.values = table_.ValuesOf(row);
  }
  return found->second;
}

void World::ApplyVoids() {
  const auto& references = table_.references();
  // From the last to the first: a void that a later one takes out never acts.
  for (auto reference = references.rbegin(); reference != references.rend(); ++reference) {
    if (reference->refers != event::v1::REFERENCE_VOIDS || !living_[reference->row]) continue;
    const RowId voided = reference->target;
    if (voided < reference->row) living_[voided] = false;
  }
}

void World::ApplyReplacements() {
  std::vector<RowId> replaced;
  for (const FactTable::Reference& reference : table_.references()) {
    if (reference.refers != event::v1::REFERENCE_REPLACES || !living_[reference.row]) continue;
    const RowId target = reference.target;
    if (target != kNoRow) replaced.push_back(target);
  }
  for (const RowId row : replaced) living_[row] = false;
}

std::unique_ptr<Message> World::KeptMessage(RowId row) const {
  const Change* change = ChangeOf(row);
  const std::string* bytes = table_.KeptBytes(row);
  if (bytes == nullptr) return nullptr;
  std::unique_ptr<Message> message(google::protobuf::MessageFactory::generated_factory()
                                       ->GetPrototype(table_.TypeOf(row))
                                       ->New());
  if (change != nullptr && change->message != nullptr) {
    message->CopyFrom(*change->message);
  } else if (!message->ParseFromString(*bytes)) {
    return nullptr;  // it was read once, so that this does not happen
  }
  return message;
}

void World::ApplyCorrections() {
  std::vector<RowId> corrected;
  for (const FactTable::Reference& reference : table_.references()) {
    if (reference.refers != event::v1::REFERENCE_CORRECTS || !living_[reference.row]) continue;
    const RowId target = reference.target;
    if (target == kNoRow || !Knows(target) || table_.KeptBytes(target) == nullptr) continue;
    const std::unique_ptr<Message> correction = KeptMessage(reference.row);
    if (correction == nullptr) continue;
    Correct(target, static_cast<const common::v1::DetailsCorrected&>(*correction));
    corrected.push_back(target);
  }
  for (const RowId row : corrected) {
    const auto found = changes_.find(row);
    if (found == changes_.end()) continue;
    Change& change = found->second;
    change.values =
        table_.columns().ShapeOf(*table_.TypeOf(row)).Read(*change.message, table_.words());
  }
}

void World::Correct(RowId row, const common::v1::DetailsCorrected& correction) {
  std::unique_ptr<Message> message = KeptMessage(row);
  if (message == nullptr) return;
  Change& change = ChangeAt(row);
  if (correction.has_occurred()) {
    change.occurred = StatedDays(correction.occurred());
    change.corrected_days = correction.occurred();
  }
  if (!correction.place().empty()) change.place = table_.words().Of(correction.place());
  const auto apply = [&message](const auto& changes) {
    for (const common::v1::FieldChange& one : changes) {
      // The command was checked against the event; a path that is not there any more changes
      // nothing.
      payload::WriteField(*message, one.field(), one.new_value()).IgnoreError();
    }
  };
  apply(correction.changes());
  for (const auto& person : correction.persons()) apply(person.changes());
  change.message = std::move(message);
}

void World::OpenKits() {
  const Columns::Own& own = table_.columns().own();
  struct Kit {
    RowId row;
    Values::List lines;
  };
  std::map<std::pair<Word, Word>, Kit> kits;
  ForEach(donations::KitDefined::descriptor(), [&](RowId row) {
    donations::ItemsDistributed opened;
    if (const auto kit = KeptMessage(row)) {
      *opened.mutable_lines() = static_cast<const donations::KitDefined&>(*kit).contents();
    }
    const Shape& shape = table_.columns().ShapeOf(*opened.GetDescriptor());
    Values values = shape.Read(opened, table_.words());
    kits[{Value(row, own.defined_kit), Value(row, own.defined_version)}] = {
        row, std::move(values.lists[static_cast<std::size_t>(own.kit_lines)])};
  });
  if (kits.empty()) return;
  const Word yes = table_.words().Of("true");
  ForEach(donations::ItemsDistributed::descriptor(), [&](RowId row) {
    if (ListSize(row, own.kit_lines) > 0 || Value(row, own.kit_uncounted) == yes) return;
    const auto kit = kits.find({Value(row, own.kit_code), Value(row, own.kit_version)});
    if (kit == kits.end() || kit->second.lines.size == 0) return;
    Change& change = ChangeAt(row);
    change.values.lists[static_cast<std::size_t>(own.kit_lines)] = kit->second.lines;
    change.kit = kit->second.row;
  });
}

void World::ApplyMerges() {
  // The merges that an unmerge on the same stream names.
  absl::flat_hash_map<RowId, bool> undone;
  for (const FactTable::Reference& reference : table_.references()) {
    if (reference.refers != event::v1::REFERENCE_UNDOES || !living_[reference.row]) continue;
    undone[reference.target] = true;
  }
  for (const FactTable::Merge& merge : table_.merges()) {
    if (!living_[merge.row] || undone.contains(merge.row)) continue;
    survivors_[table_.IdOf(table_.StreamOf(merge.row))] = merge.survivor;
  }
  FollowChains();
}

void World::FollowChains() {
  absl::flat_hash_map<Word, Word> ends;
  for (const auto& [ended, next] : survivors_) {
    Word survivor = next;
    // The bound ends a ring of merges, which the rules of persons refuse.
    for (std::size_t steps = 0; steps < survivors_.size(); ++steps) {
      const auto step = survivors_.find(survivor);
      if (step == survivors_.end()) break;
      survivor = step->second;
    }
    ends[ended] = survivor;
    merged_[survivor].push_back(ended);
  }
  survivors_ = std::move(ends);
}

void World::GatherFacets() const {
  std::vector<RowId> told;
  for (const Descriptor* type : FacetTypes()) {
    ForEach(type, [&told](RowId row) { told.push_back(row); });
  }
  std::ranges::sort(told);
  // What the survivor's own record says is learnt last.
  for (const bool own : {false, true}) {
    for (const RowId row : told) {
      const Word id = table_.IdOf(table_.StreamOf(row));
      if ((SurvivorOf(id) == id) == own) LearnFacets(row);
    }
  }
}

void World::LearnFacets(RowId row) const {
  Facets& facets = facets_[SurvivorOf(table_.IdOf(table_.StreamOf(row)))];
  const Columns::Own& own = table_.columns().own();
  const auto learn = [&](Word& known, Slot slot) {
    const Word value = Value(row, slot);
    if (value != kNoWord && value != unknown_) known = value;
  };
  const Descriptor* type = table_.TypeOf(row);
  if (type == cases::ResidenceChanged::descriptor()) return learn(facets.residence, own.moved_to);
  if (type == cases::DisabilityRecorded::descriptor()) {
    return learn(facets.disability, own.disability);
  }
  learn(facets.sex, own.sex);
  learn(facets.residence, own.residence);
  if (const auto days = ParsePeriod(Text(Value(row, own.birth)))) facets.birth = days;
}

std::optional<DayRange> World::Occurred(RowId row) const {
  const Change* change = ChangeOf(row);
  return change == nullptr ? table_.WhenOf(row).Occurred() : change->occurred;
}

Word World::Place(RowId row) const {
  const Change* change = ChangeOf(row);
  return change == nullptr ? table_.PlaceOf(row) : change->place;
}

Word World::Value(RowId row, Slot slot, int element) const {
  const Change* change = ChangeOf(row);
  if (change == nullptr) return table_.Value(row, slot, element);
  const auto index = static_cast<std::size_t>(slot.index);
  if (slot.list < 0) return change->values.singles[index];
  const auto list = static_cast<std::size_t>(slot.list);
  const std::size_t parts = table_.columns().ShapeOf(*table_.TypeOf(row)).parts(list);
  return change->values.lists[list].words[static_cast<std::size_t>(element) * parts + index];
}

std::uint32_t World::ListSize(RowId row, int list) const {
  const Change* change = ChangeOf(row);
  return change == nullptr ? table_.ListSize(row, list)
                           : change->values.lists[static_cast<std::size_t>(list)].size;
}

std::optional<int> World::AgeTold(RowId row, Word person) const {
  const Change* change = ChangeOf(row);
  if (change != nullptr && change->corrected_days) return std::nullopt;
  if (change != nullptr && change->message != nullptr) {
    return payload::AgeIn(*change->message, [&](const std::string& id) {
      return Canonical(table_.words().Of(id)) == person;
    });
  }
  for (const FactTable::Age& age : EntriesOf(table_.ages(), row)) {
    if (Canonical(age.person) == person) return age.years;
  }
  return std::nullopt;
}

Fact World::Known(RowId row, Fact fact) const {
  const Change* change = ChangeOf(row);
  if (change == nullptr) return fact;
  fact.occurred = change->occurred;
  fact.place = Text(change->place);
  if (change->message != nullptr) fact.event_bytes = change->message->SerializeAsString();
  if (change->kit != kNoRow) {
    donations::ItemsDistributed opened;
    const std::unique_ptr<Message> kit = KeptMessage(change->kit);
    if (kit != nullptr && opened.ParseFromString(fact.event_bytes)) {
      *opened.mutable_lines() = static_cast<const donations::KitDefined&>(*kit).contents();
      fact.event_bytes = opened.SerializeAsString();
    }
  }
  if (!change->corrected_days) return fact;
  fact.precision = change->corrected_days->precision();
  fact.instant.reset();
  if (change->corrected_days->has_instant()) {
    const auto& instant = change->corrected_days->instant();
    fact.instant = absl::FromUnixSeconds(instant.seconds()) + absl::Nanoseconds(instant.nanos());
  }
  return fact;
}

RowId World::LastOnStream(StreamId stream, const Descriptor* type) const {
  Lookups::Note(table_.IdOf(stream));
  RowId row = table_.LastOnStream(stream, type);
  while (row != kNoRow && !living_[row]) row = table_.PreviousOf(row);
  return row;
}

std::vector<RowId> World::OnStream(StreamId stream, const Descriptor* type) const {
  std::vector<RowId> rows;
  for (RowId row = LastOnStream(stream, type); row != kNoRow; row = table_.PreviousOf(row)) {
    if (living_[row]) rows.push_back(row);
  }
  std::ranges::reverse(rows);
  return rows;
}

RowId World::LastOf(Word category, Word id, const Descriptor* type) const {
  const auto stream = table_.FindStream(category, Canonical(id));
  return stream ? LastOnStream(*stream, type) : kNoRow;
}

std::vector<RowId> World::OnRecord(Word category, Word id, const Descriptor* type) const {
  const Word survivor = Canonical(id);
  Lookups::Note(survivor);
  std::vector<RowId> rows;
  const auto add = [&](Word record) {
    const auto stream = table_.FindStream(category, record);
    if (!stream) return;
    const std::vector<RowId> more = OnStream(*stream, type);
    rows.insert(rows.end(), more.begin(), more.end());
  };
  add(survivor);
  if (const auto found = merged_.find(survivor); found != merged_.end()) {
    for (const Word record : found->second) add(record);
  }
  std::ranges::sort(rows);
  return rows;
}

const std::array<const Descriptor*, 3>& World::FacetTypes() {
  static const std::array<const Descriptor*, 3> types = {cases::PersonRegistered::descriptor(),
                                                         cases::ResidenceChanged::descriptor(),
                                                         cases::DisabilityRecorded::descriptor()};
  return types;
}

Word World::Canonical(Word id) const {
  Lookups::Note(id);
  return SurvivorOf(id);
}

Word World::SurvivorOf(Word id) const {
  if (survivors_.empty()) return id;
  const auto found = survivors_.find(id);
  return found == survivors_.end() ? id : found->second;
}

const Facets& World::FacetsOf(Word person) const {
  static const auto& nothing = *new Facets();
  Lookups::Note(person);
  std::call_once(gathered_, [this] { GatherFacets(); });
  const auto found = facets_.find(person);
  return found == facets_.end() ? nothing : found->second;
}

}  // namespace mlup::counting
