// Certificates for tests, made when they run.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace mlup::tls {

struct Pem {
  std::string certificate;
  std::string key;
};

struct PemOptions {
  // What the key needs to be read; nothing when empty.
  std::string passphrase = {};
  // An RSA key of so many bits; P-256 when 0.
  unsigned int rsa_bits = 0;
};

// A certificate for localhost and 127.0.0.1, signed by its own key, valid from `begin` for a day.
// Any thread.
Pem MakePem(absl::Time begin, const PemOptions& options = {});

}  // namespace mlup::tls
