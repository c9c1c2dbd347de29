// Two workers with three tablets, in memory, for tests of the work of devices.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "services/accounts/accounts.h"
#include "services/command/test_requests.h"
#include "services/command/test_world.h"
#include "services/domain/account.h"
#include "services/sync/push.h"

namespace mlup::sync {

using command::kDara;
using command::kSok;
using command::Person;

inline const Device kFirst = {"staff-sw-1", "tablet-1"};
inline const Device kSecond = {"staff-sw-2", "tablet-2"};
inline const Device kThird = {"staff-sw-1", "tablet-3"};

inline std::string AsProto(const std::string& stream, const std::string& fact,
                           std::uint64_t base = 0) {
  return absl::StrCat("stream: '", stream, "' base_revision: ", base, " ", fact);
}
// `more` besides the status, as protobuf text.
inline std::string School(const std::string& person, const std::string& more,
                          const std::string& status = "ENROLLED") {
  return absl::StrCat("school_status_changed { person { person_id: '", person,
                      "' status: SCHOOL_STATUS_", status, " ", more, " } }");
}
inline std::string Moved(const std::string& person, const std::string& province) {
  return absl::StrCat("residence_changed { person { person_id: '", person,
                      "' residence_province_code: '", province, "' } }");
}
// A correction of a clear field of the person's part.
inline std::string Corrects(const std::string& person, const std::string& event_id,
                            const std::string& field, const std::string& old_value,
                            const std::string& new_value) {
  return absl::StrCat("details_corrected { corrects_event_id: '", event_id,
                      "' reason: 'asked_again' persons { person_id: '", person,
                      "' changes { field: 'person.", field, "' old_value: '", old_value,
                      "' new_value: '", new_value, "' } } }");
}

// One test.
class SyncWorld {
 public:
  SyncWorld() {
    for (const Device& device : {kFirst, kSecond, kThird}) Enrol(device);
  }

  // Each device numbers its own items.
  v1::Item Make(const Device& device, const std::string& id,
                const std::vector<std::string>& facts) {
    v1::Item item;
    item.set_sequence(++made_[device.name]);
    *item.mutable_request()->mutable_cases() = Request(device, id, facts);
    return item;
  }
  static command::pb::RecordRequest Request(const Device& device, const std::string& id,
                                            const std::vector<std::string>& facts) {
    std::string text = absl::StrCat(
        "context { request_id: '", id, "' actor_id: '", device.actor_id,
        "' role: 'worker' organisation_id: 'mro' channel: CHANNEL_TABLET occurred { precision: "
        "PRECISION_DAY from: '2021-02-17' } }");
    for (const std::string& fact : facts) absl::StrAppend(&text, " facts { ", fact, " }");
    return FromText<command::pb::RecordRequest>(text);
  }

  absl::StatusOr<v1::PushItemsResponse> TryPush(const Device& device,
                                                const std::vector<v1::Item>& items) {
    v1::PushItemsRequest request;
    request.set_device(device.name);
    for (const v1::Item& item : items) *request.add_items() = item;
    const identity::Caller caller(identity::Caller::Kind::kAccount, device.actor_id, "session",
                                  device.name);
    return push_.PushItems(request, &caller);
  }
  v1::PushItemsResponse Send(const Device& device, const std::vector<v1::Item>& items) {
    const auto response = TryPush(device, items);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? *response : v1::PushItemsResponse();
  }
  // In a word: `recorded`, `replayed`, `waiting`, or the reason.
  static std::string Word(const v1::ItemAnswer& answer) {
    if (answer.has_recorded()) {
      return absl::StrCat(answer.recorded().replayed() ? "replayed" : "recorded",
                          answer.conflicts().empty() ? "" : ", conflict");
    }
    if (answer.has_waiting()) return "waiting";
    return answer.has_refused() ? answer.refused().info().reason()
                                : absl::StrCat("failed: ", answer.failed().info().reason());
  }
  std::string SendOne(const Device& device, const v1::Item& item) {
    const v1::PushItemsResponse response = Send(device, {item});
    return response.answers().empty() ? "" : Word(response.answers(0));
  }
  // A request of somebody in the office.
  void Record(const std::string& id, const std::vector<std::string>& facts) {
    const auto result = world_.commands().Record(command::CaseRequest(id, facts));
    EXPECT_TRUE(result.ok()) << result.status();
  }
  void Register(const std::string& person, const std::string& event_id = "") {
    Record("register-" + person,
           {absl::StrCat("event_id: '", event_id, "' ", command::Registered(person))});
  }

  // The stream, opened.
  Said Read(const std::string& stream) {
    Said said;
    for (const auto& record : RecordsOf(stream)) {
      EXPECT_EQ(said.Add(record, world_.keyring()), absl::OkStatus());
    }
    said.Finish();
    return said;
  }
  std::vector<log::v1::Record> RecordsOf(const std::string& stream) {
    log::pb::ReadStreamRequest request;
    request.set_stream(stream);
    request.set_limit(1024);
    const auto page = world_.log().ReadStream(request);
    return {page->records().begin(), page->records().end()};
  }
  // The conflicts that nobody has resolved, opened, by their event ids.
  std::map<std::string, common::v1::ConflictDetected> Conflicts(const std::string& stream) {
    const Said said = Read(stream);
    std::map<std::string, common::v1::ConflictDetected> open;
    for (const auto& record : RecordsOf(stream)) {
      const std::string& id = record.event().event_id();
      const auto* detected = dynamic_cast<const common::v1::ConflictDetected*>(said.Event(id));
      const auto* resolved = dynamic_cast<const common::v1::ConflictResolved*>(said.Event(id));
      if (detected != nullptr) open[id] = *detected;
      if (resolved != nullptr) open.erase(resolved->conflict_event_id());
    }
    return open;
  }
  // The values of the one open conflict, `one=4 other=5`.
  std::string ConflictText(const std::string& stream) {
    const auto open = Conflicts(stream);
    std::string text;
    for (const auto& [id, detected] : open) {
      const auto& values = detected.has_person() ? detected.person().values() : detected.values();
      absl::StrAppend(&text, text.empty() ? "" : "; ", detected.field(), ":");
      for (int i = 0; i < detected.entries_size(); ++i) {
        absl::StrAppend(&text, " ", detected.entries(i).request_id(), "=", values[i], "@",
                        detected.entries(i).device());
      }
    }
    return text;
  }

  // NOLINTBEGIN(readability-identifier-naming)
  command::TestWorld world_;
  const accounts::Accounts accounts_{world_.log(), world_.clock()};
  Push push_{{world_.commands(),
              accounts_,
              {"cases", "training", "donations", "network", "identity"},
              world_.log(),
              world_.keyring(),
              world_.clock(),
              random_}};
  // NOLINTEND(readability-identifier-naming)

 private:
  void Enrol(const Device& device) {
    const std::string stream = domain::AccountStream(device.actor_id);
    std::string facts;
    if (opened_.insert(device.actor_id).second) {
      absl::StrAppend(&facts, "facts { stream: '", stream, "' account_opened { actor_id: '",
                      device.actor_id, "' holder { account_id: '", stream.substr(8),
                      "' display_name: 'Sokha' } } } ");
    }
    absl::StrAppend(&facts, "facts { stream: '", stream, "' device_enrolled { device: '",
                    device.name, "' } }");
    const auto request = FromText<identity::v1::RecordRequest>(
        absl::StrCat("context { ", ContextText("enrol-" + device.name), " } ", facts));
    const auto result = world_.commands().Record(request);
    EXPECT_TRUE(result.ok()) << result.status();
  }

  SeededRandom random_{7};
  std::map<std::string, std::uint64_t> made_;
  std::set<std::string> opened_;
};

}  // namespace mlup::sync
