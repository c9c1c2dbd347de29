#include "services/mlup/sync_commands.h"

#include <cstdint>
#include <utility>

namespace mlup::cli {

void SyncCommands::AddTo(CLI::App& app) {
  CLI::App* sync = app.add_subcommand(
      "sync", "As a device does that was without a network: send what was made, take what is new");
  sync->require_subcommand(1);
  CLI::App* push = AddCommand(*sync, "push", "Send what was made on the device, item by item",
                              [this] { return RunSyncPush(session_, sync_); });
  push->add_option("FILE", sync_.file, "File in JSON Lines; - for standard input")->required();
  push->footer(
      "A line: {\"sequence\": 1, \"made_at\": \"2021-04-22T05:00:00Z\", \"record\": {\"context\": "
      "{...}, \"facts\": [...]}},\nthe record as `mlup import` takes it. Sequences are 1, 2, 3 ... "
      "for what you make on the device. The base_revision of a\nfact is the revision of its stream "
      "that the device knew: what others recorded since is merged, and where they said\nsomething "
      "else of the same field, both stand in a conflict_detected until a person resolves it with "
      "conflict_resolved.\nSending a file again changes nothing and is answered as before.");
  CLI::App* pull = AddCommand(*sync, "pull", "Take what is new about the cases you work with",
                              [this] { return RunSyncPull(session_, who_(), sync_); });
  pull->add_option("--since", sync_.since, "Position that an earlier pull reached");
  pull->add_option("--held", sync_.held, "Id of a case that the device holds; repeatable")
      ->allow_extra_args(false);
  pull->add_option("--page-size", sync_.page_size, "Entries in one call")
      ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{500}))
      ->capture_default_str();
  pull->footer(
      "Prints the position for the next --since. Each case that is read is a reading on record.\n"
      "DEVICE_REVOKED: the device is to wipe all that it holds.");
}

CLI::App* SyncCommands::AddCommand(CLI::App& sync, const std::string& name, const std::string& help,
                                   std::function<int()> run) {
  CLI::App* command = add_(sync, name, help, std::move(run));
  command
      ->add_option("--device", sync_.device,
                   "The device: enrolled, and that from which you signed in")
      ->required();
  return command;
}

}  // namespace mlup::cli
