// fuzz --target=NAME [libFuzzer's options and folders]; fuzz --list; fuzz --target=NAME
// --seeds=FOLDER writes the inputs to begin with.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/check.h"
#include "tests/fuzz/target.h"

namespace mlup::fuzz {
namespace {

const Target* chosen = nullptr;

std::vector<Target> AllTargets() {
  std::vector<Target> all;
  for (const auto targets : {LogTargets(), ProofTargets(), StateTargets(), OutsideTargets(),
                             EventTargets(), FileTargets(), SignInTargets()}) {
    all.insert(all.end(), targets.begin(), targets.end());
  }
  return all;
}

[[noreturn]] void End(std::string_view words, int code) {
  std::fprintf(code == 0 ? stdout : stderr, "%.*s\n", static_cast<int>(words.size()), words.data());
  std::exit(code);
}

// The value of `--name=value` among the arguments; libFuzzer passes over what begins with `--`.
std::string_view ValueOf(int count, char** arguments, std::string_view name) {
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = arguments[i];
    if (argument.starts_with(name)) return argument.substr(name.size());
  }
  return {};
}

void Begin(int count, char** arguments) {
  static const std::vector<Target> targets = AllTargets();
  const std::string_view name = ValueOf(count, arguments, "--target=");
  std::string names;
  for (const Target& target : targets) {
    names += names.empty() ? "" : "\n";
    names += target.name;
    if (target.name == name) chosen = &target;
  }
  if (count > 1 && std::string_view(arguments[1]) == "--list") End(names, 0);
  if (chosen == nullptr) End("fuzz: name one with --target=: \n" + names, 2);
  const std::string folder(ValueOf(count, arguments, "--seeds="));
  if (folder.empty()) return;
  const std::vector<std::string> seeds = chosen->seeds();
  for (std::size_t i = 0; i < seeds.size(); ++i) {
    std::ofstream(folder + "/seed-" + std::to_string(i), std::ios::binary) << seeds[i];
  }
  End(std::to_string(seeds.size()) + " seeds", 0);
}

}  // namespace

void WriteFile(Files& files, const std::string& path, std::string_view content) {
  const auto file = files.Open(path, Files::Mode::kCreate);
  CHECK(file.ok());
  CHECK((*file)->Write(0, content).ok());
}

std::string SourceFile(const std::string& path) {
  std::ifstream file(std::string(MLUP_SOURCE) + "/" + path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

unsigned TakeByte(std::string_view& bytes) {
  const std::string_view taken = Take(bytes, 1);
  return taken.empty() ? 0 : static_cast<unsigned char>(taken[0]);
}

std::string_view Take(std::string_view& bytes, std::size_t count) {
  const std::string_view taken = bytes.substr(0, count);
  bytes.remove_prefix(taken.size());
  return taken;
}

}  // namespace mlup::fuzz

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  mlup::fuzz::Begin(*count, *arguments);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  mlup::fuzz::chosen->run({reinterpret_cast<const char*>(bytes), size});
  return 0;
}
