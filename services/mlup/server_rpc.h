// The daemon as the command line sees it: calls by name.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include <google/protobuf/message.h>

#include "mlup/audit/v1/audit.pb.h"
#include "mlup/log/v1/event_store.pb.h"
#include "mlup/reports/v1/export_service.pb.h"

namespace mlup::cli {

// A connection, made when the first call needs it. One thread. Calls are unary and wait for the
// answer.
class Server {
 public:
  // `address` is `127.0.0.1:7400` or `unix:/path`. Calls are those of whoever signed in to it.
  explicit Server(const std::string& address);
  // Calls have this token instead.
  Server(const std::string& address, const std::string& token);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Calls `<service>/<method>`. UNAVAILABLE at once when nobody listens.
  absl::Status Call(std::string_view call, const google::protobuf::Message& request,
                    google::protobuf::Message& response);

  // Waits until the daemon listens; false when `timeout` passed first.
  bool WaitUntilConnected(absl::Duration timeout);

  // Follows the log until `deliver` returns false or the daemon ends the stream.
  absl::Status Follow(const log::v1::SubscribeRequest& request,
                      const std::function<bool(const log::v1::SubscribeResponse&)>& deliver);

  // Fetches an audit bundle piece by piece, until `deliver` returns false.
  absl::Status ExportBundle(const audit::v1::ExportBundleRequest& request,
                            const std::function<bool(const std::string&)>& deliver);

  // The same of a file with figures or events, and what is said of it at the end.
  absl::StatusOr<reports::v1::ExportSummary> Export(
      const reports::v1::ExportRequest& request,
      const std::function<bool(const std::string&)>& deliver);
  absl::StatusOr<reports::v1::ExportSummary> Export(
      const reports::v1::ExportWholeRequest& request,
      const std::function<bool(const std::string&)>& deliver);
  absl::StatusOr<reports::v1::ExportSummary> Export(
      const reports::v1::ExportCaseEventsRequest& request,
      const std::function<bool(const std::string&)>& deliver);

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

// Calls `call` of the daemon at `address` once.
template <typename Response>
absl::StatusOr<Response> CallOnce(const std::string& address, std::string_view call,
                                  const google::protobuf::Message& request) {
  Response response;
  const absl::Status status = Server(address).Call(call, request, response);
  if (!status.ok()) return status;
  return response;
}

// All pages of a list as one. `forget` clears, before another page is added, what every page says
// for itself.
template <typename Response, typename Request>
absl::StatusOr<Response> CallAllPages(const std::string& address, std::string_view call,
                                      Request request, void (*forget)(Response&) = nullptr) {
  constexpr std::uint32_t kPageSize = 500;
  Server server(address);
  Response whole;
  request.set_page_size(request.page_size() == 0 ? kPageSize : request.page_size());
  while (true) {
    Response page;
    const absl::Status status = server.Call(call, request, page);
    if (!status.ok()) return status;
    request.set_page_token(page.next_page_token());
    page.clear_next_page_token();
    if (forget != nullptr) forget(whole);
    whole.MergeFrom(page);
    if (request.page_token().empty()) return whole;
  }
}

}  // namespace mlup::cli
