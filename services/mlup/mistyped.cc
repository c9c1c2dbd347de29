#include "services/mlup/mistyped.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "eventstore/base/nearest.h"
#include "eventstore/base/status.h"

namespace mlup::cli {
namespace {

std::string NoSuch(std::string_view what, std::string_view word,
                   const std::vector<std::string>& names) {
  return absl::StrCat("there is no such ", ToAbsl(what), DidYouMean(word, names), " (",
                      absl::StrJoin(names, ", "), ")");
}

std::vector<std::string> NamesOf(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> names;
  names.reserve(commands.size());
  for (const CLI::App* command : commands) names.push_back(command->get_name());
  return names;
}

// Of a command and of those that it belongs to: options may stand behind the command.
const CLI::Option* OptionOf(const std::vector<const CLI::App*>& commands, const std::string& name) {
  for (const CLI::App* command : commands) {
    if (const CLI::Option* option = command->get_option_no_throw(name)) return option;
  }
  return nullptr;
}

std::vector<std::string> OptionNames(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> names;
  for (auto command = commands.rbegin(); command != commands.rend(); ++command) {
    for (const CLI::Option* option : (*command)->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        if (std::ranges::find(names, "--" + name) == names.end()) names.push_back("--" + name);
      }
    }
  }
  return names;
}

}  // namespace

std::string Mistyped(const CLI::App& app, const std::vector<std::string>& words) {
  std::vector<const CLI::App*> commands = {&app};
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    const std::string& word = words[i];
    if (word.starts_with("--")) {
      const std::string name = word.substr(0, word.find('='));
      const CLI::Option* option = OptionOf(commands, name);
      if (option == nullptr) return NoSuch("option", name, OptionNames(commands));
      if (name == word && option->get_expected_min() > 0) ++i;
    } else if (!word.starts_with('-')) {
      const auto all = commands.back()->get_subcommands([](const CLI::App*) { return true; });
      const auto named = std::ranges::find(all, word, &CLI::App::get_name);
      if (named == all.end() && !all.empty()) return NoSuch("command", word, NamesOf(all));
      if (named != all.end()) commands.push_back(*named);
    }
  }
  return "";
}

}  // namespace mlup::cli
