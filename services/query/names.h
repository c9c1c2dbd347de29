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

  // "Example Centre".
  std::string Organisation(const std::string& id);
  // A club's or community group's name, or its kind: "Youth club".
  std::string Group(const std::string& id);
  // Households have no name: "Kinship household, Battambang, registered 2021-01-12".
  std::string Household(const std::string& id);
  // The label of the record that a stream is, for the three kinds above; else empty.
  std::string Stream(const std::string& stream);

 private:
  std::string Read(const std::string& stream);

  log::EventLog& log_;
  std::map<std::string, std::string, std::less<>> labels_;
};

}  // namespace mlup::query
