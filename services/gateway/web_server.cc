#include "services/gateway/web_server.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/limits.h"
#include "eventstore/base/loopback.h"
#include "eventstore/json/json_text.h"
#include "services/gateway/error_body.h"

namespace mlup::gateway {
namespace {

using nlohmann::ordered_json;

absl::Status Foreign(std::string_view reason, std::string_view field, std::string_view message) {
  return FieldError(absl::StatusCode::kPermissionDenied, reason, field, message);
}

// A name that points here is not enough: whoever owns the name could have pages of its own there.
absl::Status CheckOrigin(const HttpRequest& request) {
  const std::string_view authority = request.Header("host");
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && authority.back() != ']';
  if (!IsLoopback(has_port ? authority.substr(0, colon) : authority)) {
    return Foreign("HOST_FOREIGN", "host", "use 127.0.0.1 or localhost");
  }
  const std::string_view origin = request.Header("origin");
  if (!origin.empty() && ToAbsl(origin) != absl::StrCat("http://", ToAbsl(authority))) {
    return Foreign("ORIGIN_FOREIGN", "origin", "the call comes from a page of another origin");
  }
  const std::string_view site = request.Header("sec-fetch-site");
  if (request.method == "POST" && !site.empty() && site != "same-origin" && site != "none") {
    return Foreign("ORIGIN_FOREIGN", "sec-fetch-site", "the call comes from a page elsewhere");
  }
  return absl::OkStatus();
}

ordered_json CallerJson(const WebCaller& caller) {
  return {{"actor_id", caller.actor_id},
          {"label", caller.label},
          {"role", caller.role},
          {"role_label", caller.role_label},
          {"organisation_id", caller.organisation_id}};
}

HttpResponse Json(const ordered_json& body) {
  HttpResponse response;
  response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  response.body = body.dump();
  return response;
}

absl::StatusOr<std::string> TextOf(const nlohmann::json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end() || !found->is_string()) {
    return FieldError(absl::StatusCode::kInvalidArgument, "FIELD_REQUIRED", name, "must be a text");
  }
  return found->get<std::string>();
}

}  // namespace

absl::StatusOr<std::unique_ptr<WebServer>> WebServer::Start(const Options& options, Parts parts) {
  ASSIGN_OR_RETURN(WebFiles built, WebFiles::Parse(std::string(options.pack)));
  std::unique_ptr<WebServer> web(new WebServer(std::move(parts), std::move(built), options.folder));
  WebServer& self = *web;
  ASSIGN_OR_RETURN(
      self.server_,
      HttpServer::Start({.address = options.address, .body_bytes_max = kJsonBytesMax, .threads = 8},
                        [&self](const HttpRequest& request) { return self.Handle(request); }));
  return web;
}

HttpResponse WebServer::Handle(const HttpRequest& request) const {
  if (const absl::Status known = CheckOrigin(request); !known.ok()) return ConnectError(known);
  if (Connect::IsCall(request)) return connect_.Handle(request, callers_.Who(request));
  if (request.path == "/session") return Session(request);
  if (request.method == "GET" || request.method == "HEAD") return Static(request);
  return ErrorResponse(405, "METHOD_NOT_ALLOWED", "", "use GET or HEAD");
}

HttpResponse WebServer::Session(const HttpRequest& request) const {
  if (request.method == "POST") {
    absl::StatusOr<HttpResponse> chosen = Choose(request);
    return chosen.ok() ? *std::move(chosen) : ConnectError(chosen.status());
  }
  const absl::StatusOr<WebCaller> caller = callers_.Who(request);
  if (!caller.ok()) return ConnectError(caller.status());
  ordered_json choices = ordered_json::array();
  for (const WebCaller& choice : callers_.all()) choices.push_back(CallerJson(choice));
  return Json({{"actor", CallerJson(*caller)}, {"choices", std::move(choices)}});
}

absl::StatusOr<HttpResponse> WebServer::Choose(const HttpRequest& request) const {
  if (request.Header("content-type") != "application/json") {
    return FieldError(absl::StatusCode::kInvalidArgument, "CONTENT_TYPE_UNKNOWN", "content-type",
                      "must be application/json");
  }
  ASSIGN_OR_RETURN(const nlohmann::json body, strict::ParseJson(request.body));
  ASSIGN_OR_RETURN(const std::string actor_id, TextOf(body, "actor_id"));
  ASSIGN_OR_RETURN(const std::string role, TextOf(body, "role"));
  ASSIGN_OR_RETURN(const std::string cookie, callers_.Choose(actor_id, role));
  HttpResponse response = Json(ordered_json::object());
  response.headers.emplace_back("Set-Cookie", cookie);
  return response;
}

HttpResponse WebServer::Static(const HttpRequest& request) const {
  if (folder_.empty()) return built_.Answer(request);
  absl::StatusOr<std::string> pack = files_.ReadAll(folder_ + "/web.pack");
  if (!pack.ok()) return ErrorResponse(pack.status());
  const absl::StatusOr<WebFiles> files = WebFiles::Parse(*std::move(pack));
  return files.ok() ? files->Answer(request) : ErrorResponse(files.status());
}

}  // namespace mlup::gateway
