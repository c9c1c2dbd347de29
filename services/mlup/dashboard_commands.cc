#include "services/mlup/dashboard_commands.h"

namespace mlup::cli {

void DashboardCommands::AddTo(CLI::App& app) {
  CLI::App* dashboard = app.add_subcommand(
      "dashboard", "What waits for whom, figures by quarter, and what is left of goods and money");
  dashboard->require_subcommand(1);

  CLI::App* worklists =
      add_(*dashboard, "worklists", "Show the worklists, and how much of each waits",
           [this] { return RunWorklists(session_, who_(), dashboard_); });
  CLI::App* items = add_(*dashboard, "items", "Show what stands on a worklist",
                         [this] { return RunWorklistItems(session_, who_(), dashboard_); });
  items->add_option("WORKLIST", dashboard_.code, "As `mlup dashboard worklists` names it")
      ->required();
  for (CLI::App* command : {worklists, items}) {
    command->add_option("--worker", dashboard_.worker,
                        "Only what is on cases with this worker, an actor id");
  }
  items->add_option("--province", dashboard_.province, "Only records that began there, two digits");
  items->add_option("--due-by", dashboard_.due_by, "Only what is due on this day or before");
  items->footer("It names records and no persons: `mlup case history` tells who it is about.");

  add_(*dashboard, "caseloads", "Show how many cases each worker has, and what waits on them",
       [this] { return RunCaseloads(session_, who_()); });
  add_(*dashboard, "panels", "Show which panels and balances there are",
       [this] { return RunPanels(session_, who_()); });

  CLI::App* panel = add_(*dashboard, "panel",
                         "Show the figures of a panel beside those of the same quarter last year",
                         [this] { return RunPanel(session_, who_(), dashboard_); });
  panel->add_option("PANEL", dashboard_.code, "As `mlup dashboard panels` names it")->required();
  panel->add_option("QUARTER", dashboard_.quarter, "The last one wanted, YYYY-Qn")->required();
  panel->add_option("--quarters", dashboard_.quarters, "How many, up to 8 [1]");
  panel->add_option("--by", dashboard_.by,
                    "province, sector or organisation; one of them alone as province=02");
  panel->footer("Numbers of 1 to 4 people whose records you may not open are withheld.");

  CLI::App* balance = add_(*dashboard, "balance", "Show what came in, went out and is left",
                           [this] { return RunBalance(session_, who_(), dashboard_); });
  balance->add_option("BALANCE", dashboard_.code, "As `mlup dashboard panels` names it")
      ->required();
  balance->add_option("--only", dashboard_.only, "KEY=VALUE that a row must have, as item=rice");
  balance->add_flag("--alerts", dashboard_.alerts, "Only what somebody should look at");
}

}  // namespace mlup::cli
