// What it costs a caller to be known: the same commands and histories of a daemon without accounts
// and of one where the caller has a session, in turns. Prints one line of JSON.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include <CLI/CLI.hpp>
#include <grpcpp/client_context.h>
#include <nlohmann/json.hpp>

#include "eventstore/base/check.h"
#include "eventstore/base/clock.h"
#include "eventstore/client/bearer.h"
#include "mlup/audit/v1/audit.grpc.pb.h"
#include "mlup/cases/v1/case_service.grpc.pb.h"
#include "services/fields/from_text.h"

namespace mlup::bench {
namespace {

using cases::v1::RecordRequest;
using Json = nlohmann::ordered_json;

constexpr char kActor[] = "staff-sw-1";
constexpr char kChild[] = "018f3c6e-0000-7000-8000-000000000001";

[[noreturn]] void Failed(const std::string& why) { CheckFailed(__FILE__, __LINE__, why.c_str()); }

// One of the two daemons, as somebody calls it.
class Caller {
 public:
  Caller(const std::string& server, std::string token)
      : channel_(log::ConnectAs(server, {}, [token = std::move(token)] { return token; })),
        cases_(cases::v1::CaseService::NewStub(channel_)),
        audit_(audit::v1::AuditService::NewStub(channel_)) {}

  void Begin() {
    RecordRequest request = Request(absl::StrCat(
        "facts { stream: 'person/", kChild, "' person_registered { person { person_id: '", kChild,
        "' sex: SEX_MALE residence_province_code: '02' name_latin: 'Dara' } } } "
        "facts { stream: 'case/",
        kChild, "' case_opened { child { person_id: '", kChild,
        "' } case_type: CASE_TYPE_CARELEAVER owner_org_id: '", kChild, "' } }"));
    request.mutable_context()->set_channel(log::v1::CHANNEL_IMPORT);
    request.mutable_context()->set_allow_unregistered(true);
    Send(request);
  }
  void Record() {
    Send(Request(absl::StrCat("facts { stream: 'case/", kChild,
                              "' service_provided { service_code: 'counselling' provider_kind: "
                              "PROVIDER_KIND_OWN mode: MODE_IN_PERSON recipient: "
                              "SERVICE_RECIPIENT_CHILD person { person_id: '",
                              kChild, "' } } }")));
  }
  void Read() {
    audit::v1::GetCaseHistoryRequest request;
    request.set_actor_id(kActor);
    request.set_role("worker");
    request.set_organisation_id("mro");
    request.set_id(kChild);
    request.set_purpose("case_review");
    request.set_page_size(20);
    audit::v1::GetCaseHistoryResponse response;
    grpc::ClientContext context;
    const grpc::Status status = audit_->GetCaseHistory(&context, request, &response);
    if (!status.ok()) Failed(status.error_message());
  }

 private:
  RecordRequest Request(const std::string& facts) {
    return FromText<RecordRequest>(
        absl::StrCat("context { ", ContextText(absl::StrCat("bench-", ++number_)), " } ", facts));
  }
  void Send(const RecordRequest& request) {
    grpc::ClientContext context;
    command::v1::RecordResult result;
    const grpc::Status status = cases_->Record(&context, request, &result);
    if (!status.ok()) Failed(status.error_message());
  }

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<cases::v1::CaseService::Stub> cases_;
  const std::unique_ptr<audit::v1::AuditService::Stub> audit_;
  int number_ = 0;
};

double At(std::vector<double>& times, double share) {
  std::sort(times.begin(), times.end());
  return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
}

// Microseconds of both, in turns so that both see the same machine.
Json Compare(Caller& believed, Caller& known, int calls, void (Caller::*call)()) {
  std::vector<double> times[2];
  for (int i = 0; i < calls; ++i) {
    for (const int which : {i % 2, 1 - i % 2}) {
      const absl::Time begun = SystemClock().Now();
      ((which == 0 ? believed : known).*call)();
      times[which].push_back(absl::ToDoubleMicroseconds(SystemClock().Now() - begun));
    }
  }
  Json figures;
  for (const auto& [name, share] : {std::pair("p50", 0.5), std::pair("p99", 0.99)}) {
    const double without = At(times[0], share);
    const double with = At(times[1], share);
    figures[name] = {{"believed_us", without}, {"known_us", with}, {"ratio", with / without}};
  }
  return figures;
}

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

}  // namespace
}  // namespace mlup::bench

int main(int argc, char** argv) {
  using mlup::bench::Caller;
  std::string believed;
  std::string known;
  std::string token_file;
  int calls = 2000;
  CLI::App app("Measures calls of a daemon without accounts beside those of one with a session.");
  app.add_option("--believed", believed, "address of the daemon without accounts")->required();
  app.add_option("--known", known, "address of the one with accounts")->required();
  app.add_option("--token-file", token_file, "the session's token there")->required();
  app.add_option("--calls", calls, "of each kind to each");
  CLI11_PARSE(app, argc, argv);
  Caller without(believed, "");
  Caller with(known, mlup::bench::FirstLine(token_file));
  without.Begin();
  with.Begin();
  std::cout << mlup::bench::Json{{"write", Compare(without, with, calls, &Caller::Record)},
                                 {"read", Compare(without, with, calls, &Caller::Read)}}
                   .dump()
            << "\n";
  return 0;
}
