// Who works with a record, as known: what scopes of roles are compared with.
#pragma once

#include <map>

#include "projections/counting/world.h"

namespace mlup::counting {

// The organisation, place and field of work of a stream's first event; the workers of a case who
// are assigned now with their teams, and before anybody was, whoever began it. The same as
// command::RelationOf() says of the stream's history.
struct Ties {
  Word organisation = kNoWord;
  Word place = kNoWord;
  log::v1::Sector sector = log::v1::SECTOR_UNSPECIFIED;
  // Whether its kind knows workers, as a case does.
  bool has_workers = false;
  // Each with the team; kNoWord for none.
  std::map<Word, Word> workers;
};

// Pure; any thread. In proportion to the assignments on the stream.
Ties TiesOf(const World& world, StreamId stream);

}  // namespace mlup::counting
