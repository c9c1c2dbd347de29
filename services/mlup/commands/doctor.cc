// `mlup doctor`: what is damaged in a stopped log, what a start repairs from where, what to do.
#include <ostream>
#include <string>

#include "eventstore/log/check_store.h"
#include "services/mlup/commands/commands.h"

namespace mlup::cli {

int RunDoctor(const Session& session, const DoctorOptions& options) {
  const std::string journal = options.journal.empty() ? options.data + "/journal" : options.journal;
  const log::StoreReport report = log::CheckStore(options.data + "/log", journal);
  session.out << report.text;
  switch (report.health) {
    case log::StoreReport::Health::kSound:
    case log::StoreReport::Health::kRepairable:
      return kExitOk;
    case log::StoreReport::Health::kRefused:
    case log::StoreReport::Health::kUnknown:
      return kExitRefused;
  }
  return kExitRefused;
}

}  // namespace mlup::cli
