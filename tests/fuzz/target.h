// The parsers that take bytes from outside: disk, wire and files.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/files.h"

namespace mlup::fuzz {

// One parser, or some of one format. It reads whatever comes or refuses it, and what it says of
// what it read holds: CHECKs end the process where it does not, as a sanitizer does.
struct Target {
  std::string_view name;
  void (*run)(std::string_view bytes);
  // Inputs of which the others are grown, in today's formats.
  std::vector<std::string> (*seeds)();
};

std::span<const Target> LogTargets();
std::span<const Target> ProofTargets();
std::span<const Target> StateTargets();
std::span<const Target> OutsideTargets();
std::span<const Target> EventTargets();
std::span<const Target> FileTargets();
std::span<const Target> SignInTargets();

// One file in a disk in memory.
void WriteFile(Files& files, const std::string& path, std::string_view content);

// A file of this repository; empty where it is not there.
std::string SourceFile(const std::string& path);

// Takes the first byte off; 0 where there is none.
unsigned TakeByte(std::string_view& bytes);
// Takes up to so many bytes off.
std::string_view Take(std::string_view& bytes, std::size_t count);

}  // namespace mlup::fuzz
