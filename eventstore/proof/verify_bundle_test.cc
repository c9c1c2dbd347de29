// Bundles: an honest one verifies, and each rule names what it finds.
#include "eventstore/proof/verify_bundle.h"

#include <functional>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include <gtest/gtest.h>

#include "eventstore/proof/bundle_test_log.h"
#include "eventstore/proof/bytes.h"

namespace mlup::proof {
namespace {

// A log that a witness has seen, whose key has changed, and the bundle about its first person.
struct Honest {
  BundleTestLog log;
  Trust trust = log.Auditor();
  Bundle bundle;

  Honest() {
    log.AddStory();
    log.Witness();
    log.AddStory();
    log.HandOver();
    bundle = log.MakeBundle(log.people()[0]);
  }

  absl::StatusOr<BundleSummary> Verify(const Bundle& other) const {
    return VerifyBundle(EncodeBundle(other), trust);
  }

  // What verifying says after a change.
  std::string ReasonAfter(const std::function<void(Bundle&)>& change) const {
    Bundle changed = bundle;
    change(changed);
    return ErrorReason(Verify(changed).status());
  }
};

void Flip(std::string& text) { text.back() = static_cast<char>(text.back() ^ 1); }

TEST(VerifyBundleTest, AnHonestBundleProvesTheWholeHistory) {
  const Honest honest;
  const auto summary = honest.Verify(honest.bundle);
  ASSERT_TRUE(summary.ok()) << summary.status();
  const std::string& child = honest.log.people()[0];
  EXPECT_EQ(summary->subject_id, child);
  EXPECT_EQ(summary->origin, "example.org/log");
  const std::uint64_t map_size = summary->complete_to.value;
  EXPECT_LT(map_size, honest.bundle.map_position.value);
  EXPECT_EQ(summary->tree_size, honest.log.size());
  EXPECT_EQ(summary->naming, honest.log.PositionsOf(child, {map_size})->size());
  EXPECT_EQ(summary->shown, honest.bundle.events.size());
  EXPECT_EQ(summary->streams,
            (std::vector<std::string>{"person/" + child, "access/" + child, honest.log.CaseOf(0)}));
  EXPECT_GT(summary->witnessed_size, 0u);
  EXPECT_EQ(absl::ToUnixSeconds(summary->witnessed_at),
            static_cast<std::int64_t>(1'700'000'000 + summary->witnessed_size));
}

TEST(VerifyBundleTest, EverybodyIsProvedAlsoWhoWasNeverNamed) {
  BundleTestLog log;
  log.AddStory(1);
  for (const std::string& person : log.people()) {
    Trust trust = {{log.log_key().verifier()}, {}, person};
    EXPECT_TRUE(VerifyBundle(EncodeBundle(log.MakeBundle(person)), trust).ok());
  }
  const std::string stranger = "00000000-0000-4000-8000-000000000000";
  const auto summary =
      VerifyBundle(EncodeBundle(log.MakeBundle(stranger)), {{log.log_key().verifier()}, {}, ""});
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_EQ(summary->shown, 0u);
  EXPECT_EQ(summary->streams.size(), 2u);
}

TEST(VerifyBundleTest, NothingOfOtherPeopleIsShown) {
  const Honest honest;
  const std::string bytes = EncodeBundle(honest.bundle);
  for (std::size_t i = 1; i < honest.log.people().size(); ++i) {
    EXPECT_EQ(bytes.find(honest.log.people()[i]), std::string::npos);
    EXPECT_EQ(bytes.find(honest.log.CaseOf(i)), std::string::npos);
  }
}

// Who wrote these bytes once must be able to read them for ever.
TEST(BundleTest, FormatIsTheOneOfTheFirstRelease) {
  const Honest honest;
  const std::string bytes = EncodeBundle(honest.bundle);
  EXPECT_EQ(absl::BytesToHexString(ToAbsl(AsText(Sha256(bytes)))),
            "8d9497f6e9195ac4d6c29fa91dfeacf9974124bf9d919084ba2e90233107fb58");
}

TEST(BundleTest, ReadsWhatItWrote) {
  const Honest honest;
  const std::string bytes = EncodeBundle(honest.bundle);
  const auto bundle = ParseBundle(bytes);
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  EXPECT_EQ(EncodeBundle(*bundle), bytes);
}

// A bundle is accepted as it was made or not at all; only the log's own line under the cosigned
// checkpoint, and what names no known key, may say anything.
TEST(VerifyBundleTest, EveryChangedByteIsNoticed) {
  const Honest honest;
  const std::string bytes = EncodeBundle(honest.bundle);
  const std::string& note = honest.bundle.witnessed->note;
  const std::size_t note_at = bytes.find(note);
  const std::size_t line_at = note_at + note.find("\n\n") + 2;
  const std::size_t line_end = bytes.find('\n', line_at);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    const auto summary = VerifyBundle(damaged, honest.trust);
    EXPECT_TRUE(!summary.ok() || (i > line_at && i < line_end)) << i;
    EXPECT_EQ(summary.ok(), ErrorReason(summary.status()).empty()) << i;
  }
}

TEST(VerifyBundleTest, EveryShorterOrLongerOneIsMalformed) {
  const Honest honest;
  const std::string bytes = EncodeBundle(honest.bundle);
  for (std::size_t size = 0; size < bytes.size(); size += size < 4096 ? 1 : 97) {
    EXPECT_EQ(ErrorReason(ParseBundle(std::string_view(bytes).substr(0, size)).status()),
              "BUNDLE_MALFORMED")
        << size;
  }
  EXPECT_EQ(ErrorReason(ParseBundle(bytes + 'x').status()), "BUNDLE_MALFORMED");
  EXPECT_EQ(ErrorReason(ParseBundle("mlupBND2").status()), "BUNDLE_VERSION_UNKNOWN");
}

TEST(VerifyBundleTest, WhoVouchesIsLookedAtFirst) {
  const Honest honest;
  const auto reason = [&](const auto& change) { return honest.ReasonAfter(change); };
  EXPECT_EQ(reason([](Bundle& b) { b.checkpoint.pop_back(); }), "CHECKPOINT_MALFORMED");
  EXPECT_EQ(reason([](Bundle& b) { b.checkpoint[0] = 'x'; }), "ORIGIN_WRONG");
  EXPECT_EQ(reason([](Bundle& b) { b.handovers.clear(); }), "LOG_KEY_UNKNOWN");
  EXPECT_EQ(reason([](Bundle& b) { b.handovers[0][0] = 'x'; }), "HANDOVER_WRONG");
  const Checkpoint forged{"example.org/log", 3, Sha256("root")};
  const std::string text = forged.ToText() + "\n";
  const SigningKey stranger("example.org/log", SignatureKind::kLog, {0x55});
  EXPECT_EQ(reason([&](Bundle& b) { b.checkpoint = stranger.Sign(text); }), "LOG_KEY_UNKNOWN");
  EXPECT_EQ(reason([&](Bundle& b) {
              b.checkpoint = absl::StrReplaceAll(b.checkpoint, {{"log\n", "log\n1"}});
            }),
            "SIGNATURE_WRONG");
  // Handed over by a stranger: passed over, and then nobody knows the key.
  EXPECT_EQ(reason([&](Bundle& b) {
              b.handovers = {MakeHandover(stranger, honest.log.log_key().verifier())};
            }),
            "LOG_KEY_UNKNOWN");
}

TEST(VerifyBundleTest, WitnessesAreLookedAtWhereTheAuditorTrustsOne) {
  const Honest honest;
  const auto reason = [&](const auto& change) { return honest.ReasonAfter(change); };
  EXPECT_EQ(reason([](Bundle& b) { b.witnessed.reset(); }), "WITNESS_MISSING");
  EXPECT_EQ(reason([](Bundle& b) { b.witnessed->note = b.checkpoint; }), "WITNESS_MISSING");
  EXPECT_EQ(reason([](Bundle& b) { b.witnessed->note = ""; }), "COSIGNATURE_WRONG");
  EXPECT_EQ(reason([](Bundle& b) { b.witnessed->note[0] = 'x'; }), "COSIGNATURE_WRONG");
  EXPECT_EQ(reason([](Bundle& b) { b.witnessed->consistency.pop_back(); }), "WITNESS_INCONSISTENT");
  const auto cosigned = [&](const Checkpoint& checkpoint) {
    return honest.log.witness_key().Sign(checkpoint.ToText() + "\n", 1);
  };
  EXPECT_EQ(reason([&](Bundle& b) {
              b.witnessed = {cosigned({"example.org/log", 3, Sha256("fork")}), {}};
            }),
            "WITNESS_INCONSISTENT");
  EXPECT_EQ(reason([&](Bundle& b) {
              b.witnessed = {cosigned({"other", 0, Sha256("")}), {}};
            }),
            "WITNESS_INCONSISTENT");
  Bundle bundle = honest.bundle;
  bundle.witnessed.reset();
  const auto summary =
      VerifyBundle(EncodeBundle(bundle), {honest.trust.log_keys, {}, honest.log.people()[0]});
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(summary->witnessed_size, 0u);
}

TEST(VerifyBundleTest, WhatIsShownIsWhatWasStored) {
  Honest honest;
  const auto reason = [&](const auto& change) { return honest.ReasonAfter(change); };
  EXPECT_EQ(reason([](Bundle& b) { b.events[0].header.pop_back(); }), "HEADER_MALFORMED");
  EXPECT_EQ(reason([](Bundle& b) { b.map_header.pop_back(); }), "HEADER_MALFORMED");
  EXPECT_EQ(reason([](Bundle& b) { --b.map_position.value; }), "MAP_RECORD_WRONG");
  EXPECT_EQ(reason([](Bundle& b) { Flip(b.map_common); }), "MAP_RECORD_WRONG");
  EXPECT_EQ(reason([](Bundle& b) { std::swap(b.events[0], b.events[1]); }), "ORDER_WRONG");
  EXPECT_EQ(reason([](Bundle& b) { b.events[1] = b.events[0]; }), "ORDER_WRONG");
  EXPECT_EQ(reason([](Bundle& b) {
              b.events.push_back({b.map_header, {}, b.map_common, {}});
            }),
            "EVENT_PAST_MAP");
  EXPECT_EQ(reason([](Bundle& b) { Flip(b.events[2].common); }), "COMMON_ALTERED");
  EXPECT_EQ(reason([](Bundle& b) { Flip(b.events[0].part->clear); }), "PART_ALTERED");
  EXPECT_EQ(reason([](Bundle& b) { Flip(b.events[0].part->sealed); }), "PART_ALTERED");
  EXPECT_EQ(reason([](Bundle& b) { b.events[0].part->index = 9; }), "PART_ALTERED");
  EXPECT_EQ(reason([](Bundle& b) { b.events[1].stream = 1; }), "STREAM_NAME_WRONG");
  honest.trust.subject_id = honest.log.people()[1];
  EXPECT_EQ(reason([](Bundle&) {}), "SUBJECT_WRONG");
}

TEST(VerifyBundleTest, NothingIsLeftOut) {
  const Honest honest;
  const auto reason = [&](const auto& change) { return honest.ReasonAfter(change); };
  // The first event is of the shared household, the second founds the person's stream, the third
  // the case; the fourth is of the case and names nobody.
  ASSERT_FALSE(honest.bundle.events[0].stream.has_value());
  ASSERT_EQ(honest.bundle.events[2].stream, 2);
  ASSERT_FALSE(honest.bundle.events[3].part.has_value());
  EXPECT_EQ(reason([](Bundle& b) {
              b.streams.resize(1);
              b.events.clear();
            }),
            "STREAMS_WRONG");
  EXPECT_EQ(reason([](Bundle& b) { b.streams.push_back(b.streams[0]); }), "STREAMS_WRONG");
  EXPECT_EQ(reason([](Bundle& b) { b.events.erase(b.events.begin() + 2); }), "STREAMS_WRONG");
  EXPECT_EQ(reason([](Bundle& b) { b.events[0].part.reset(); }), "EVENT_UNRELATED");
  EXPECT_EQ(reason([](Bundle& b) { b.events.erase(b.events.begin()); }), "SUBJECT_INCOMPLETE");
  EXPECT_EQ(reason([](Bundle& b) { b.events.erase(b.events.begin() + 1); }), "SUBJECT_INCOMPLETE");
  EXPECT_EQ(reason([](Bundle& b) { ++b.subject.leaf.count; }), "SUBJECT_INCOMPLETE");
  EXPECT_EQ(reason([](Bundle& b) { b.events.erase(b.events.begin() + 3); }), "STREAM_INCOMPLETE");
  EXPECT_EQ(reason([](Bundle& b) { b.events[2].stream.reset(); }), "STREAM_INCOMPLETE");
  EXPECT_EQ(reason([](Bundle& b) { ++b.streams[2].proof.leaf.count; }), "STREAM_INCOMPLETE");
  EXPECT_EQ(reason([](Bundle& b) { b.streams[1].proof.proof.siblings.pop_back(); }),
            "MAP_PROOF_WRONG");
  EXPECT_EQ(reason([](Bundle& b) { b.subject.proof.siblings[0][0] ^= 1; }), "MAP_PROOF_WRONG");
  EXPECT_EQ(reason([](Bundle& b) { b.inclusion.pop_back(); }), "INCLUSION_WRONG");
  EXPECT_EQ(reason([](Bundle& b) { b.inclusion.push_back(Sha256("")); }), "INCLUSION_WRONG");
}

// The chains agree with each other after this, but not with the map.
TEST(VerifyBundleTest, AHistoryThatIsCutAtItsEndIsFoundByTheMap) {
  const Honest honest;
  Bundle bundle = honest.bundle;
  while (bundle.events.size() > 3) bundle.events.pop_back();
  bundle.subject.leaf = {};
  for (auto& stream : bundle.streams) stream.proof.leaf = {};
  for (const BundledEvent& event : bundle.events) {
    const Hash hash = Sha256(event.header);
    if (event.part) bundle.subject.leaf = Extend(bundle.subject.leaf, hash);
    if (!event.stream) continue;
    MapLeaf& leaf = bundle.streams[*event.stream].proof.leaf;
    leaf = {leaf.count + 1, hash};
  }
  EXPECT_EQ(ErrorReason(honest.Verify(bundle).status()), "MAP_PROOF_WRONG");
}

TEST(BuildBundleTest, EvidenceOfAnotherLogIsRefused) {
  BundleTestLog log;
  log.AddStory(1);
  const auto map = ProveInMap(log, log.fold(), log.people()[0]);
  ASSERT_TRUE(map.ok());
  const Position other = log.AddMapRecord({map->size, Sha256("other")});
  BundleNotes notes = {other, log.SignCheckpoint(), {}, {}};
  EXPECT_EQ(ErrorReason(BuildBundle(log, *map, notes).status()), "BUNDLE_INCONSISTENT");
  const std::string early = log.SignCheckpoint();
  notes.map_position = log.AddMapRecord({map->size, map->root});
  notes.checkpoint = early;
  EXPECT_EQ(ErrorReason(BuildBundle(log, *map, notes).status()), "BUNDLE_INCONSISTENT");
  notes.checkpoint = log.SignCheckpoint();
  EXPECT_TRUE(BuildBundle(log, *map, notes).ok());
}

}  // namespace
}  // namespace mlup::proof
