#include "services/esdb/users_rpc.h"

#include <string>
#include <vector>

#include "services/esdb/answers_rpc.h"
#include "services/esdb/faults.h"

namespace mlup::esdb {

using users::DetailsResp;

grpc::ServerWriteReactor<DetailsResp>* UsersRpc::Details(grpc::CallbackServerContext* context,
                                                         const users::DetailsReq* request) {
  return AnswerList<DetailsResp>::Run(
      context, parts_.gate, parts_.reads,
      [this, context, request]() -> absl::StatusOr<std::vector<DetailsResp>> {
        ASSIGN_OR_RETURN(const Caller caller, CallerOf(parts_, *context));
        const std::string& asked = request->options().login_name();
        const bool is_caller =
            asked.empty() || asked == caller.user || asked == caller.author.subscriber_id;
        if (!is_caller) return UserNotFound(asked);
        DetailsResp response;
        auto& details = *response.mutable_user_details();
        details.set_login_name(asked.empty() ? caller.user : asked);
        details.set_full_name(caller.label);
        return std::vector<DetailsResp>{response};
      });
}

}  // namespace mlup::esdb
