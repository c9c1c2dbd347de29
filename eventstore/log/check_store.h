// The state of a stopped log in plain words.
#pragma once

#include <string>

namespace mlup::log {

struct StoreReport {
  enum class Health {
    kSound,       // nothing to do
    kRepairable,  // the next start repairs it by itself
    kRefused,     // the next start refuses; somebody has to decide
    kUnknown,     // it could not be looked at: in use, of a newer format, or unreadable
  };
  Health health = Health::kUnknown;
  std::string text;  // a line for each copy, what it comes to, and what to do
};

// Verifies every byte of both copies; takes some seconds a gigabyte. Changes nothing but the two
// lock files. Any thread; no other process may have the log open.
StoreReport CheckStore(const std::string& store, const std::string& journal);

}  // namespace mlup::log
