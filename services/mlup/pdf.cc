#include "services/mlup/pdf.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "eventstore/base/status.h"

namespace mlup::cli {
namespace {

constexpr char kProgram[] = "weasyprint";
constexpr std::size_t kReadBytes = std::size_t{64} * 1024;

absl::Status NotMade(std::string_view why) {
  return Error(absl::StatusCode::kInternal, "PDF_NOT_MADE",
               absl::StrCat("weasyprint ", ToAbsl(why),
                            ": take --format html, and print it from a browser"));
}

// A file descriptor that is closed with it.
class Descriptor {
 public:
  Descriptor() = default;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { Close(); }

  int get() const { return fd_; }
  void Set(int fd) { fd_ = fd; }
  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_ = -1;
};

// Both ends of a stream; the other program has one as its standard input or output.
struct Ends {
  Descriptor ours;
  Descriptor theirs;

  bool Open() {
    std::array<int, 2> fds{};
    // A socket and no pipe: writing to a program that has ended is an error then, and no signal.
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) return false;
    ours.Set(fds[0]);
    theirs.Set(fds[1]);
    return true;
  }
};

// Whether all of it was taken.
bool SendAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string ReadAll(int fd) {
  std::string all;
  std::string part(kReadBytes, '\0');
  while (true) {
    const ssize_t got = ::read(fd, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return all;
    all.append(part, 0, static_cast<std::size_t>(got));
  }
}

// Its environment: ours, with a proxy that is none, so that it fetches nothing that a page names.
std::vector<std::string> Environment() {
  std::vector<std::string> variables;
  for (char** one = environ; *one != nullptr; ++one) {
    const std::string variable = *one;
    const std::string name = absl::AsciiStrToLower(variable.substr(0, variable.find('=')));
    if (!absl::EndsWith(name, "_proxy")) variables.push_back(variable);
  }
  for (const char* scheme : {"http", "https", "ftp"}) {
    variables.push_back(absl::StrCat(scheme, "_proxy=http://127.0.0.1:9"));
  }
  return variables;
}

// Starts it with these as its standard input and output. What it says of the page on its standard
// error is not shown: it may quote the page.
absl::StatusOr<pid_t> Start(int input, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::string program = kProgram;
  std::string from = "-";
  std::string to = "-";
  std::array<char*, 4> arguments = {program.data(), from.data(), to.data(), nullptr};
  std::vector<std::string> variables = Environment();
  std::vector<char*> environment;
  environment.reserve(variables.size() + 1);
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  pid_t child = -1;
  const int failed =
      ::posix_spawnp(&child, kProgram, &actions, nullptr, arguments.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) return NotMade("cannot be started");
  return child;
}

// Its exit code.
int WaitFor(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

absl::Status CheckPdfMaker() {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing sets it.
  const char* path = std::getenv("PATH");
  for (const absl::string_view folder : absl::StrSplit(path == nullptr ? "" : path, ':')) {
    if (::access(absl::StrCat(folder, "/", kProgram).c_str(), X_OK) == 0) return absl::OkStatus();
  }
  return Error(
      absl::StatusCode::kUnavailable, "PDF_MAKER_MISSING",
      "there is no program weasyprint, which makes the PDF: install the packages weasyprint "
      "and fonts-khmeros (deploy/install-deps --pdf), or take --format html");
}

absl::StatusOr<std::string> MakePdf(const std::string& html) {
  RETURN_IF_ERROR(CheckPdfMaker());
  Ends page;
  Ends pdf;
  if (!page.Open() || !pdf.Open()) return NotMade("got no streams from the system");
  ASSIGN_OR_RETURN(const pid_t child, Start(page.theirs.get(), pdf.theirs.get()));
  page.theirs.Close();
  pdf.theirs.Close();
  // It reads the whole page before it writes.
  const bool taken = SendAll(page.ours.get(), html);
  page.ours.Close();
  std::string bytes = ReadAll(pdf.ours.get());
  const int code = WaitFor(child);
  if (code != 0) return NotMade(absl::StrCat("ended with ", code));
  if (!taken || !bytes.starts_with("%PDF-")) return NotMade("made none");
  return bytes;
}

}  // namespace mlup::cli
