#include "tests/proof/honest_world.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/check.h"

namespace mlup::proof {
namespace {

// What a stream's events look like.
struct Stream {
  std::string name;
  // Whose parts the first event has.
  std::vector<std::string> first;
  // Whose parts later events may have; each is there or not.
  std::vector<std::string> later;
};

// Tells what happens to people, one record at a time.
class Story {
 public:
  Story(const std::vector<std::string>& people, Dice& dice) : dice_(dice), known_(people) {
    known_.pop_back();
    for (const std::string& person : known_) {
      streams_.push_back({"person/" + person, {person}, {person}});
      streams_.push_back({"case/" + dice.Uuid(), {person}, known_});
      if (dice.OneIn(2)) streams_.push_back({"access/" + person, {person}, {person}});
      if (dice.OneIn(3)) streams_.push_back({"placement/" + dice.Uuid(), {person}, {person}});
    }
    streams_.push_back({"household/" + dice.Uuid(), {known_[0], known_[1]}, known_});
    streams_.push_back({"distribution/" + dice.Uuid(), {}, known_});
    streams_.push_back({"visit/" + dice.Uuid(), known_, {}});
    streams_.push_back({"system/notes", {known_[0]}, {}});
  }

  void AddEvent() {
    const Stream& stream = dice_.Of(streams_);
    std::vector<std::string> subjects = stream.first;
    const bool first = std::none_of(records_.begin(), records_.end(), [&](const auto& record) {
      return record.stream() == stream.name;
    });
    if (!first) {
      subjects.clear();
      for (const std::string& person : stream.later) {
        if (dice_.OneIn(stream.later.size())) subjects.push_back(person);
      }
    }
    log::v1::Record& record = Add(stream.name, "mlup.test.v1.Noted");
    record.mutable_event()->set_common(dice_.Bytes(dice_.Below(60)));
    for (const std::string& subject : subjects) {
      log::v1::SubjectPart& part = *record.mutable_event()->add_subjects();
      part.set_subject_id(subject);
      part.set_salt(dice_.Bytes(16));
      part.set_clear(dice_.Bytes(1 + dice_.Below(40)));
      part.set_sealed(dice_.Bytes(dice_.OneIn(3) ? 0 : 64));
    }
  }

  // The map over all but the last `lag` events.
  void AddMap(std::uint64_t lag) {
    Add(std::string(kMapStream), kMapRecordType)
        .mutable_event()
        ->set_common(MapRecord{records_.size() - 1 - lag, {}}.ToCommon());
  }

  std::vector<log::v1::Record> Take() {
    Renumber(records_);
    return std::move(records_);
  }

 private:
  log::v1::Record& Add(const std::string& stream, std::string_view type) {
    seconds_ += static_cast<std::int64_t>(dice_.Below(90'000));
    log::v1::Record& record = records_.emplace_back();
    record.set_stream(stream);
    record.mutable_recorded_at()->set_seconds(seconds_);
    record.mutable_recorded_at()->set_nanos(0);
    record.set_request_digest(dice_.Bytes(32));
    FillEvent(type, *record.mutable_event());
    return record;
  }

  void FillEvent(std::string_view type, log::v1::Event& event) {
    const auto sometimes = [this](std::string_view text) {
      return dice_.OneIn(3) ? std::string() : std::string(text);
    };
    event.set_event_id(dice_.Uuid());
    event.set_type(std::string(type));
    event.set_schema_version(static_cast<std::uint32_t>(1 + dice_.Below(3)));
    event.mutable_occurred()->set_precision(
        static_cast<log::v1::Precision>(dice_.Between(1, log::v1::PRECISION_UNKNOWN)));
    event.mutable_occurred()->set_from(sometimes("2021-02-17"));
    event.mutable_occurred()->set_to(sometimes("2021-02-28"));
    if (dice_.OneIn(3)) event.mutable_occurred()->mutable_instant()->set_seconds(seconds_ - 7);
    if (dice_.OneIn(4)) event.mutable_source_recorded_at()->set_seconds(-seconds_);
    event.mutable_actor()->set_actor_id(absl::StrCat("staff-sw-", dice_.Below(9)));
    event.mutable_actor()->set_role("social_worker");
    event.mutable_actor()->set_organisation_id("mro");
    event.mutable_actor()->set_on_behalf_of(sometimes("staff-sw-9"));
    event.set_channel(static_cast<log::v1::Channel>(dice_.Below(6)));
    event.set_device(sometimes("tablet-07"));
    event.set_request_id(dice_.Hex(8));
    event.set_correlation_id(sometimes("visit-1"));
    event.set_causation_id(sometimes(event.event_id()));
    event.set_reason(sometimes("planned_visit"));
    event.set_sensitivity(static_cast<log::v1::Sensitivity>(dice_.Below(4)));
    event.set_sector(static_cast<log::v1::Sector>(dice_.Below(10)));
    event.set_place(sometimes("0204"));
    event.set_source_system(sometimes("paper"));
    event.set_source_id(sometimes("ledger 3, line 14"));
    event.set_recorded_by(sometimes("staff-mel-1"));
  }

  Dice& dice_;
  std::vector<std::string> known_;
  std::vector<Stream> streams_;
  std::vector<log::v1::Record> records_;
  std::int64_t seconds_ = 1'600'000'000;
};

std::vector<log::v1::Record> Tell(const std::vector<std::string>& people, Dice& dice) {
  Story story(people, dice);
  const auto add = [&](std::uint64_t low, std::uint64_t high) {
    for (std::uint64_t left = dice.Between(low, high); left > 0; --left) story.AddEvent();
  };
  add(20, 60);
  story.AddMap(dice.Below(3));
  add(10, 40);
  story.AddMap(dice.Below(3));
  add(0, 12);
  return story.Take();
}

}  // namespace

std::unique_ptr<SigningKey> MakeKey(const std::string& name, SignatureKind kind, Dice& dice) {
  std::array<std::uint8_t, 32> seed{};
  for (std::uint8_t& byte : seed) byte = static_cast<std::uint8_t>(dice.Any());
  return std::make_unique<SigningKey>(name, kind, seed);
}

HonestWorld::HonestWorld(std::uint64_t seed)
    : witness_("witness.example.org", SignatureKind::kWitness, {0x77}) {
  Dice dice(seed);
  for (std::uint64_t left = dice.Between(4, 7); left > 0; --left) people_.push_back(dice.Uuid());
  log_ = std::make_unique<FoldedLog>(Tell(people_, dice), people_);

  keys_.push_back(MakeKey(kOrigin, SignatureKind::kLog, dice));
  for (std::uint64_t changes = dice.Below(3); changes > 0; --changes) {
    auto next = MakeKey(kOrigin, SignatureKind::kLog, dice);
    handovers_.push_back(MakeHandover(*keys_.back(), next->verifier()));
    handed_over_.push_back(
        dice.Between(handed_over_.empty() ? 1 : handed_over_.back(), log_->size()));
    keys_.push_back(std::move(next));
  }
  witnessed_size_ = dice.Between(log_->size() / 3, log_->size());
  witnessed_ = witness_.Sign(CheckpointAt(witnessed_size_), dice.Between(1, 2'000'000'000));
}

std::string HonestWorld::Sign(const Checkpoint& checkpoint, const SigningKey& key,
                              std::uint64_t unix_seconds) {
  return key.Sign(absl::StrCat(checkpoint.ToText(), "\n"), unix_seconds);
}

std::string HonestWorld::CheckpointAt(std::uint64_t size) const {
  const auto key = std::upper_bound(handed_over_.begin(), handed_over_.end(), size);
  return Sign({kOrigin, size, log_->RootAt(size)},
              *keys_[static_cast<std::size_t>(key - handed_over_.begin())]);
}

Bundle HonestWorld::Build(const std::string& person) const {
  return BuildOlder(person, NewestMap(), log_->size());
}

Bundle HonestWorld::BuildOlder(const std::string& person, Position map, std::uint64_t size) const {
  BundleNotes notes{map, CheckpointAt(size), handovers_, std::nullopt};
  if (witnessed_size_ <= size) notes.witnessed = witnessed_;
  return log_->Build(person, notes);
}

Trust HonestWorld::Auditor(const std::string& person) const {
  return {{first_key().verifier()}, {witness_.verifier()}, person};
}

}  // namespace mlup::proof
