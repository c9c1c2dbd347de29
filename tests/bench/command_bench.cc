// Measures commands of a running service beside bare appends to the same log, in turns, and prints
// one line of JSON: rounds of both at 1 and at 64 callers, how long a command on a case of 50 and
// of 5,000 events takes, and what a new person's key costs.
#include <algorithm>
#include <atomic>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include <CLI/CLI.hpp>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/check.h"
#include "eventstore/base/clock.h"
#include "eventstore/base/limits.h"
#include "eventstore/client/grpc_event_log.h"
#include "mlup/cases/v1/case_events.pb.h"
#include "mlup/cases/v1/case_service.grpc.pb.h"
#include "mlup/record/v1/record_service.grpc.pb.h"
#include "services/fields/from_text.h"

namespace mlup::bench {
namespace {

using cases::v1::RecordRequest;
using Json = nlohmann::ordered_json;

struct Options {
  std::string server;
  // Where bare appends go; the service's own server where it has the log.
  std::string log;
  int callers = 64;
  int rounds = 5;
  double seconds = 2;
  int small = 50;
  int large = 5000;
  unsigned seed = 1;
};

std::shared_ptr<grpc::Channel> Connect(const std::string& server, int number) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt("mlup.connection", number);
  return grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments);
}

double SecondsSince(absl::Time begun) { return absl::ToDoubleSeconds(SystemClock().Now() - begun); }

[[noreturn]] void Failed(const std::string& why) { CheckFailed(__FILE__, __LINE__, why.c_str()); }

double Median(std::vector<double> values) {
  CHECK(!values.empty());
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Calls a second of so many callers, each with its own number.
double Rate(int callers, double seconds, const std::function<void(int)>& call) {
  std::atomic<std::uint64_t> calls = 0;
  const absl::Time begun = SystemClock().Now();
  {
    std::vector<std::jthread> threads;
    threads.reserve(static_cast<std::size_t>(callers));
    for (int caller = 0; caller < callers; ++caller) {
      threads.emplace_back([&, caller] {
        while (SecondsSince(begun) < seconds) {
          call(caller);
          ++calls;
        }
      });
    }
  }
  return static_cast<double>(calls) / SecondsSince(begun);
}

// Ids follow from the seed, the kind and a number.
class Ids {
 public:
  explicit Ids(unsigned seed) : seed_(seed) {}

  std::string Uuid(unsigned kind, std::uint64_t number) const {
    return absl::StrFormat("018f3c6e-%04x-7%03x-8000-%012x", seed_ & 0xffff, kind & 0xfff, number);
  }
  std::uint64_t Next() { return ++made_; }

 private:
  const unsigned seed_;
  std::atomic<std::uint64_t> made_ = 0;
};

constexpr unsigned kCaseKind = 1;
constexpr unsigned kRequestKind = 2;
constexpr unsigned kAppendKind = 3;
constexpr unsigned kNewPersonKind = 4;

// One service as its callers use it: one connection for all, as appends have.
class Commands {
 public:
  Commands(const Options& options, Ids& ids)
      : ids_(ids),
        channel_(Connect(options.server, 1)),
        stub_(cases::v1::CaseService::NewStub(channel_)),
        each_(record::v1::RecordService::NewStub(channel_)) {}

  // Registers a child and opens its case, of an organisation that nobody registered.
  void Begin(std::uint64_t number) {
    RecordRequest request = NewPerson(ids_.Uuid(kCaseKind, number));
    request.mutable_context()->set_channel(log::v1::CHANNEL_IMPORT);
    request.mutable_context()->set_allow_unregistered(true);
    const std::string& child = request.facts(0).person_registered().person().person_id();
    *request.add_facts() = FromText<Fact>(
        absl::StrCat("stream: 'case/", child, "' case_opened { child { person_id: '", child,
                     "' } case_type: CASE_TYPE_CARELEAVER owner_org_id: '", child, "' }"));
    Send(request);
  }

  // The next request for a service to the child of the case.
  RecordRequest Service(std::uint64_t number) {
    static const auto& form = *new RecordRequest(Request(
        "facts { service_provided { service_code: 'counselling' provider_kind: PROVIDER_KIND_OWN "
        "mode: MODE_IN_PERSON recipient: SERVICE_RECIPIENT_CHILD person { details: "
        "'An hour of counselling; she told of school and of her brother.' } } }"));
    RecordRequest request = form;
    const std::string child = ids_.Uuid(kCaseKind, number);
    request.mutable_context()->set_request_id(ids_.Uuid(kRequestKind, ids_.Next()));
    request.mutable_facts(0)->set_stream("case/" + child);
    request.mutable_facts(0)->mutable_service_provided()->mutable_person()->set_person_id(child);
    return request;
  }

  RecordRequest NewPerson() { return NewPerson(ids_.Uuid(kNewPersonKind, ids_.Next())); }

  // Until it is recorded; other callers may be faster.
  void Send(const RecordRequest& request) {
    while (true) {
      grpc::ClientContext context;
      command::v1::RecordResult result;
      const grpc::Status status = stub_->Record(&context, request, &result);
      if (status.ok()) return;
      if (status.error_code() != grpc::StatusCode::ABORTED) Failed(status.error_message());
      ++conflicts_;
    }
  }

  // Brings a case to so many events, many a call.
  void Fill(std::uint64_t number, int events) {
    for (int made = 1; made < events;) {
      record::v1::RecordEachRequest request;
      for (int i = 0; i < 256 && made < events; ++i, ++made) {
        *request.add_requests()->mutable_cases() = Service(number);
      }
      grpc::ClientContext context;
      record::v1::RecordEachResponse response;
      CHECK(each_->RecordEach(&context, request, &response).ok());
      for (const auto& outcome : response.outcomes()) {
        if (!outcome.has_recorded()) Failed(outcome.refused().message());
      }
    }
  }

  // How often a caller had to send again.
  std::uint64_t TakeConflicts() { return conflicts_.exchange(0); }

 private:
  using Fact = cases::v1::CaseFact;

  RecordRequest NewPerson(const std::string& id) {
    return Request(absl::StrCat("facts { stream: 'person/", id,
                                "' person_registered { person { person_id: '", id,
                                "' sex: SEX_MALE residence_province_code: '02' name_latin: "
                                "'Dara' } } }"));
  }
  RecordRequest Request(const std::string& facts) {
    return FromText<RecordRequest>(absl::StrCat(
        "context { ", ContextText(ids_.Uuid(kRequestKind, ids_.Next())), " } ", facts));
  }

  Ids& ids_;
  // Shared with the stubs.
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<cases::v1::CaseService::Stub> stub_;
  const std::unique_ptr<record::v1::RecordService::Stub> each_;
  std::atomic<std::uint64_t> conflicts_ = 0;
};

// What a command asks of the log, without the service: an event as large as that of
// Commands::Service() to the caller's stream, at its revision, with a key.
class Appends {
 public:
  Appends(const Options& options, Ids& ids)
      : ids_(ids),
        log_(Connect(options.log, 2)),
        revisions_(static_cast<std::size_t>(options.callers)) {}

  void Append(int caller) {
    std::uint64_t& revision = revisions_[static_cast<std::size_t>(caller)];
    const std::string stream =
        absl::StrCat("case/", ids_.Uuid(kAppendKind, static_cast<std::uint64_t>(caller)));
    const std::string id = ids_.Uuid(kRequestKind, ids_.Next());
    log::pb::AppendRequest request;
    request.mutable_key()->set_organisation_id("mro");
    request.mutable_key()->set_request_id(id);
    request.set_request_digest(std::string(32, 'd'));
    log::pb::StreamWrite& write = *request.add_writes();
    write.set_stream(stream);
    if (revision == 0) {
      write.mutable_expected()->set_no_stream(true);
    } else {
      write.mutable_expected()->set_revision(revision);
    }
    log::pb::Event& event = *write.add_events();
    event = form_;
    event.set_event_id(id);
    event.set_request_id(id);
    const auto response = log_.Append(request);
    if (!response.ok()) Failed(std::string(response.status().message()));
    ++revision;
  }

 private:
  static log::pb::Event Form() {
    auto event = FromText<log::pb::Event>(
        "type: 'mlup.cases.v1.ServiceProvided' schema_version: 1 "
        "occurred { precision: PRECISION_DAY from: '2021-02-17' to: '2021-02-17' } "
        "actor { actor_id: 'staff-sw-1' role: 'worker' organisation_id: 'mro' } "
        "channel: CHANNEL_TABLET device: 'tablet-07' sensitivity: SENSITIVITY_NORMAL "
        "subjects { }");
    const auto service = FromText<cases::v1::ServiceProvided>(
        "service_code: 'counselling' provider_kind: PROVIDER_KIND_OWN mode: MODE_IN_PERSON "
        "recipient: SERVICE_RECIPIENT_CHILD");
    event.set_common(service.SerializeAsString());
    cases::v1::ServiceProvided child;
    child.mutable_person()->set_person_id("018f3c6e-0000-7000-8000-000000000000");
    event.mutable_subjects(0)->set_subject_id(child.person().person_id());
    event.mutable_subjects(0)->set_salt(std::string(kSaltBytes, 's'));
    event.mutable_subjects(0)->set_clear(child.SerializeAsString());
    event.mutable_subjects(0)->set_sealed(std::string(244, 'x'));
    return event;
  }

  Ids& ids_;
  log::GrpcEventLog log_;
  const log::pb::Event form_ = Form();
  // Of each caller's stream.
  std::vector<std::uint64_t> revisions_;
};

class Bench {
 public:
  explicit Bench(const Options& options)
      : options_(options), ids_(options.seed), commands_(options, ids_), appends_(options, ids_) {}

  Json Run() {
    for (int i = 0; i < options_.callers; ++i) commands_.Begin(Case(i));
    Json figures;
    for (const int callers : {1, options_.callers}) {
      figures[absl::StrCat("callers_", callers)] = BesideAppends(callers);
    }
    figures["one_case"] = OneCase();
    figures["length"] = Length();
    figures["new_person"] = NewPersons();
    return figures;
  }

 private:
  static std::uint64_t Case(int caller) { return static_cast<std::uint64_t>(caller); }

  // In turns, so that both see the same machine.
  Json BesideAppends(int callers) {
    const auto append = [this](int caller) { appends_.Append(caller); };
    const auto command = [this](int caller) { commands_.Send(commands_.Service(Case(caller))); };
    std::vector<double> appends;
    std::vector<double> commands;
    std::vector<double> ratios;
    for (int round = 0; round <= options_.rounds; ++round) {
      const double bare = Rate(callers, options_.seconds, append);
      const double whole = Rate(callers, options_.seconds, command);
      if (round == 0) continue;  // Warms up.
      appends.push_back(bare);
      commands.push_back(whole);
      ratios.push_back(whole / bare);
    }
    CHECK(commands_.TakeConflicts() == 0);
    return {{"appends_s", Median(appends)},
            {"commands_s", Median(commands)},
            {"ratio", Median(ratios)},
            {"ratios", ratios}};
  }

  // All callers record to one case.
  Json OneCase() {
    const std::uint64_t number = Case(options_.callers);
    commands_.Begin(number);
    const double rate = Rate(options_.callers, options_.seconds,
                             [&](int /*caller*/) { commands_.Send(commands_.Service(number)); });
    return {{"commands_s", rate},
            {"sent_again_s", static_cast<double>(commands_.TakeConflicts()) / options_.seconds}};
  }

  // A command on a short and on a long case in turns: decided only, and recorded.
  Json Length() {
    const std::uint64_t small = Case(options_.callers + 1);
    const std::uint64_t large = Case(options_.callers + 2);
    commands_.Begin(small);
    commands_.Begin(large);
    commands_.Fill(small, options_.small);
    commands_.Fill(large, options_.large);
    const Json decided = Compare(small, large, true);
    const Json recorded = Compare(small, large, false);
    return {{"decided", decided}, {"recorded", recorded}};
  }

  Json Compare(std::uint64_t small, std::uint64_t large, bool validate_only) {
    std::vector<double> times[2];
    // So few that the short case stays short.
    const int samples = validate_only ? 1000 : options_.small;
    for (int i = 0; i < samples; ++i) {
      for (const int which : {0, 1}) {
        RecordRequest request = commands_.Service(which == 0 ? small : large);
        request.set_validate_only(validate_only);
        const absl::Time begun = SystemClock().Now();
        commands_.Send(request);
        times[which].push_back(1e6 * SecondsSince(begun));
      }
    }
    const double short_us = Median(times[0]);
    const double long_us = Median(times[1]);
    return {{"small_us", short_us}, {"large_us", long_us}, {"ratio", long_us / short_us}};
  }

  // Each needs a key, which is synced before it is used.
  Json NewPersons() {
    Json figures;
    for (const int callers : {1, options_.callers}) {
      figures[absl::StrCat("commands_s_", callers)] =
          Rate(callers, options_.seconds,
               [this](int /*caller*/) { commands_.Send(commands_.NewPerson()); });
    }
    return figures;
  }

  const Options options_;
  Ids ids_;
  Commands commands_;
  Appends appends_;
};

}  // namespace
}  // namespace mlup::bench

int main(int argc, char** argv) {
  mlup::bench::Options options;
  CLI::App app("Measures commands of a running service beside bare appends.");
  app.add_option("--server", options.server, "address of the service")->required();
  app.add_option("--log", options.log, "address of its log; the service's own by default");
  app.add_option("--callers", options.callers);
  app.add_option("--rounds", options.rounds);
  app.add_option("--seconds", options.seconds, "of one measurement");
  app.add_option("--small", options.small, "events of a short case");
  app.add_option("--large", options.large, "events of a long one");
  app.add_option("--seed", options.seed, "another one for each run on a log");
  CLI11_PARSE(app, argc, argv);
  if (options.log.empty()) options.log = options.server;
  std::cout << mlup::bench::Bench(options).Run().dump() << "\n";
  return 0;
}
