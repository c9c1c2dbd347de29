// Which records somebody may be told of, asked of many records at once.
#pragma once

#include <string>
#include <vector>

#include "projections/counting/world.h"
#include "services/identity/scope.h"

namespace mlup::query {

// The relation that command::RelationOf() finds in a stream's history, from what counting knows.
identity::Relation RelationOf(const counting::World& world, counting::StreamId stream);

// The records that some of these roles reach, as things are in the world. For one thread; borrows
// the world.
class ReaderReach {
 public:
  ReaderReach(std::string actor_id, std::vector<identity::HeldRole> roles,
              const counting::World& world)
      : actor_id_(std::move(actor_id)), roles_(std::move(roles)), world_(world) {}

  bool Reaches(counting::StreamId stream);
  // A record of which nothing is known.
  bool ReachesAnything() const { return Covers({}); }
  // What somebody made who holds these roles: one's own, or where a role reaches the organisations
  // and teams that they are for.
  bool ReachesWorkOf(const std::string& actor_id,
                     const std::vector<identity::HeldRole>& holds) const;

 private:
  enum class Known : char { kNot, kYes, kNo };

  bool Covers(const identity::Relation& about) const;

  const std::string actor_id_;
  const std::vector<identity::HeldRole> roles_;
  const counting::World& world_;
  // By stream.
  std::vector<Known> known_;
};

}  // namespace mlup::query
