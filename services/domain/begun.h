// Things of a record that begin, once, and end: tasks, goals, matches, holds.
#pragma once

#include <set>
#include <string>

namespace mlup::domain {

// A value; part of a state. Any id may begin or end in any order, since what a rule asked for may
// have been voided since.
class Begun {
 public:
  void Begin(const std::string& id) {
    ever_.insert(id);
    open_.insert(id);
  }
  void End(const std::string& id) { open_.erase(id); }
  // What is named by itself, such as a person, may begin again after its end.
  void Forget(const std::string& id) { ever_.erase(id); }

  bool IsNew(const std::string& id) const { return !ever_.contains(id); }
  bool IsOpen(const std::string& id) const { return open_.contains(id); }
  bool AnyOpen() const { return !open_.empty(); }
  const std::set<std::string>& running() const { return open_; }

 private:
  std::set<std::string> open_;
  std::set<std::string> ever_;
};

}  // namespace mlup::domain
