// `mlup events tail`: the envelopes of the log. What events say about people is shown as sizes
// only.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include <nlohmann/json.hpp>

#include "mlup/log/v1/event_store.pb.h"
#include "services/mlup/commands/commands.h"
#include "services/mlup/server_rpc.h"
#include "services/mlup/table.h"
#include "services/mlup/words.h"

namespace mlup::cli {
namespace {

using log::v1::ReadAllRequest;
using log::v1::ReadAllResponse;
using log::v1::Record;

// Events shown when no first position is given.
constexpr std::uint32_t kLast = 20;
constexpr char kReadAll[] = "mlup.log.v1.EventStore/ReadAll";

struct Sizes {
  std::size_t common = 0;
  std::size_t clear = 0;
  std::size_t sealed = 0;
};

Sizes SizesOf(const log::v1::Event& event) {
  Sizes sizes{.common = event.common().size()};
  for (const log::v1::SubjectPart& part : event.subjects()) {
    sizes.clear += part.clear().size();
    sizes.sealed += part.sealed().size();
  }
  return sizes;
}

void PrintJson(std::ostream& out, const Record& record) {
  const log::v1::Event& event = record.event();
  const Sizes sizes = SizesOf(event);
  nlohmann::ordered_json json = {{"position", record.position()},
                                 {"recorded", TimeWords(record.recorded_at())},
                                 {"occurred", OccurredWords(event.occurred())},
                                 {"type", event.type()},
                                 {"stream", record.stream()},
                                 {"revision", record.revision()},
                                 {"event_id", event.event_id()},
                                 {"actor", event.actor().actor_id()},
                                 {"role", event.actor().role()},
                                 {"request_id", event.request_id()},
                                 {"common_bytes", sizes.common},
                                 {"subjects", event.subjects_size()},
                                 {"clear_bytes", sizes.clear},
                                 {"sealed_bytes", sizes.sealed}};
  if (record.has_clock_behind()) json["clock_behind"] = TimeWords(record.clock_behind());
  out << json.dump() << "\n";
}

void PrintText(std::ostream& out, const Record& record) {
  const log::v1::Event& event = record.event();
  const Sizes sizes = SizesOf(event);
  const std::string short_type = event.type().substr(event.type().rfind('.') + 1);
  out << PadLeft(absl::StrCat(record.position()), 8) << "  " << TimeWords(record.recorded_at())
      << "  " << PadRight(OccurredWords(event.occurred()), 22) << "  " << PadRight(short_type, 26)
      << "  " << PadRight(record.stream(), 48) << "  " << PadRight(event.actor().actor_id(), 14)
      << "  " << PadRight(event.actor().role(), 16) << "  " << sizes.common << "+" << sizes.clear
      << "+" << sizes.sealed << " bytes, " << event.subjects_size() << " persons";
  if (record.has_clock_behind()) {
    out << ", time doubtful: the clock said " << TimeWords(record.clock_behind());
  }
  out << "\n";
}

void Print(const Session& session, const Record& record) {
  if (session.json) {
    PrintJson(session.out, record);
  } else {
    PrintText(session.out, record);
  }
}

// Prints from `from` to the head and returns the first position after what was printed.
absl::StatusOr<std::uint64_t> PrintFrom(const Session& session, Server& server,
                                        std::uint64_t from) {
  ReadAllRequest request;
  request.set_from_position(from);
  request.set_direction(log::v1::DIRECTION_FORWARD);
  while (true) {
    ReadAllResponse page;
    if (const absl::Status status = server.Call(kReadAll, request, page); !status.ok())
      return status;
    for (const Record& record : page.records()) Print(session, record);
    if (page.next_position() == 0) return page.head() + 1;
    request.set_from_position(page.next_position());
  }
}

// The position that the last few events begin at.
absl::StatusOr<std::uint64_t> FirstOfLast(Server& server) {
  log::v1::HeadResponse head;
  const absl::Status status =
      server.Call("mlup.log.v1.EventStore/Head", log::v1::HeadRequest(), head);
  if (!status.ok()) return status;
  return head.position() > kLast ? head.position() - kLast + 1 : 1;
}

absl::Status Follow(const Session& session, Server& server, std::uint64_t from) {
  log::v1::SubscribeRequest request;
  request.set_after_position(from - 1);
  return server.Follow(request, [&session](const log::v1::SubscribeResponse& response) {
    for (const Record& record : response.batch().records()) Print(session, record);
    return static_cast<bool>(session.out << std::flush);
  });
}

}  // namespace

int RunTail(const Session& session, const TailOptions& options) {
  Server server(session.server);
  absl::StatusOr<std::uint64_t> from = options.from;
  if (options.from == 0) from = FirstOfLast(server);
  if (!from.ok()) return Fail(session, from.status());
  const absl::Status status =
      options.follow ? Follow(session, server, *from) : PrintFrom(session, server, *from).status();
  return status.ok() ? kExitOk : Fail(session, status);
}

}  // namespace mlup::cli
