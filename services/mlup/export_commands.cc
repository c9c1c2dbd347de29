#include "services/mlup/export_commands.h"

namespace mlup::cli {

void ExportCommands::AddTo(CLI::App& app) {
  CLI::App* exports = app.add_subcommand(
      "export", "Write figures for others; who gets them and until when is recorded");
  exports->require_subcommand(1);
  exports->footer(
      "Numbers of 1 to 4 people are withheld, and others that would tell them; of a year also what "
      "would tell a number\nthat is withheld in one of its quarters.");
  AddFigures(*exports, "csv", "A table with HXL tags");
  AddFigures(*exports, "xlsx", "The same table for spreadsheets");
  AddFigures(*exports, "json", "The report as it is, for programs");
  CLI::App* iati =
      AddFigures(*exports, "iati", "An activity of IATI 2.03 with results, for donors");
  CLI::App* dhis2 = AddFigures(*exports, "dhis2", "dataValueSets, and sends them to a DHIS2");
  for (CLI::App* command : {iati, dhis2}) {
    command
        ->add_option("--map", export_.map,
                     "What our figures are called there (deploy/exports/README.md)")
        ->required();
  }
  CLI::Option* url =
      dhis2->add_option("--url", export_.url, "Send the values to the DHIS2 at this address");
  dhis2
      ->add_option("--token-file", export_.token_file,
                   "File with the personal access token for it, which only you may read")
      ->needs(url);
  dhis2
      ->add_flag("--dry-run", export_.dry_run,
                 "Let it say what it would do with them, and change nothing")
      ->needs(url);
  dhis2->footer(
      "Send a period again after its figures changed: changed values are replaced, and cells that "
      "have none any more are deleted.\n1 when the DHIS2 takes not all of them.");
  AddFile(*exports, "ocel",
          "What happened in cases, one event each, by OCEL 2.0: no numbers, names or texts")
      ->footer(
          "Every record and worker has an id that only this recipient knows. Rare events may still "
          "tell "
          "who is meant to those\nwho know the place: give it to few, and for a short time.");
  CLI::App* list = add_(*exports, "list", "The register: which files were given out to whom",
                        [this] { return RunExportList(session_, who_(), export_); });
  list->add_option("--limit", export_.limit, "How many, the latest first [100]")
      ->check(CLI::Range(1, 100000));
}

CLI::App* ExportCommands::AddFigures(CLI::App& exports, const std::string& format,
                                     const std::string& help) {
  CLI::App* command = AddFile(exports, format, help);
  command->add_option("--indicator", export_.codes, "Only this indicator; repeatable")
      ->allow_extra_args(false);
  command->add_flag("--whole", export_.whole,
                    "Every number as it is, for roles that may have them: not for others");
  return command;
}

CLI::App* ExportCommands::AddFile(CLI::App& exports, const std::string& format,
                                  const std::string& help) {
  CLI::App* command = add_(exports, format, help, [this, format] {
    export_.format = format;
    return RunExport(session_, who_(), export_);
  });
  command->add_option("PERIOD", export_.period, "YYYY-Qn or YYYY")->required();
  command->add_option("--recipient", export_.recipient, "Who receives it, as a code")->required();
  command
      ->add_option("--expires", export_.expires,
                   "The day after which they are to have deleted it, YYYY-MM-DD")
      ->required();
  CLI::Option* file = command->add_option("-o,--output", export_.file, "File to write");
  if (format != "dhis2") file->required();
  command->add_option("--as-known-at", export_.as_known_at, "Last day of knowledge, YYYY-MM-DD");
  command->add_option("--position", export_.position, "Last position of knowledge");
  return command;
}

}  // namespace mlup::cli
