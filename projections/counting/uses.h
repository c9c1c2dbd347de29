// In which ways the facts of each event type enter the cells of an indicator.
#pragma once

#include "absl/container/flat_hash_map.h"
#include <google/protobuf/descriptor.h>

namespace mlup::counting {

class Definitions;
struct Indicator;

// How one type enters. What is not said of it has no effect.
struct Use {
  // As an event that is counted: what it does depends on its own days.
  bool selected = false;
  // As what is looked up on the stream of a record: only for those who look there.
  bool looked_up = false;
  // As the end of what goes on: the same, and one after the period says nothing of it.
  bool ends = false;
  // For every period and record.
  bool anywhere = false;
};

using Uses = absl::flat_hash_map<const google::protobuf::Descriptor*, Use>;

// Of the cells of an indicator.
Uses UsesOf(const Indicator& indicator);

// Of what reports show and do not count.
Uses NoteUsesOf(const Definitions& definitions);

// Whether the events of an indicator are shown so.
bool IsShown(const Indicator& indicator);

}  // namespace mlup::counting
