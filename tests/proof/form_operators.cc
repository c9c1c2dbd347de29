// Forging the form of notes: each operator breaks one rule of C2SP's signed-note or of our
// checkpoints.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "tests/proof/scene.h"

namespace mlup::proof {
namespace {

// A note, and where its first signature line and that line's base64 begin.
struct Note {
  std::string& text;
  std::size_t line = text.find("\n\n") + 2;
  std::size_t base64 = text.find(' ', text.find(' ', line) + 1) + 1;
};

struct Form {
  std::string name;
  std::function<void(const Note&, Dice&)> breaks;
};

std::vector<Form> Forms() {
  return {
      {"no-last-newline", [](const Note& note, Dice&) { note.text.pop_back(); }},
      {"other-last-byte", [](const Note& note, Dice&) { note.text.back() = 'A'; }},
      {"empty-last-line", [](const Note& note, Dice&) { note.text += "\n"; }},
      {"something-after", [](const Note& note, Dice&) { note.text += " "; }},
      {"no-text", [](const Note& note, Dice&) { note.text.erase(0, note.line - 2); }},
      {"no-empty-line", [](const Note& note, Dice&) { note.text.erase(note.line - 1, 1); }},
      {"two-empty-lines", [](const Note& note, Dice&) { note.text.insert(note.line, 1, '\n'); }},
      {"control-character",
       [](const Note& note, Dice& dice) {
         note.text.insert(dice.Below(note.text.size()), 1, "\r\t\x1f\0"[dice.Below(4)]);
       }},
      {"no-utf8",
       [](const Note& note, Dice& dice) {
         note.text.insert(dice.Below(note.text.size()), 1, dice.OneIn(2) ? '\xff' : '\x80');
       }},
      {"hyphen-for-dash", [](const Note& note, Dice&) { note.text.replace(note.line, 3, "-"); }},
      {"two-spaces", [](const Note& note, Dice&) { note.text.insert(note.base64, 1, ' '); }},
      {"no-padding",
       [](const Note& note, Dice&) { note.text.erase(note.text.find('=', note.base64), 1); }},
      // Bits that base64 does not use; with either padding there are two at least.
      {"unused-bits",
       [](const Note& note, Dice&) { ++note.text[note.text.find('=', note.base64) - 1]; }},
      {"key-id-only", [](const Note& note, Dice&) { note.text += "— stranger AAAAAA==\n"; }},
      {"plus-in-name", [](const Note& note, Dice&) { note.text += "— stran+ger AAAAAAAA\n"; }},
      {"space-in-name",
       [](const Note& note, Dice& dice) {
         note.text += dice.OneIn(2) ? "— stran\u00a0ger AAAAAAAA\n" : "— stran\u2003ger AAAAAAAA\n";
       }},
      {"too-many-lines",
       [](const Note& note, Dice&) {
         for (int i = 0; i < 100; ++i) note.text += "— stranger AAAAAAAA\n";
       }},
      {"no-name", [](const Note& note, Dice&) { note.text += "—  AAAAAAAA\n"; }},
  };
}

// Rules that checkpoints have beside those of notes: what stands there, and what is put there.
struct TreeHead {
  std::string name;
  std::string from;
  std::string to;
};

std::vector<TreeHead> TreeHeads(std::uint64_t size) {
  const std::string line = absl::StrCat("\n", size, "\n");
  return {{"leading-zero", line, "\n0" + line.substr(1)},
          {"plus-sign", line, "\n+" + line.substr(1)},
          {"minus-sign", line, "\n-" + line.substr(1)},
          {"no-size", line, "\n\n"},
          {"size-past-64-bits", line, "\n18446744073709551616\n"},
          {"extension-line", "=\n", "=\nextension\n"},
          {"root-without-padding", "=\n", "\n"},
          {"root-too-long", "=\n", "AAA=\n"},
          {"empty-origin", absl::StrCat(kOrigin, "\n"), "\n"},
          {"no-origin", absl::StrCat(kOrigin, "\n"), ""}};
}

// The log itself signs a malformed tree head.
bool SignMalformed(Scene& scene, std::size_t which) {
  const std::uint64_t size = scene.world.log().size();
  const TreeHead form = TreeHeads(size).at(which);
  const Checkpoint honest{kOrigin, size, scene.world.log().RootAt(size)};
  scene.bundle.checkpoint = scene.world.log_key().Sign(
      absl::StrReplaceAll(honest.ToText(), {{form.from, form.to}}) + "\n");
  return true;
}

// Rules that handovers have beside those of notes.
struct HandoverForm {
  std::string name;
  // Before the third line.
  std::string text;
  std::string key_name;
  SignatureKind kind = SignatureKind::kLog;
};

std::vector<HandoverForm> HandoverForms() {
  const std::string first = "mlup key handover\n";
  const std::string origin = absl::StrCat(kOrigin, "\n");
  return {{"first-line", "mlup key handover \n" + origin, kOrigin},
          {"another-origin", first + "log.example.com/other\n", kOrigin},
          {"key-of-another-name", first + origin, "log.example.com/other"},
          {"key-of-a-witness", first + origin, kOrigin, SignatureKind::kWitness},
          {"fourth-line", first + origin + origin, kOrigin}};
}

// The log itself signs a malformed handover, and whom it names signs from then on.
bool SignHandover(Scene& scene, const HandoverForm& form) {
  const auto next = MakeKey(form.key_name, form.kind, scene.dice);
  scene.bundle.handovers.push_back(
      scene.world.log_key().Sign(absl::StrCat(form.text, next->verifier().ToText(), "\n\n")));
  const FoldedLog& log = scene.world.log();
  scene.bundle.checkpoint = HonestWorld::Sign({kOrigin, log.size(), log.RootAt(log.size())}, *next);
  return true;
}

}  // namespace

std::vector<Operator> FormOperators() {
  std::vector<Operator> operators;
  for (const Form& form : Forms()) {
    operators.push_back(
        {"form:checkpoint:" + form.name, {"CHECKPOINT_MALFORMED"}, [form](Scene& scene) {
           form.breaks({scene.bundle.checkpoint}, scene.dice);
           return true;
         }});
    operators.push_back({"form:cosigned:" + form.name, {"COSIGNATURE_WRONG"}, [form](Scene& scene) {
                           form.breaks({scene.bundle.witnessed->note}, scene.dice);
                           return true;
                         }});
    operators.push_back({"form:handover:" + form.name, {"HANDOVER_WRONG"}, [form](Scene& scene) {
                           if (scene.bundle.handovers.empty()) return false;
                           form.breaks({scene.dice.Of(scene.bundle.handovers)}, scene.dice);
                           return true;
                         }});
  }
  const std::vector<TreeHead> heads = TreeHeads(1);
  for (std::size_t i = 0; i < heads.size(); ++i) {
    operators.push_back({"form:tree-head:" + heads[i].name,
                         {"CHECKPOINT_MALFORMED"},
                         [i](Scene& scene) { return SignMalformed(scene, i); }});
  }
  for (const HandoverForm& form : HandoverForms()) {
    operators.push_back({"form:handover:" + form.name, {"HANDOVER_WRONG"}, [form](Scene& scene) {
                           return SignHandover(scene, form);
                         }});
  }
  return operators;
}

}  // namespace mlup::proof
