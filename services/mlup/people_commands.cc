#include "services/mlup/people_commands.h"

namespace mlup::cli {

void PeopleCommands::AddTo(CLI::App& app) {
  CLI::App* people = app.add_subcommand("people", "Find who is on record, and erase");
  people->require_subcommand(1);
  AddErase(*people);
  CLI::App* search = add_(*people, "search", "Who may be on record already; the search is recorded",
                          [this] { return RunPeopleSearch(session_, who_(), search_); });
  search->add_option("--name", search_.names,
                     "Name in Khmer or Latin letters, whole or in part, in any order; several are "
                     "spellings of one");
  search->add_option("--phone", search_.phone,
                     "Telephone number, or six or more of its last digits");
  search->add_option("--identifier", search_.identifier, "Number in another register, whole");
  search->add_option("--register", search_.scheme,
                     "Which register: birth_certificate, national_id, id_poor, mosvy_number, "
                     "oscar_global_id or primero_case_id [any]");
  CLI::Option* born = search->add_option("--born", search_.born,
                                         "Day, month or year of birth: 2014-03-09, 2014-03, 2014");
  CLI::Option* age =
      search->add_option("--age", search_.age, "About how many years old")->excludes(born);
  search
      ->add_option("--give-or-take", search_.precision,
                   "By how many years the age may be wrong [2]")
      ->needs(age);
  search->add_option("--sex", search_.sex, "female, male or other");
  search->add_option("--place", search_.place, "Code of the gazetteer; its province counts");
  search->add_option("--limit", search_.limit, "Candidates at most, up to 50 [10]");
  search->add_option("--purpose", search_.purpose, "Why, as a code")
      ->default_val("before_registering");
  search->footer(
      "Finds by sound in both scripts: Sok Dara, Sokh Tara and សុខ ដារ៉ា are one name.\n"
      "Of whom you may not read, the answer tells no more than whom to ask. What is typed here may "
      "be "
      "seen by others on this machine while the command runs.");
}

void PeopleCommands::AddErase(CLI::App& people) {
  CLI::App* erase =
      add_(people, "erase", "Destroy the key of a person's sealed data, for ever; on record",
           [this] { return RunErase(session_, who_(), erase_); });
  erase->add_option("PERSON", erase_.person_id, "Id of the person")->required();
  erase->add_option("--approval", erase_.approval_id, "Id of the approval")->required();
  erase->add_option("--ground", erase_.ground, "Legal ground, as a code: request_of_person")
      ->required();
  erase->add_option("--scope", erase_.scope, "What, as a code")->default_val("all_personal");
  erase->footer(
      "Two persons do it: one asks with `mlup approvals ask person/ID --subject erasure` and\n"
      "erases, another one grants in between. Who received something about the person is told.");
}

}  // namespace mlup::cli
