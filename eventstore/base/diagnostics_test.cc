// Standard error that nobody reads keeps nobody.
#include "eventstore/base/diagnostics.h"

#include <array>
#include <csignal>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace mlup {
namespace {

// All that can be read from a descriptor now.
std::string Drain(int descriptor) {
  fcntl(descriptor, F_SETFL, O_NONBLOCK);
  std::string text;
  std::array<char, 4096> bytes{};
  for (ssize_t got = 0; (got = read(descriptor, bytes.data(), bytes.size())) > 0;) {
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return text;
}

// Writes far more than what stands between a writer and a reader that does not read.
void ExpectNoWaiting(int reading, int writing) {
  internal::LineSink sink(writing);
  for (int i = 0; i < 100'000; ++i) sink.Write(absl::StrCat("line ", i));
  const std::uint64_t dropped = sink.dropped();
  EXPECT_GT(dropped, 10'000u);
  EXPECT_TRUE(absl::StartsWith(Drain(reading), "line 0\nline 1\n"));
  sink.Write("after");
  const std::string told = Drain(reading);
  EXPECT_NE(told.find(absl::StrCat("diagnostics_dropped lines=", dropped)), std::string::npos);
  EXPECT_TRUE(absl::EndsWith(told, "\nafter\n")) << told;
  EXPECT_EQ(sink.dropped(), dropped);
}

TEST(DiagnosticsTest, APipeThatNobodyReadsDropsLinesAndSaysSo) {
  std::array<int, 2> pair{};
  ASSERT_EQ(pipe(pair.data()), 0);
  ExpectNoWaiting(pair[0], pair[1]);
  // The pipe's own writers still wait, as they want to.
  EXPECT_EQ(fcntl(pair[1], F_GETFL) & O_NONBLOCK, 0);
  close(pair[0]);
  close(pair[1]);
}

TEST(DiagnosticsTest, ASocketThatNobodyReadsDropsLinesAndSaysSo) {
  std::array<int, 2> pair{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()), 0);
  ExpectNoWaiting(pair[0], pair[1]);
  close(pair[0]);
  close(pair[1]);
}

TEST(DiagnosticsTest, AClosedPipeIsCountedOnly) {
  std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> pair{};
  ASSERT_EQ(pipe(pair.data()), 0);
  internal::LineSink before(pair[1]);
  close(pair[0]);
  internal::LineSink after(pair[1]);
  before.Write("nobody");
  after.Write("nobody");
  EXPECT_EQ(before.dropped(), 1u);
  EXPECT_EQ(after.dropped(), 1u);
  close(pair[1]);
  after.Write("closed");
  EXPECT_EQ(after.dropped(), 2u);
}

TEST(DiagnosticsTest, ALongLineIsCut) {
  std::array<int, 2> pair{};
  ASSERT_EQ(pipe(pair.data()), 0);
  internal::LineSink sink(pair[1]);
  sink.Write(std::string(10'000, 'x'));
  EXPECT_EQ(Drain(pair[0]), absl::StrCat(std::string(4095, 'x'), "\n"));
  close(pair[0]);
  close(pair[1]);
}

}  // namespace
}  // namespace mlup
