#include "services/mlup/approval_commands.h"

namespace mlup::cli {

void ApprovalCommands::AddTo(CLI::App& app) {
  CLI::App* approvals =
      app.add_subcommand("approvals", "Ask for what takes two persons, and grant or reject it");
  approvals->require_subcommand(1);
  CLI::App* ask = add_(*approvals, "ask", "Ask for an approval on a record",
                       [this] { return RunAskApproval(session_, who_(), options_); });
  ask->add_option(
         "--subject", options_.subject,
         "For what: closure, care_plan, transfer, merge, foster_family, budget, write_off, "
         "consent, assessment, erasure or import")
      ->required();
  CLI::App* grant = add_(*approvals, "grant", "Grant what somebody else asked for",
                         [this] { return RunGrantApproval(session_, who_(), options_); });
  CLI::App* reject = add_(*approvals, "reject", "Reject what somebody else asked for",
                          [this] { return RunRejectApproval(session_, who_(), options_); });
  reject->add_option("--reason", options_.reason, "Why, as a code: plan_missing")->required();
  for (CLI::App* command : {ask, grant, reject}) {
    command
        ->add_option("RECORD", options_.stream, "case/ID, person/ID, household/ID, store/ID, ...")
        ->required();
  }
  for (CLI::App* command : {grant, reject}) {
    command->add_option("APPROVAL", options_.approval_id, "Its id, as `ask` said it")->required();
  }
  approvals->footer("What waits: mlup dashboard worklist approvals_waiting");
}

}  // namespace mlup::cli
