#include "services/domain/life.h"

#include "absl/strings/ascii.h"

namespace mlup::domain {

std::string FactName(const google::protobuf::Descriptor& event) {
  std::string name;
  for (const char letter : event.name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(letter)) && !name.empty()) name += '_';
    name += absl::ascii_tolower(static_cast<unsigned char>(letter));
  }
  return name;
}

}  // namespace mlup::domain
