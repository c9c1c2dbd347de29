#include "services/mlup/projection_commands.h"

namespace mlup::cli {

void ProjectionCommands::AddTo(CLI::App& app) {
  CLI::App* projections = app.add_subcommand(
      "projections", "The read models, made from the log: how far they are, and making them anew");
  projections->require_subcommand(1);
  const auto add_name = [this](CLI::App* command) {
    return command->add_option("NAME", projection_.name, "As `mlup projections list` names it");
  };
  add_(*projections, "list", "Show how far each is, and how far a rebuild is",
       [this] { return RunListProjections(session_); });

  CLI::App* rebuild =
      add_(*projections, "rebuild", "Make one anew from the log, beside the one that is served",
           [this] { return RunRebuildProjection(session_, who_(), projection_); });
  CLI::Option* name = add_name(rebuild);
  rebuild->add_flag("--all", projection_.all, "All of them")->excludes(name);
  rebuild->add_option("--reason", projection_.reason, "Why, as a code, which the log keeps")
      ->required();
  rebuild->add_flag("--wait", projection_.wait,
                    "Wait until it is over, and show how far it is; 1 when it stopped");
  rebuild->footer(
      "Reports and histories are served as before until the new rows take the place of the earlier "
      "ones in one step. It goes on\nafter a restart of the daemon. The log keeps who asked, why, "
      "and a digest of all rows before and after.");

  CLI::App* cancel = add_(*projections, "cancel", "End a rebuild; what is served stays as it is",
                          [this] { return RunCancelRebuild(session_, who_(), projection_); });
  add_name(cancel)->required();

  CLI::App* diff =
      add_(*projections, "diff",
           "Make one anew and compare it with the one that is served; 1 when they differ",
           [this] { return RunDiffProjection(session_, who_(), projection_); });
  add_name(diff)->required();
  diff->footer(
      "Changes nothing, takes as long as a rebuild, and shows the first keys that differ.");
}

}  // namespace mlup::cli
