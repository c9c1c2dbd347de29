#include "services/search/person_index.h"

#include <algorithm>
#include <utility>

#include "eventstore/base/limits.h"

namespace mlup::search {
namespace {

// Beside somebody who agrees well, those who agree by so much less are others: their names are not
// shown without need.
constexpr std::uint32_t kBehindBestMax = 30;

}  // namespace

void PersonIndex::Put(const std::string& person_id, Revision revision, Entry entry) {
  MutexLock lock(mutex_);
  if (erased_.contains(person_id)) return;
  const auto found = persons_.find(person_id);
  if (found != persons_.end()) {
    found->second = {revision, std::move(entry)};
  } else if (persons_.size() < kSearchedPersonsMax) {
    persons_.insert({person_id, {revision, std::move(entry)}});
  } else {
    is_full_ = true;
  }
}

void PersonIndex::Erase(const std::string& person_id) {
  MutexLock lock(mutex_);
  persons_.erase(person_id);
  erased_.insert(person_id);
}

void PersonIndex::Remove(const std::string& person_id) {
  MutexLock lock(mutex_);
  persons_.erase(person_id);
}

void PersonIndex::Clear() {
  MutexLock lock(mutex_);
  persons_.clear();
  erased_.clear();
  is_full_ = false;
}

bool PersonIndex::Has(const std::string& person_id, Revision revision) const {
  MutexLock lock(mutex_);
  const auto found = persons_.find(person_id);
  return found != persons_.end() && revision <= found->second.revision;
}

bool PersonIndex::IsErased(const std::string& person_id) const {
  MutexLock lock(mutex_);
  return erased_.contains(person_id);
}

std::size_t PersonIndex::size() const {
  MutexLock lock(mutex_);
  return persons_.size();
}

bool PersonIndex::is_full() const {
  MutexLock lock(mutex_);
  return is_full_;
}

Matches PersonIndex::Find(const Query& query, std::size_t limit) const {
  Matches found;
  {
    MutexLock lock(mutex_);
    for (const auto& [person_id, known] : persons_) {
      Agreed agreed = Compare(query, known.entry);
      if (agreed.score > 0) found.best.push_back({person_id, std::move(agreed)});
    }
  }
  std::ranges::sort(found.best, [](const Match& one, const Match& other) {
    if (one.agreed.score != other.agreed.score) return one.agreed.score > other.agreed.score;
    return one.person_id < other.person_id;
  });
  std::erase_if(found.best,
                [best = found.best.empty() ? 0 : found.best.front().agreed.score](
                    const Match& match) { return match.agreed.score + kBehindBestMax < best; });
  found.all = found.best.size();
  if (found.best.size() > limit) found.best.resize(limit);
  return found;
}

}  // namespace mlup::search
