// What an installation has had, so that what is gone is not taken for what never was.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "eventstore/base/files.h"

namespace mlup::installation {

// A value. The file `DATA/installation` is text, an entry a line, and its checksum last:
//
//   mlup installation 1
//   checkpoint 812                    size of the last note that was signed
//   cosignature 800                   size of the newest note that witnesses cosigned
//   credentials 40                    how often the file of credentials was changed
//   group 9f0c….group sync            a consumer group's file, and the group
//   keyring 55aa… 1203                the keyring's id, and how many persons had a key
//   ledger yes                        what subscribers received was kept
//   log 0a1b…                         id of the journal, and so of the log
//   name Office\040of\040the\040north  what people call it
//   real-data yes                     it holds data of real people
//   relay ministry                    a relay's state
//   signing-key mlup.ab12cd34 1       the log's name, and how many keys it has had
//   witness /mnt/stick 812            a witness's folder, and the size of the note on it
//   sum 77aa…
//
// An entry's name is its first word, and the second too of those of which there are many; words are
// escaped as in C, and a blank as \040.
struct Remembered {
  std::map<std::string, std::string> entries;

  // The value of an entry; empty where there is none.
  std::string Of(const std::string& name) const;

  friend bool operator==(const Remembered&, const Remembered&) = default;
};

// Entries that say what the installation is, and not what it has.
inline constexpr std::string_view kNameEntry = "name";
inline constexpr std::string_view kRealDataEntry = "real-data";

// A word as it stands in a name or value.
std::string Escaped(std::string_view word);
std::string Unescaped(std::string_view word);

// NOT_FOUND FILE_MISSING; DATA_LOSS INSTALLATION_DAMAGED; other errors of the files.
absl::StatusOr<Remembered> ReadRemembered(Files& files, const std::string& path);
absl::Status WriteRemembered(Files& files, const std::string& path, const Remembered& remembered);

}  // namespace mlup::installation
