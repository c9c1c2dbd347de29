// What organisations, groups and households are called.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "eventstore/log/event_log.h"

namespace mlup::query {

// Reads the first event of a record's stream and keeps the answer: one for each request, so that
// names are as of the request. One thread. Borrows `log`. A record that is not there, or has no
// name, or cannot be read has no label: the answer is empty.
class Names {
 public:
  explicit Names(log::EventLog& log) : log_(log) {}

  // What the record is called that a stream is: "Example Centre"; a club's or community group's
  // name or else its kind, "Youth club"; households have no name: "Kinship household, Battambang,
  // registered 2021-01-12". Empty for records of other categories.
  std::string Stream(const std::string& stream);

 private:
  std::string Read(const std::string& stream);

  log::EventLog& log_;
  std::map<std::string, std::string, std::less<>> labels_;
};

}  // namespace mlup::query
