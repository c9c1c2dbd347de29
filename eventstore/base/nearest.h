// The name that was meant by one that is not there.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mlup {

// The name nearest to `word`; empty where none is near: letters that are left out, doubled, wrong
// or turned round, at most one in three. Case, `_`, `-` and spaces are looked at last, so that
// `CaseOpened` is near to `case_opened`. Of equals the first. Words longer than any name here are
// near to nothing. Pure: any thread.
std::string Nearest(std::string_view word, std::span<const std::string> names);

// What an error adds to "there is no such name": `; did you mean case_opened?`, or nothing. It
// repeats nothing of `word`.
std::string DidYouMean(std::string_view word, std::span<const std::string> names);

}  // namespace mlup
