// What it takes to make a call: the one table of calls.
#pragma once

#include <string_view>

namespace mlup::accounts {

enum class Needs {
  // Nothing: signing in, and asking whether the server is well.
  kNothing,
  // To be signed in. What may be recorded is asked of each fact.
  kSignIn,
  // To be signed in, with nothing else to do before another password is chosen.
  kFreshSignIn,
  // A role that names the call (roles file, `calls`).
  kRole,
  // To be a process of this installation, or whoever may read its keyring.
  kKeyring,
};

// `package.Service/Method`. A call that is not in the table takes a role. Pure.
Needs NeedsOf(std::string_view method);

// What processes of the installation ask of each other, and whoever may read its keyring may ask.
bool IsInside(std::string_view method);

}  // namespace mlup::accounts
