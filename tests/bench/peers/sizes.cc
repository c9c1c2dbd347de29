// What the parts of a stopped log of mlupd take on the disk, as a line of JSON; compacts it, so
// that the same log always takes the same. Give it a copy.
#include <iostream>

#include <nlohmann/json.hpp>

#include "eventstore/base/check.h"
#include "eventstore/log/rocks_sizes.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto sizes = mlup::log::CompactAndMeasure(mlup::SystemFiles(), argv[1], argv[2]);
  CHECK(sizes.ok());
  const nlohmann::ordered_json json = {{"records", sizes->records},
                                       {"streams", sizes->streams},
                                       {"requests", sizes->requests},
                                       {"journal", sizes->journal_used}};
  std::cout << json.dump() << std::endl;
  return 0;
}
