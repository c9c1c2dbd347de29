// Which records an evaluation looked up, whether they were there or not.
#pragma once

#include <cstddef>
#include <vector>

#include <roaring/roaring.hh>

#include "projections/counting/words.h"

namespace mlup::counting {

// A set of ids, compressed. Filled by one thread, then closed: any thread.
class Lookups {
 public:
  Lookups() = default;
  Lookups(const Lookups&) = delete;
  Lookups& operator=(const Lookups&) = delete;

  // While it lives, everything that its thread looks up in a World goes into a set; not into
  // that of another Noting around it.
  class Noting {
   public:
    explicit Noting(Lookups& into);
    ~Noting();
    Noting(const Noting&) = delete;
    Noting& operator=(const Noting&) = delete;

   private:
    Lookups* const before_;
  };

  // Puts an id into the set of this thread; nowhere where there is none.
  static void Note(Word id) {
    if (current != nullptr) current->Add(id);
  }

  // Nothing is added after this, and nothing asked before.
  void Close();
  bool Contains(Word id) const { return ids_.contains(id); }
  std::size_t bytes() const { return ids_.getSizeInBytes(); }

 private:
  void Add(Word id);
  void Flush();

  // Of the Noting that this thread has.
  inline static thread_local Lookups* current = nullptr;

  Roaring ids_;
  std::vector<Word> latest_;
};

}  // namespace mlup::counting
