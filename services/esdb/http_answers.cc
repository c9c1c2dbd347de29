#include "services/esdb/http_answers.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include <nlohmann/json.hpp>

#include "services/esdb/discovery.h"
#include "services/esdb/names.h"

namespace mlup::esdb {
namespace {

using gateway::HttpRequest;
using gateway::HttpResponse;
using nlohmann::ordered_json;

HttpResponse Json(const ordered_json& body) {
  HttpResponse response;
  response.headers = {{"Content-Type", "application/json; charset=utf-8"},
                      {"Cache-Control", "no-store"}};
  response.body = body.dump();
  return response;
}

HttpResponse Status(int status) {
  HttpResponse response;
  response.status = status;
  return response;
}

ordered_json Info() {
  return {{"dbVersion", kProtocolVersion},
          {"esVersion", kProtocolVersion},
          {"state", "leader"},
          {"features", {{"projections", true}, {"userManagement", true}, {"atomPub", false}}},
          {"authentication", {{"type", "internal"}, {"properties", ordered_json::object()}}}};
}

ordered_json Gossip(std::string_view authority) {
  const Address address = AddressIn(authority);
  const ordered_json member = {{"instanceId", UuidOf("mlup")},
                               {"state", "Leader"},
                               {"isAlive", true},
                               {"httpEndPointIp", address.host},
                               {"httpEndPointPort", address.port},
                               {"nodePriority", 0},
                               {"isReadOnlyReplica", false}};
  return {{"members", ordered_json::array({member})},
          {"serverIp", address.host},
          {"serverPort", address.port}};
}

// `?liveCode=200`: what a load balancer wants to hear.
int LiveCode(const HttpRequest& request) {
  for (const auto& [name, value] : request.query) {
    int code = 0;
    if (name == "liveCode" && absl::SimpleAtoi(value, &code) && code >= 200 && code < 600) {
      return code;
    }
  }
  return 204;
}

}  // namespace

HttpResponse AnswerHttp(const HttpRequest& request) {
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse response = Status(405);
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  if (request.path == "/info") return Json(Info());
  if (request.path == "/ping") return Json({{"text", "Ping request successfully handled"}});
  if (request.path == "/gossip") return Json(Gossip(request.Header("host")));
  if (request.path == "/health/live") return Status(LiveCode(request));
  return Status(404);
}

}  // namespace mlup::esdb
