// What the sources of SignInService share.
#pragma once

#include <string_view>

#include "eventstore/base/status.h"

namespace mlup::accounts {

// For what a challenge is signed.
inline constexpr std::string_view kToSignIn = "sign in";

// UNAUTHENTICATED SIGN_IN_REFUSED, the same for whatever was wrong.
absl::Status SignInRefused();

}  // namespace mlup::accounts
