#include "services/query/projection_service.h"

#include "absl/strings/str_cat.h"

#include "eventstore/base/status.h"
#include "eventstore/base/uuid.h"
#include "services/fields/validator.h"

namespace mlup::query {

template <typename Request>
absl::StatusOr<projections::ReadModel*> ProjectionService::Admit(const Request& request,
                                                                 std::string_view method) const {
  RETURN_IF_ERROR(fields::Validate(request));
  RETURN_IF_ERROR(parts_.policy.Authorise(
      request.actor(),
      identity::Calling(absl::StrCat("mlup.reports.v1.ProjectionService/", ToAbsl(method)))));
  return parts_.models.Find(request.name());
}

absl::StatusOr<reports::v1::RebuildProjectionResponse> ProjectionService::RebuildProjection(
    const reports::v1::RebuildProjectionRequest& request) {
  ASSIGN_OR_RETURN(projections::ReadModel* const model, Admit(request, "RebuildProjection"));
  if (!parts_.holds_log && !request.compare_only()) {
    return Error(absl::StatusCode::kFailedPrecondition, "LOG_ELSEWHERE",
                 "a rebuild is recorded by the process that holds the log, and this one does not: "
                 "stop this one, remove the folder of the read model and start again");
  }
  reports::v1::AskedRebuild asked;
  asked.set_rebuild_id(NewUuid(parts_.clock, parts_.random));
  *asked.mutable_actor() = request.actor();
  asked.set_reason(request.reason());
  asked.set_compare_only(request.compare_only());
  RETURN_IF_ERROR(model->rebuild().Begin(asked));
  reports::v1::RebuildProjectionResponse response;
  response.set_rebuild_id(asked.rebuild_id());
  return response;
}

absl::StatusOr<reports::v1::CancelRebuildResponse> ProjectionService::CancelRebuild(
    const reports::v1::CancelRebuildRequest& request) {
  ASSIGN_OR_RETURN(projections::ReadModel* const model, Admit(request, "CancelRebuild"));
  RETURN_IF_ERROR(model->rebuild().Cancel());
  return reports::v1::CancelRebuildResponse();
}

}  // namespace mlup::query
