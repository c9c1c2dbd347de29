#include "services/mlup/report_commands.h"

namespace mlup::cli {
namespace {

constexpr char kPeriodHelp[] = "YYYY-Qn, YYYY, YYYY-MM or DAY..DAY";

}  // namespace

void ReportCommands::AddTo(CLI::App& app) {
  CLI::App* report = app.add_subcommand("report", "Compute reports from the events");
  report->require_subcommand(1);
  AddFigures(*report);
  AddReports(*report);
  AddQuality(app);
}

void ReportCommands::AddScope(CLI::App& command) {
  command.add_option("--as-known-at", report_.as_known_at, "Last day of knowledge, YYYY-MM-DD");
  command.add_option("--position", report_.position, "Last position of knowledge");
}

void ReportCommands::AddFigures(CLI::App& report) {
  CLI::App* quarterly = add_(report, "quarterly", "All figures of a period, for example 2021-Q1",
                             [this] { return RunReport(session_, who_(), report_); });
  quarterly->add_option("PERIOD", report_.period, kPeriodHelp)->required();
  AddScope(*quarterly);
  quarterly->add_option("--evidence", report_.evidence,
                        "List the events behind a figure: CODE or CODE{dimension=member}");
  quarterly->add_flag("--parts", report_.parts, "Print the parts of each figure too");
  quarterly->add_option("--since", report_.since,
                        "Only what is another figure than as known at the end of this day");
  quarterly->footer("For others, `mlup export` writes files, small numbers withheld.");
  CLI::App* sum = add_(report, "sum", "Add figures that can be added",
                       [this] { return RunSum(session_, who_(), report_, codes_); });
  sum->add_option("CODE", codes_, "Codes of indicators")->required()->expected(2, 32);
  sum->add_option("--period", report_.period, kPeriodHelp)->required();
  AddScope(*sum);
}

void ReportCommands::AddReports(CLI::App& report) {
  add_(report, "list", "The reports that are defined, and for which periods",
       [this] { return RunListReports(session_, who_()); });
  CLI::App* show = add_(report, "show", "A report as it is defined: figures with the texts beside",
                        [this] { return RunReport(session_, who_(), report_); });
  show->add_option("REPORT", report_.report, "As `mlup report list` names it")->required();
  show->add_option("PERIOD", report_.period, kPeriodHelp)->required();
  AddScope(*show);
  show->footer(
      "A report is a piece of a file, projections/indicators/99-reports.textproto: headings, "
      "figures, how they are split, texts.\n`mlupd serve --indicators FILE` takes another file, "
      "and `mlup indicators check FILE` says what is wrong with one.");

  CLI::App* publish =
      add_(report, "publish", "Publish a report as it is known now, with a digest of its figures",
           [this] { return RunPublish(session_, who_(), publish_); });
  publish->add_option("REPORT", publish_.report, "As `mlup report list` names it")->required();
  publish->add_option("PERIOD", publish_.period, "YYYY-Qn or YYYY")->required();
  publish->add_flag("--close-period", publish_.close_period,
                    "Also say that the entry of the period is finished");
  publish->add_option("--restates", publish_.restates_because,
                      "Why it takes the place of the one that is published, as a code");
  publish->footer(
      "What is published stays as it is: `mlup report published` counts it again as it was known "
      "then and compares the digest.\nWhat is recorded later is shown as restated beside it.");

  CLI::App* published =
      add_(report, "published", "What was published, and whether its figures are still those",
           [this] { return RunPublished(session_, who_(), publish_.period); });
  published->add_option("PERIOD", publish_.period, "YYYY-Qn or YYYY; all when not given");
  published->footer("Exit code 1 where the figures of a report differ from those published.");
}

void ReportCommands::AddQuality(CLI::App& app) {
  CLI::App* quality =
      add_(app, "quality", "What somebody should look at in the data that was entered",
           [this] { return RunQuality(session_, who_(), quality_); });
  quality->add_option("--kind", quality_.kinds, "Only these kinds, as the summary names them")
      ->delimiter(',');
  quality->add_option("--period", quality_.period,
                      std::string("Only what may belong to it: ") + kPeriodHelp);
  quality->add_flag("--summary", quality_.summary, "How many of each kind, and nothing else");
  quality->footer(
      "Kinds: record_unknown, kit_unknown (nobody has registered what is named), place_unknown, "
      "sex_unknown,\nheadcount_only (people counted, nobody named), not_datable (not in one "
      "quarter), possible_duplicate, recorded_late\n(more than 30 days after it happened), "
      "device_silent (nothing came for more than 14 days).\nEvents that only few may know of are "
      "not among them.");
}

}  // namespace mlup::cli
