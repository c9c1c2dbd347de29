#include "projections/counting/quality.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/categories.h"
#include "eventstore/log/timestamp.h"
#include "eventstore/payload/event_references.h"
#include "eventstore/payload/payload.h"
#include "mlup/cases/v1/person_events.pb.h"
#include "mlup/command/v1/command.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "mlup/identity/v1/account_events.pb.h"
#include "mlup/sync/v1/sync_service.pb.h"

namespace mlup::counting {
namespace {

using cases::v1::PersonRegistered;
using donations::v1::ItemsDistributed;
using donations::v1::KitDefined;
using identity::v1::DeviceEnrolled;
using identity::v1::DeviceRevoked;
using reports::v1::QualityFinding;
using reports::v1::QualityKind;
using sync::v1::ItemsSettled;

QualityFinding FindingOf(const Fact& fact) {
  QualityFinding finding;
  finding.set_position(fact.position.value);
  finding.set_type(fact.type);
  finding.set_stream(fact.stream);
  finding.set_source_system(fact.source_system);
  *finding.mutable_recorded_at() = log::ToTimestamp(fact.recorded_at);
  return finding;
}

bool HasPersonalFields(const Descriptor& type) {
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    if (payload::IsPersonal(*field)) return true;
    if (field->message_type() != nullptr && HasPersonalFields(*field->message_type())) return true;
  }
  return false;
}

// Whether all possible days lie in one quarter.
bool IsDatable(const std::optional<DayRange>& days) {
  if (!days) return false;
  const auto quarter = [](Day day) {
    const absl::CivilDay civil = absl::CivilDay(1970, 1, 1) + day.value;
    return std::pair(civil.year(), (civil.month() - 1) / 3);
  };
  return quarter(days->first) == quarter(days->last);
}

// What two events that say the same have in common. What begins a stream says the same on another
// one too.
std::string Statement(const Fact& fact, const Descriptor& type) {
  const bool creates = type.options().GetExtension(command::v1::event).creates();
  return absl::StrCat(fact.type, "\n", creates ? ToAbsl(CategoryOf(fact.stream)) : fact.stream,
                      "\n", FormatDay(fact.occurred->first), FormatDay(fact.occurred->last),
                      fact.place, "\n", fact.event_bytes);
}

// Keeps the findings that were asked for, and counts all.
class Findings {
 public:
  explicit Findings(const QualityQuestion& question) : question_(question) {}

  // Where the finding is to be written; null where it is only counted.
  QualityFinding* Add(QualityKind kind, const Fact& fact) {
    ++list_.counts[kind];
    if (!question_.kinds.empty() && !question_.kinds.contains(kind)) return nullptr;
    const std::size_t at = passed_++;
    if (at < question_.offset || at - question_.offset >= question_.size) return nullptr;
    QualityFinding& finding = list_.findings.emplace_back(FindingOf(fact));
    finding.set_kind(kind);
    return &finding;
  }

  QualityList Take() { return std::move(list_); }

 private:
  const QualityQuestion& question_;
  QualityList list_;
  // Findings of the kinds asked for.
  std::size_t passed_ = 0;
};

// Devices and when something came from each. Ids of accounts and names of devices.
class Devices {
 public:
  void Look(const Fact& fact, const Message& message) {
    const std::string account(RecordIdOf(fact.stream));
    if (const auto* enrolled = google::protobuf::DynamicCastToGenerated<DeviceEnrolled>(&message)) {
      heard_[{account, enrolled->device()}] = {fact, DayOf(fact.known_at)};
    } else if (const auto* gone =
                   google::protobuf::DynamicCastToGenerated<DeviceRevoked>(&message)) {
      heard_.erase({account, gone->device()});
    } else if (const auto* sent =
                   google::protobuf::DynamicCastToGenerated<ItemsSettled>(&message)) {
      const auto found = heard_.find({sent->account_id(), sent->device()});
      if (found != heard_.end()) found->second.last = DayOf(fact.recorded_at);
    }
  }

  void Tell(Day today, Findings& kept) const {
    for (const auto& [name, device] : heard_) {
      const int days = today.value - device.last.value;
      if (days <= kSilentDays) continue;
      QualityFinding* finding = kept.Add(reports::v1::QUALITY_KIND_DEVICE_SILENT, device.enrolled);
      if (finding == nullptr) continue;
      finding->set_names(name.second);
      finding->set_days(static_cast<std::uint32_t>(days));
    }
  }

 private:
  struct Device {
    Fact enrolled;
    Day last;
  };
  std::map<std::pair<std::string, std::string>, Device> heard_;
};

// Looks at one event after another. For one thread and one use.
class Search {
 public:
  Search(const CountedFacts& facts, const World& world, const QualityQuestion& question)
      : facts_(facts), world_(world), question_(question), kept_(question) {
    const Columns::Own& own = world.table().columns().own();
    world.ForEach(KitDefined::descriptor(), [&](RowId row) {
      kits_.emplace(world.Value(row, own.defined_kit), world.Value(row, own.defined_version));
    });
    for (const Indicator& indicator : facts.definitions().indicators()) {
      for (const Select& select : indicator.headcounts) headcounts_.insert(select.event);
    }
  }

  absl::Status Look(RowId row, const Fact& fact) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Message> message, projections::MessageOf(fact));
    if (!question_.period) devices_.Look(fact, *message);
    if (!fact.is_normal || !MayBelong(fact)) return absl::OkStatus();
    LookAtNames(row, fact, *message);
    if (!CategoryFor(fact.stream).is_counted) return absl::OkStatus();
    LookAtTimeAndPlace(fact);
    LookAtPeople(fact, *message->GetDescriptor());
    return LookForTheSame(fact, *message->GetDescriptor());
  }

  QualityList Take() {
    devices_.Tell(question_.today, kept_);
    return kept_.Take();
  }

 private:
  bool MayBelong(const Fact& fact) const {
    return !question_.period || !fact.occurred || fact.occurred->Overlaps(*question_.period);
  }

  bool IsThere(const payload::NamedRecord& named) const {
    const auto id = world_.words().Find(named.id);
    return id && std::ranges::any_of(named.categories, [&](const std::string& category) {
             const auto word = world_.words().Find(category);
             return word && world_.table().FindStream(*word, *id).has_value();
           });
  }

  void LookAtNames(RowId row, const Fact& fact, const Message& message) {
    for (const payload::NamedRecord& named : payload::RecordsNamed(message)) {
      if (std::ranges::none_of(named.categories, IsNamedOnceBegun) || IsThere(named)) continue;
      if (auto* finding = kept_.Add(reports::v1::QUALITY_KIND_RECORD_UNKNOWN, fact)) {
        finding->set_field(named.path);
        *finding->mutable_categories() = {named.categories.begin(), named.categories.end()};
        finding->set_names(named.id);
      }
    }
    if (message.GetDescriptor() == ItemsDistributed::descriptor()) LookAtKit(row, fact);
  }

  void LookAtKit(RowId row, const Fact& fact) {
    const Columns::Own& own = world_.table().columns().own();
    const std::pair kit{world_.Value(row, own.kit_code), world_.Value(row, own.kit_version)};
    if (kit.first == kNoWord || kits_.contains(kit)) return;
    QualityFinding* finding = kept_.Add(reports::v1::QUALITY_KIND_KIT_UNKNOWN, fact);
    if (finding == nullptr) return;
    const std::string_view version = world_.Text(kit.second);
    finding->set_field("kit_version");
    finding->set_names(absl::StrCat(ToAbsl(world_.Text(kit.first)), " version ",
                                    version.empty() ? "0" : ToAbsl(version)));
  }

  void LookAtTimeAndPlace(const Fact& fact) {
    if (fact.place == "unknown") kept_.Add(reports::v1::QUALITY_KIND_PLACE_UNKNOWN, fact);
    if (!IsDatable(fact.occurred)) kept_.Add(reports::v1::QUALITY_KIND_NOT_DATABLE, fact);
    if (!fact.occurred) return;
    const int days = DayOf(fact.known_at).value - fact.occurred->last.value;
    if (days <= kLateDays) return;
    if (auto* finding = kept_.Add(reports::v1::QUALITY_KIND_RECORDED_LATE, fact)) {
      finding->set_days(static_cast<std::uint32_t>(days));
    }
  }

  void LookAtPeople(const Fact& fact, const Descriptor& type) {
    if (headcounts_.contains(&type)) {
      kept_.Add(reports::v1::QUALITY_KIND_HEADCOUNT_ONLY, fact);
    }
    if (&type != PersonRegistered::descriptor()) return;
    const auto person = world_.words().Find(RecordIdOf(fact.stream));
    // Whoever was merged into another record is known by that one.
    if (!person || world_.Canonical(*person) != *person) return;
    const Word sex = world_.FacetsOf(*person).sex;
    if (sex == kNoWord || sex == world_.unknown()) {
      kept_.Add(reports::v1::QUALITY_KIND_SEX_UNKNOWN, fact);
    }
  }

  // What is sealed cannot be compared, so that events with such fields are passed over.
  absl::Status LookForTheSame(const Fact& fact, const Descriptor& type) {
    if (!fact.occurred) return absl::OkStatus();
    const auto [has, is_new] = personal_.try_emplace(&type);
    if (is_new) has->second = HasPersonalFields(type);
    if (has->second) return absl::OkStatus();
    const std::string said = Statement(fact, type);
    const auto [first, is_first] =
        statements_.try_emplace(absl::Hash<std::string>()(said), fact.position);
    if (is_first) return absl::OkStatus();
    ASSIGN_OR_RETURN(Fact earlier, facts_.source().Get(first->second));
    const RowId row = world_.table().LowerBound(earlier.position);
    earlier = world_.Known(row, std::move(earlier));
    if (!earlier.occurred || Statement(earlier, type) != said) return absl::OkStatus();
    if (auto* finding = kept_.Add(reports::v1::QUALITY_KIND_POSSIBLE_DUPLICATE, fact)) {
      finding->set_earlier_position(earlier.position.value);
    }
    return absl::OkStatus();
  }

  const CountedFacts& facts_;
  const World& world_;
  const QualityQuestion& question_;
  Findings kept_;
  Devices devices_;
  std::set<std::pair<Word, Word>> kits_;
  std::set<const Descriptor*> headcounts_;
  absl::flat_hash_map<const Descriptor*, bool> personal_;
  // The first event of each statement, by its hash.
  absl::flat_hash_map<std::size_t, Position> statements_;
};

}  // namespace

absl::StatusOr<QualityList> FindQuality(const CountedFacts& facts,
                                        const QualityQuestion& question) {
  ASSIGN_OR_RETURN(const auto reading, facts.Read(question.up_to));
  const FactTable& table = reading->table();
  const std::shared_ptr<const World> world =
      facts.WorldAt(*reading, {question.up_to, std::nullopt});
  Search search(facts, *world, question);
  RETURN_IF_ERROR(facts.source().ForEach({1}, question.up_to, [&](const Fact& fact) {
    const RowId row = table.LowerBound(fact.position);
    // Facts of an unknown type have no row.
    if (row == table.size() || table.PositionOf(row) != fact.position) return absl::OkStatus();
    return world->IsLiving(row) ? search.Look(row, world->Known(row, fact)) : absl::OkStatus();
  }));
  return search.Take();
}

}  // namespace mlup::counting
