// All persons who are on record, as far as a search needs them; in memory only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "eventstore/base/mutex.h"
#include "eventstore/base/types.h"
#include "services/search/match.h"
#include "services/search/tokens.h"

namespace mlup::search {

struct Match {
  std::string person_id;
  Agreed agreed;
};

struct Matches {
  // The best first; of equal ones in the order of their ids.
  std::vector<Match> best;
  // How many candidates there are altogether.
  std::size_t all = 0;
};

// Holds at most kSearchedPersonsMax persons, 1 to 2 KB each. A search looks at every one, so that
// there is nothing to keep in order beside them. Any thread.
class PersonIndex {
 public:
  explicit PersonIndex(std::string key) : tokens_(std::move(key)) {}

  const Tokens& tokens() const { return tokens_; }

  // The person is known like this, as of this event of its stream.
  void Put(const std::string& person_id, Revision revision, Entry entry);
  // Nothing is known of the person any more, nor will be.
  void Erase(const std::string& person_id);
  void Remove(const std::string& person_id);
  void Clear();

  // Whether what is known of the person has this event.
  bool Has(const std::string& person_id, Revision revision) const;
  bool IsErased(const std::string& person_id) const;
  std::size_t size() const;
  // Whether somebody was left out for want of room.
  bool is_full() const;

  Matches Find(const Query& query, std::size_t limit) const;

 private:
  struct Known {
    Revision revision;
    Entry entry;
  };

  const Tokens tokens_;
  mutable Mutex mutex_;
  std::unordered_map<std::string, Known> persons_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> erased_ ABSL_GUARDED_BY(mutex_);
  bool is_full_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mlup::search
