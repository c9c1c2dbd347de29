// `mlup schema docs`, `snapshot` and `diff`: what other systems rely on, as files.
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/files.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/event_docs.h"
#include "services/mlup/schema_snapshot.h"

namespace mlup::cli {

int RunSchemaDocs(const Session& session, const std::string& folder) {
  Files& files = SystemFiles();
  if (const absl::Status made = files.MakeFolder(folder); !made.ok()) return Fail(session, made);
  for (const auto& [name, text] : EventDocs()) {
    const absl::Status written = files.Replace(absl::StrCat(folder, "/", name), text);
    if (!written.ok()) return Fail(session, written);
  }
  return kExitOk;
}

int RunSchemaExamples(const Session& session) {
  for (const auto* event : PublicEventTypes()) session.out << ExampleCloudEvent(*event) << "\n";
  return kExitOk;
}

int RunSchemaSnapshot(const Session& session) {
  session.out << SchemaSnapshot();
  return kExitOk;
}

int RunSchemaDiff(const Session& session, const std::string& file) {
  const absl::StatusOr<std::string> old = SystemFiles().ReadAll(file);
  if (!old.ok()) return Fail(session, old.status());
  const auto changes = CompareSchemas(*old, SchemaSnapshot());
  if (!changes.ok()) return Fail(session, changes.status());
  int breaking = 0;
  for (const SchemaChange& change : *changes) {
    breaking += change.breaks ? 1 : 0;
    if (session.json) {
      session.out
          << nlohmann::ordered_json{{"breaks", change.breaks}, {"change", change.words}}.dump()
          << "\n";
    } else {
      session.out << (change.breaks ? "BREAKS  " : "adds    ") << change.words << "\n";
    }
  }
  session.err << changes->size() << " changes since " << file << ", " << breaking
              << " of them break\n";
  return breaking == 0 ? kExitOk : kExitRefused;
}

}  // namespace mlup::cli
