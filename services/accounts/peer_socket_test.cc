// Users of the machine, by the socket that knows them.
#include "services/accounts/peer_socket.h"

#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include <pwd.h>
#include <unistd.h>

#include "eventstore/base/files.h"
#include "eventstore/base/status.h"

namespace mlup::accounts::peer_socket_test {
namespace {

std::string Ticket(std::string_view actor_id) { return absl::StrCat("for ", ToAbsl(actor_id)); }

class PeerSocketTest : public testing::Test {
 protected:
  const std::string path_ = absl::StrCat(testing::TempDir(), "peers.", getpid());
};

TEST_F(PeerSocketTest, TellsItsPeerATicketForTheAccountOfTheUser) {
  const auto socket = PeerSocket::Open(path_, {{geteuid(), "staff-op-1"}}, Ticket);
  ASSERT_TRUE(socket.ok()) << socket.status();
  for (int i = 0; i < 3; ++i) {
    const auto ticket = AskPeerSocket(path_);
    ASSERT_TRUE(ticket.ok()) << ticket.status();
    EXPECT_EQ(*ticket, "for staff-op-1");
  }
}

TEST_F(PeerSocketTest, TellsAnotherUserNothing) {
  const auto socket = PeerSocket::Open(path_, {{geteuid() + 1, "staff-op-1"}}, Ticket);
  ASSERT_TRUE(socket.ok()) << socket.status();
  EXPECT_EQ(ErrorReason(AskPeerSocket(path_).status()), "NO_LOCAL_ACCOUNT");
}

TEST_F(PeerSocketTest, TakesThePlaceOfOneThatWasLeftAndOfNothingElse) {
  auto left = PeerSocket::Open(path_, {}, Ticket);
  ASSERT_TRUE(left.ok()) << left.status();
  ASSERT_TRUE(PeerSocket::Open(path_, {}, Ticket).ok());
  left->reset();
  EXPECT_EQ(ErrorReason(AskPeerSocket(path_).status()), "PEER_SOCKET_FAILED");
  ASSERT_TRUE(SystemFiles().Replace(path_, "a file").ok());
  EXPECT_EQ(ErrorReason(PeerSocket::Open(path_, {}, Ticket).status()), "PEER_SOCKET_FAILED");
  EXPECT_EQ(SystemFiles().ReadAll(path_).value_or(""), "a file");
  EXPECT_TRUE(SystemFiles().Remove(path_).ok());
  EXPECT_EQ(ErrorReason(PeerSocket::Open(std::string(200, 'p'), {}, Ticket).status()),
            "PEER_SOCKET_FAILED");
}

std::string OwnUser() {
  passwd entry = {};
  passwd* found = nullptr;
  std::array<char, 4096> room = {};
  EXPECT_EQ(getpwuid_r(geteuid(), &entry, room.data(), room.size(), &found), 0);
  return found == nullptr ? "" : found->pw_name;
}

TEST(LocalAccountsTest, AreAUserAndAnActorALine) {
  const std::string user = OwnUser();
  const auto accounts =
      ParseLocalAccounts(absl::StrCat("# who is who\n\n  ", user, "   staff-op-1\n"));
  ASSERT_TRUE(accounts.ok()) << accounts.status();
  EXPECT_EQ(*accounts, (LocalAccounts{{geteuid(), "staff-op-1"}}));
  for (const std::string& wrong :
       {user, absl::StrCat(user, " staff-op-1 more"), absl::StrCat(user, " Staff"),
        std::string("no-such-user-here staff-op-1"),
        absl::StrCat(user, " staff-op-1\n", user, " staff-op-2")}) {
    EXPECT_EQ(ErrorReason(ParseLocalAccounts(wrong).status()), "LOCAL_ACCOUNTS_INVALID") << wrong;
  }
}

}  // namespace
}  // namespace mlup::accounts::peer_socket_test
