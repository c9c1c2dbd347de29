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
  // To be a process of this installation, from the first account on: what no person does, as it
  // asks nobody's rules and leaves no record of who did it.
  kInside,
  // To be a process of this installation, or whoever may read its keyring, in any case.
  kKeyring,
};

// `package.Service/Method`. A call that is not in the table takes a role. Pure.
Needs NeedsOf(std::string_view method);

// Whether whoever makes the call uses the session by it. Pages and scripts ask the others again and
// again by themselves: a session that only they keep open is idle.
bool IsUse(std::string_view method);

// What processes of the installation ask of each other, and whoever may read its keyring may ask.
bool IsInside(std::string_view method);

}  // namespace mlup::accounts
