#include "services/mlupd/writers.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/log/error_pb.h"
#include "mlup/identity/v1/identity_service.pb.h"
#include "mlup/record/v1/record_service.pb.h"
#include "services/domain/fact_table.h"
#include "services/fields/validator.h"
#include "services/identity/caller.h"

namespace mlup::daemon {
namespace {

using google::protobuf::Message;

absl::Status NotPlayed(std::string_view service) {
  return Error(absl::StatusCode::kUnimplemented, "ROLE_NOT_PLAYED",
               absl::StrCat("this process does not play the role ", ToAbsl(service)));
}

// Whose command it is: where nobody asks who calls, whoever it names.
absl::Status Settle(const log::AdmissionPtr& who, Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("context");
  const auto* reflection = request.GetReflection();
  if (who == nullptr || !reflection->HasField(request, field)) return absl::OkStatus();
  return identity::CallerOf(who)->Settle(
      static_cast<command::v1::CommandContext&>(*reflection->MutableMessage(&request, field)));
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
                 const ServeOptions& options, const accounts::Accounts* accounts)
    : handler_(handler), accounts_(accounts) {
  for (const domain::Service& service : domain::FactTable::Get().services()) {
    if (!options.Plays(service.name)) continue;
    played_.insert(service.name);
    rpcs_.push_back(std::make_unique<rpc::UnaryRpc>(
        *service.descriptor->FindMethodByName("Record"), executor,
        [this, &executor](Message& request, const log::AdmissionPtr& who,
                          rpc::UnaryRpc::Done done) {
          if (const absl::Status settled = Settle(who, request); !settled.ok()) {
            return done(settled);
          }
          handler_.RecordLater(request, executor,
                               [this, &request, done = std::move(done)](
                                   absl::StatusOr<command::RecordResult> result) {
                                 if (!result.ok()) return done(result.status());
                                 TellAccounts(request);
                                 done(std::make_unique<command::RecordResult>(*std::move(result)));
                               });
        }));
  }
  const auto* each = record::v1::RecordEachRequest::descriptor()->file()->service(0);
  rpcs_.push_back(std::make_unique<rpc::UnaryRpc>(
      *each->FindMethodByName("RecordEach"), executor,
      [this](Message& request, const log::AdmissionPtr& who, const rpc::UnaryRpc::Done& done) {
        done(RecordEach(request, who));
      }));
}

void Writers::AddTo(std::vector<log::RpcService*>& services) const {
  for (const auto& rpc : rpcs_) services.push_back(rpc.get());
}

void Writers::TellAccounts(const Message& request) const {
  if (accounts_ != nullptr &&
      request.GetDescriptor() == identity::v1::RecordRequest::descriptor()) {
    accounts_->LookAgain();
  }
}

absl::StatusOr<std::unique_ptr<Message>> Writers::RecordEach(Message& request,
                                                             const log::AdmissionPtr& who) {
  auto& each = static_cast<record::v1::RecordEachRequest&>(request);
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
  for (record::v1::ServiceRequest& one : *each.mutable_requests()) {
    const auto* oneof = record::v1::ServiceRequest::descriptor()->oneof_decl(0);
    const auto* choice = one.GetReflection()->GetOneofFieldDescriptor(one, oneof);
    if (choice == nullptr) {
      refusals.push_back(FieldError(absl::StatusCode::kInvalidArgument, "FIELD_REQUIRED", "service",
                                    "must be given"));
    } else if (!played_.contains(choice->name())) {
      refusals.push_back(NotPlayed(choice->name()));
    } else {
      Message& asked = *one.GetReflection()->MutableMessage(&one, choice);
      refusals.push_back(Settle(who, asked));
      if (refusals.back().ok()) played.push_back(&asked);
    }
  }
  std::vector<absl::StatusOr<command::RecordResult>> results = handler_.RecordEach(played);
  for (const Message* asked : played) TellAccounts(*asked);
  auto response = std::make_unique<record::v1::RecordEachResponse>();
  std::size_t next = 0;
  for (const absl::Status& refusal : refusals) {
    *response->add_outcomes() =
        refusal.ok() ? ToOutcome(std::move(results[next++])) : ToOutcome(refusal);
  }
  return response;
}

}  // namespace mlup::daemon
