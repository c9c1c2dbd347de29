#include "services/query/disclose.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "eventstore/proof/merkle.h"
#include "services/query/access_event.h"

namespace mlup::query {
namespace {

constexpr char kFigurePurpose[] = "figure_evidence";
// In one append, well below the size that it may have.
constexpr std::size_t kPersonsAtOnce = 512;

}  // namespace

absl::StatusOr<Position> Disclosure::Disclose(const Access& access) {
  audit::v1::RecordAccessed accessed;
  accessed.set_scope(absl::StrCat("person/", access.person_id));
  accessed.set_purpose(access.purpose);
  accessed.set_result(access.result);
  accessed.set_reveals_special(access.reveals_special);
  accessed.set_emergency_access_id(access.emergency_access_id);
  return Append(access, accessed);
}

absl::Status Disclosure::Export(const Access& access, std::string_view format,
                                std::string_view file) {
  const proof::Hash digest = proof::Sha256(file);
  audit::v1::DataExported exported;
  exported.set_scope(absl::StrCat("person/", access.person_id));
  exported.set_purpose(access.purpose);
  exported.set_format(std::string(format));
  exported.set_bytes(file.size());
  exported.set_sha256(absl::BytesToHexString(std::string(digest.begin(), digest.end())));
  return Append(access, exported).status();
}

absl::Status Disclosure::DiscloseFigure(const log::v1::Actor& actor, std::string_view figure,
                                        const std::vector<std::string>& person_ids) {
  audit::v1::RecordAccessed accessed;
  accessed.set_purpose(kFigurePurpose);
  accessed.set_result(audit::v1::ACCESS_RESULT_SERVED);
  accessed.set_figure(std::string(figure));
  for (std::size_t begin = 0; begin < person_ids.size(); begin += kPersonsAtOnce) {
    AccessEvents events(actor, kFigurePurpose, keyring_, clock_, random_);
    const std::size_t end = std::min(begin + kPersonsAtOnce, person_ids.size());
    for (std::size_t i = begin; i < end; ++i) {
      accessed.set_scope(absl::StrCat("person/", person_ids[i]));
      events.Add(person_ids[i], accessed);
    }
    RETURN_IF_ERROR(log_.Append(events.request()).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<Position> Disclosure::Append(const Access& access,
                                            const google::protobuf::Message& message) {
  AccessEvents events(access.actor, access.purpose, keyring_, clock_, random_);
  events.Add(access.person_id, message);
  ASSIGN_OR_RETURN(const log::v1::AppendResponse response, log_.Append(events.request()));
  return Position{response.last_position()};
}

}  // namespace mlup::query
