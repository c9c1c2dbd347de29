#include "services/mlup/case_commands.h"

namespace mlup::cli {

void CaseCommands::AddTo(CLI::App& app) {
  CLI::App* cases = app.add_subcommand("case", "Read the records of a child");
  cases->require_subcommand(1);
  CLI::App* history =
      add_(*cases, "history",
           "All that happened to one child, or all that belongs together; the reading is recorded",
           [this] { return RunHistory(session_, who_(), history_); });
  CLI::Option* child =
      history->add_option("ID", history_.id, "Id of the child or of one of its cases");
  // The daemon says so where there is none, or more than one.
  const std::vector<CLI::Option*> related = AddRelated(*history);
  history->add_option("--purpose", history_.purpose, "Why it is read, as a code")
      ->default_val("case_review");
  history->add_flag("--reveal", history_.reveal,
                    "Show what is said about health, offences and abuse too, to a role that may: "
                    "the record of the reading says so");
  history->add_option("--position", history_.position,
                      "As the record stood when the log ended at this position");
  history->add_option("--as-known-at", history_.as_known_at,
                      "As it was known at the end of this day, YYYY-MM-DD");
  history->add_option("--as-occurred-at", history_.as_occurred_at,
                      "Only what had happened by the end of this day, YYYY-MM-DD");
  CLI::Option* readings = history->add_flag(
      "--readings", history_.readings,
      "With who read the record or was given a file of it, for roles that may know");
  CLI::Option* steps = history->add_flag(
      "--steps", history_.steps,
      "Step by step as it was recorded, with what holds of the records after each step");
  history
      ->add_flag("--tree", history_.tree,
                 "As a tree of causes: under each entry what it led to, by piece of work")
      ->excludes(steps);
  CLI::Option* file = history->add_option(
      "-o,--output", history_.file,
      "Write it into this file, to print: only you may read it, and none is overwritten");
  history->add_option("--format", history_.format, "pdf or html; pdf needs WeasyPrint")
      ->needs(file)
      ->default_val("pdf")
      ->check(CLI::IsMember({"pdf", "html"}));
  history->add_option("--language", history_.language, "en or km")
      ->needs(file)
      ->default_val("en")
      ->check(CLI::IsMember({"en", "km"}));
  history
      ->add_option("--form", history_.form,
                   "Fill this form instead of the page that mlup carries (deploy/forms/README.md)")
      ->needs(file);
  for (CLI::Option* of_one_child : {child, readings, steps, file}) {
    for (CLI::Option* one : related) of_one_child->excludes(one);
  }
  history->footer(
      "What belongs together is for who may read every record, and is recorded for each child.\n"
      "The three cuts may be combined: what was known on a day, about what had happened by another "
      "one.\nWho may read and what is masked is decided as of now, whatever the cut is.");
}

std::vector<CLI::Option*> CaseCommands::AddRelated(CLI::App& history) {
  return {history.add_option("--household", history_.household,
                             "Instead of one child: this household, of all who live there"),
          history.add_option("--correlation", history_.correlation,
                             "Instead of one child: all that one piece of work, such as a visit, "
                             "recorded and caused, of all its children"),
          history.add_option("--source", history_.source,
                             "Instead of one child: what came from one thing of another system, "
                             "SYSTEM/ID")};
}

}  // namespace mlup::cli
