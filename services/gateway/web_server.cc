#include "services/gateway/web_server.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "eventstore/base/limits.h"
#include "eventstore/base/loopback.h"
#include "services/gateway/error_body.h"

namespace mlup::gateway {
namespace {

// Nothing but the application's own files and calls; nothing inline, no frames, no other page that
// holds a handle on this one.
constexpr std::pair<const char*, const char*> kProtection[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
     "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
     "require-trusted-types-for 'script'; trusted-types 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"}};

absl::Status Foreign(std::string_view reason, std::string_view field, std::string_view message) {
  return FieldError(absl::StatusCode::kPermissionDenied, reason, field, message);
}

// Whether the request came to the public address, which the edge serves with TLS.
bool IsPublic(const HttpRequest& request, const std::string& origin) {
  return !origin.empty() && origin == absl::StrCat("https://", ToAbsl(request.Header("host")));
}

// As browsers say it, once the host is known to be ours.
std::string OriginOf(const HttpRequest& request, const std::string& own) {
  return IsPublic(request, own) ? own : absl::StrCat("http://", ToAbsl(request.Header("host")));
}

// A name that points here is not enough: whoever owns the name could have pages of its own there.
absl::Status CheckOrigin(const HttpRequest& request, const std::string& own) {
  const std::string_view authority = request.Header("host");
  const bool is_public = IsPublic(request, own);
  const std::size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && authority.back() != ']';
  if (!is_public && !IsLoopback(has_port ? authority.substr(0, colon) : authority)) {
    return Foreign("HOST_FOREIGN", "host",
                   own.empty() ? "use 127.0.0.1 or localhost" : "use the address of --web-origin");
  }
  const std::string_view origin = request.Header("origin");
  if (!origin.empty() && origin != OriginOf(request, own)) {
    return Foreign("ORIGIN_FOREIGN", "origin", "the call comes from a page of another origin");
  }
  const std::string_view site = request.Header("sec-fetch-site");
  const bool changes = request.method != "GET" && request.method != "HEAD";
  if (changes && !site.empty() && site != "same-origin" && site != "none") {
    return Foreign("ORIGIN_FOREIGN", "sec-fetch-site", "the call comes from a page elsewhere");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<WebServer>> WebServer::Start(const Options& options,
                                                            const Parts& parts) {
  ASSIGN_OR_RETURN(WebFiles built, WebFiles::Parse(std::string(options.pack)));
  std::unique_ptr<WebServer> web(new WebServer(parts, std::move(built), options));
  WebServer& self = *web;
  ASSIGN_OR_RETURN(
      self.server_,
      HttpServer::Start({.address = options.address, .body_bytes_max = kJsonBytesMax, .threads = 8},
                        [&self](const HttpRequest& request) { return self.Handle(request); }));
  return web;
}

HttpResponse WebServer::Handle(const HttpRequest& request) const {
  HttpResponse response = Answer(request);
  for (auto& [name, value] : response.headers) {
    if (name == "Set-Cookie" && IsPublic(request, origin_)) value += "; Secure";
  }
  for (const auto& [name, value] : kProtection) response.headers.emplace_back(name, value);
  return response;
}

HttpResponse WebServer::Answer(const HttpRequest& request) const {
  if (const absl::Status known = CheckOrigin(request, origin_); !known.ok())
    return ConnectError(known);
  if (Connect::IsCall(request)) return connect_.Handle(request, sessions_.Who(request));
  if (WebSessions::IsMeant(request)) return sessions_.Handle(request, OriginOf(request, origin_));
  if (request.method == "GET" || request.method == "HEAD") return Static(request);
  return ErrorResponse(405, "METHOD_NOT_ALLOWED", "", "use GET or HEAD");
}

HttpResponse WebServer::Static(const HttpRequest& request) const {
  if (folder_.empty()) return built_.Answer(request);
  absl::StatusOr<std::string> pack = files_.ReadAll(folder_ + "/web.pack");
  if (!pack.ok()) return ErrorResponse(pack.status());
  const absl::StatusOr<WebFiles> files = WebFiles::Parse(*std::move(pack));
  return files.ok() ? files->Answer(request) : ErrorResponse(files.status());
}

}  // namespace mlup::gateway
