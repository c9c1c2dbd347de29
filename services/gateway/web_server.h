// The listener of the web application: its files, who is signed in, and the calls behind its pages.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "eventstore/base/files.h"
#include "services/gateway/connect.h"
#include "services/gateway/http_server.h"
#include "services/gateway/web_files.h"
#include "services/gateway/web_sessions.h"

namespace mlup::gateway {

//   POST /mlup.PACKAGE.Service/Method   Connect's protocol, as who is signed in
//   any  /session, /session/watch       signing in and out (web_sessions.h)
//   GET  everything else                files and pages
//
// It is for this machine, and for an edge that serves it on an address of its own: names that only
// point here, and pages of other origins, are refused (403 HOST_FOREIGN, ORIGIN_FOREIGN). What
// changes anything has a method or a content type that no form can send.
//
// Serves from Start() until it is destroyed. Any thread. Borrows all parts.
class WebServer {
 public:
  struct Options {
    // As in HttpServer::Options, without TLS.
    std::string address;
    // The application's files; none in a daemon that was built without it.
    std::string_view pack;
    // Where its build leaves `web.pack`, which is read at each request instead, for development.
    std::string folder = {};
    // `https://HOST[:PORT]`: the address that an edge with TLS serves it on; none where there is
    // none.
    std::string origin = {};
  };
  struct Parts {
    Files& files;
    WebSessions::Parts sessions;
  };

  // The errors of HttpServer::Start() and WebFiles::Parse().
  static absl::StatusOr<std::unique_ptr<WebServer>> Start(const Options& options,
                                                          const Parts& parts);

  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  // The address with the port it has.
  const std::string& address() const { return server_->address(); }

  // What a request is answered.
  HttpResponse Handle(const HttpRequest& request) const;

 private:
  WebServer(const Parts& parts, WebFiles built, const Options& options)
      : files_(parts.files),
        sessions_(parts.sessions),
        connect_(parts.sessions.calls),
        built_(std::move(built)),
        folder_(options.folder),
        origin_(options.origin) {}

  HttpResponse Answer(const HttpRequest& request) const;
  HttpResponse Static(const HttpRequest& request) const;

  Files& files_;
  const WebSessions sessions_;
  const Connect connect_;
  const WebFiles built_;
  const std::string folder_;
  const std::string origin_;
  // Last: it calls the others.
  std::unique_ptr<HttpServer> server_;
};

}  // namespace mlup::gateway
