// Prints every example event in all the forms in which it can leave, one JSON object a line.
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include <nlohmann/json.hpp>

#include "eventstore/base/check.h"
#include "services/cloudevents/cloud_event.h"
#include "services/mlup/event_docs.h"

int main() {
  std::vector<mlup::cloudevents::CloudEvent> events;
  for (const auto* type : mlup::cli::PublicEventTypes()) {
    const std::string structured = mlup::cli::ExampleCloudEvent(*type);
    const auto event = mlup::cloudevents::ParseStructuredJson(structured);
    CHECK(event.ok());
    nlohmann::ordered_json line = {{"structured", structured}};
    const mlup::cloudevents::HttpMessage binary = mlup::cloudevents::ToBinaryHttp(*event);
    for (const auto& [name, value] : binary.headers) line["headers"][name] = value;
    line["body"] = binary.body;
    line["protobuf"] = absl::Base64Escape(mlup::cloudevents::ToProtobuf(*event));
    std::cout << line.dump() << "\n";
    events.push_back(*event);
  }
  std::cout << nlohmann::ordered_json{{"batch", mlup::cloudevents::ToBatchJson(events)}}.dump()
            << "\n";
  return 0;
}
