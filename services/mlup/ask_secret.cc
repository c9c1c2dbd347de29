#include "services/mlup/ask_secret.h"

#include <cstddef>

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "eventstore/base/status.h"

namespace mlup::cli {
namespace {

constexpr std::size_t kLineMax = 1024;

absl::Status NotGiven(std::string_view words) {
  return Error(absl::StatusCode::kInvalidArgument, "SECRET_NOT_GIVEN", words);
}

// Byte by byte: what follows is for whoever asks next.
absl::StatusOr<std::string> ReadLine(int descriptor) {
  std::string line;
  char byte = 0;
  while (line.size() <= kLineMax) {
    const ssize_t got = read(descriptor, &byte, 1);
    if (got <= 0 && line.empty()) return NotGiven("nothing was given");
    if (got <= 0 || byte == '\n') return line;
    line.push_back(byte);
  }
  return NotGiven("the line is too long");
}

// The terminal, which shows nothing of what is typed while this stands.
class Silence {
 public:
  explicit Silence(int terminal)
      : terminal_(terminal), silent_(tcgetattr(terminal, &before_) == 0) {
    if (!silent_) return;
    termios without = before_;
    without.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(terminal_, TCSAFLUSH, &without);
  }
  ~Silence() {
    if (silent_) tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

  bool silent() const { return silent_; }

 private:
  const int terminal_;
  termios before_{};
  const bool silent_;
};

void Say(int terminal, const std::string& text) {
  // A terminal that takes no words takes no secret either.
  static_cast<void>(!write(terminal, text.data(), text.size()));
}

}  // namespace

absl::StatusOr<std::string> AskSecret(const std::string& prompt, int descriptor) {
  if (descriptor >= 0) return ReadLine(descriptor);
  const int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC);
  if (terminal < 0) return NotGiven("there is no terminal to ask at: use --password-fd");
  absl::StatusOr<std::string> line = NotGiven("the terminal would show what is typed");
  {
    const Silence silence(terminal);
    Say(terminal, prompt);
    if (silence.silent()) line = ReadLine(terminal);
    Say(terminal, "\n");
  }
  close(terminal);
  return line;
}

}  // namespace mlup::cli
