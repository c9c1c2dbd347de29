#include "services/mlup/import_commands.h"

#include "eventstore/base/limits.h"

namespace mlup::cli {

void ImportCommands::AddTo(CLI::App& app) {
  AddImport(app);
  AddReceive(app);
  AddGenerate(app);
}

void ImportCommands::AddImport(CLI::App& app) {
  CLI::App* command = add_(app, "import", "Record the facts of a file, one JSON object a line",
                           [this] { return RunImport(session_, import_); });
  command->add_option("FILE", import_.file, "File in JSON Lines; - for standard input")->required();
  CLI::Option* from = command->add_option(
      "--from", import_.from, "The file is an export of oscar, primero, kobo or odk, CSV or JSON");
  from->check(CLI::IsMember({"oscar", "primero", "kobo", "odk"}));
  CLI::Option* map =
      command->add_option("--map", import_.map, "What its rows become (deploy/exchange)");
  from->needs(map);
  map->needs(from);
  command->add_flag("--dry-run", import_.dry_run,
                    "Check form, facts and the rules of fields without a daemon; write nothing");
  command->add_flag("--yes", import_.yes,
                    "Do not ask at a terminal where the installation holds data of real people");
  command->add_option("--batch", import_.batch, "Lines in one call; 1 sends each line by itself")
      ->check(CLI::Range(std::size_t{1}, kRecordEachMax))
      ->capture_default_str();
  command->footer(
      "A line: {\"record\": {\"context\": {...}, \"facts\": [{\"stream\": \"case/...\", "
      "\"case_opened\": "
      "{...}}]}}.\n`mlup schema case_opened` shows a whole one. The facts of a line are recorded "
      "together or not "
      "at all.\n"
      "Lines are sent in order. A bad line is reported with its number, field and rule, and the "
      "rest goes on.\n"
      "Sending a file again changes nothing: each request_id is executed once.\n"
      "What a map of --map is: deploy/exchange/README.md.");
}

void ImportCommands::AddReceive(CLI::App& app) {
  CLI::App* command =
      add_(app, "receive", "Record the rows that another system sends when a form is filled in",
           [this] { return RunReceive(session_, receive_); });
  command->add_option("--from", receive_.from, "The system: oscar, primero, kobo or odk")
      ->check(CLI::IsMember({"oscar", "primero", "kobo", "odk"}))
      ->required();
  command->add_option("--map", receive_.map, "What its rows become (deploy/exchange)")->required();
  command
      ->add_option("--listen", receive_.listen,
                   "127.0.0.1:PORT or unix:PATH; others reach it through the edge")
      ->required();
  command
      ->add_option("--token-file", receive_.token_file,
                   "File with the token that callers send; only its owner may read it")
      ->required();
  command->footer(
      "A row comes by POST as a JSON object, or several as a list, with the header\n"
      "Authorization: Bearer TOKEN. It is recorded before it is answered, by the account that "
      "is\n"
      "signed in here (`mlup login`). A row that is refused is answered with 422, column and "
      "rule.\n"
      "The same row again records nothing. Where the session ends, senders are told 503 until\n"
      "somebody signs in again as this user. Ends with Ctrl-C or SIGTERM.");
}

void ImportCommands::AddGenerate(CLI::App& app) {
  CLI::App* command = add_(app, "generate", "Invent an organisation's years, as lines to import",
                           [this] { return RunGenerate(session_, generate_); });
  command->add_option("--children", generate_.children, "About how many children")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{10'000'000}))
      ->capture_default_str();
  command->add_option("--from", generate_.first_year, "First year")
      ->check(CLI::Range(1990, 2100))
      ->capture_default_str();
  command->add_option("--years", generate_.years, "How many years")
      ->check(CLI::Range(1, 30))
      ->capture_default_str();
  command->add_option("--seed", generate_.seed, "Another seed, other people")
      ->capture_default_str();
  command->footer(
      "Everybody is invented: families and their cases, foster care, clubs, trainings, donations "
      "and stock, with late\nentries, voids, corrections and merges. The same options give the "
      "same lines.\nExample: mlup generate --children 500 | mlup import -");
}

}  // namespace mlup::cli
