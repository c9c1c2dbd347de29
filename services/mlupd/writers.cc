#include "services/mlupd/writers.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/log/error_pb.h"
#include "mlup/record/v1/record_service.pb.h"
#include "services/domain/fact_table.h"
#include "services/fields/validator.h"

namespace mlup::daemon {
namespace {

using google::protobuf::Message;

absl::Status NotPlayed(std::string_view service) {
  return Error(absl::StatusCode::kUnimplemented, "ROLE_NOT_PLAYED",
               absl::StrCat("this process does not play the role ", ToAbsl(service)));
}

record::v1::Outcome ToOutcome(absl::StatusOr<command::RecordResult> result) {
  record::v1::Outcome outcome;
  if (result.ok()) {
    *outcome.mutable_recorded() = *std::move(result);
    return outcome;
  }
  *outcome.mutable_refused() = log::ToRefusal(result.status());
  return outcome;
}

}  // namespace

Writers::Writers(command::CommandHandler& handler, rpc::Executor& executor,
                 const ServeOptions& options)
    : handler_(handler) {
  for (const domain::Service& service : domain::FactTable::Get().services()) {
    if (!options.Plays(service.name)) continue;
    played_.insert(service.name);
    rpcs_.push_back(std::make_unique<rpc::UnaryRpc>(
        *service.descriptor->FindMethodByName("Record"), executor,
        [this, &executor](const Message& request, rpc::UnaryRpc::Done done) {
          handler_.RecordLater(
              request, executor,
              [done = std::move(done)](absl::StatusOr<command::RecordResult> result) {
                if (!result.ok()) return done(result.status());
                done(std::make_unique<command::RecordResult>(*std::move(result)));
              });
        }));
  }
  const auto* each = record::v1::RecordEachRequest::descriptor()->file()->service(0);
  rpcs_.push_back(std::make_unique<rpc::UnaryRpc>(
      *each->FindMethodByName("RecordEach"), executor,
      [this](const Message& request, const rpc::UnaryRpc::Done& done) {
        done(RecordEach(request));
      }));
}

void Writers::AddTo(std::vector<grpc::Service*>& services) const {
  for (const auto& rpc : rpcs_) services.push_back(rpc.get());
}

absl::StatusOr<std::unique_ptr<Message>> Writers::RecordEach(const Message& request) {
  const auto& each = static_cast<const record::v1::RecordEachRequest&>(request);
  if (each.requests().empty()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "TOO_FEW_ITEMS", "requests",
                      "must have at least 1 item(s)");
  }
  if (static_cast<std::size_t>(each.requests_size()) > kRecordEachMax) {
    return FieldError(absl::StatusCode::kInvalidArgument, "TOO_MANY_ITEMS", "requests",
                      absl::StrCat("must have at most ", kRecordEachMax, " items"));
  }
  std::vector<const Message*> played;
  std::vector<absl::Status> refusals;
  for (const record::v1::ServiceRequest& one : each.requests()) {
    const auto* oneof = record::v1::ServiceRequest::descriptor()->oneof_decl(0);
    const auto* choice = one.GetReflection()->GetOneofFieldDescriptor(one, oneof);
    if (choice == nullptr) {
      refusals.push_back(FieldError(absl::StatusCode::kInvalidArgument, "FIELD_REQUIRED", "service",
                                    "must be given"));
    } else if (!played_.contains(choice->name())) {
      refusals.push_back(NotPlayed(choice->name()));
    } else {
      refusals.push_back(absl::OkStatus());
      played.push_back(&one.GetReflection()->GetMessage(one, choice));
    }
  }
  std::vector<absl::StatusOr<command::RecordResult>> results = handler_.RecordEach(played);
  auto response = std::make_unique<record::v1::RecordEachResponse>();
  std::size_t next = 0;
  for (const absl::Status& refusal : refusals) {
    *response->add_outcomes() =
        refusal.ok() ? ToOutcome(std::move(results[next++])) : ToOutcome(refusal);
  }
  return response;
}

}  // namespace mlup::daemon
