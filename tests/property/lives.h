// What lives say, fact by fact, and how one of their facts is said again.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/message.h>

#include "mlup/command/v1/command.pb.h"
#include "services/domain/fact_table.h"

namespace mlup::property {

// No record and no event has these ids.
inline constexpr char kUnknownId[] = "018f3c6e-0000-7000-8000-00000000dead";
inline constexpr char kNewId[] = "018f3c6e-0000-7000-8000-00000000beef";

// A text in JSON.
std::string Quoted(std::string_view text);

// One fact that was recorded. Borrows its request.
struct Told {
  const google::protobuf::Message* request;
  int index;
  const domain::FactType* type;
  const google::protobuf::Message* event;
  std::string stream;
  // Of the event, where its author stated it.
  std::string event_id;

  const std::string& name() const { return type->field->name(); }
  // What a text field of the event holds, or the name of its value; empty where there is none.
  std::string Says(const std::string& path) const;
};

// All that was recorded, in order. One thread.
class Lives {
 public:
  // What was recorded; the request must outlive this.
  void Learn(const google::protobuf::Message& request);

  const std::vector<Told>& told() const { return told_; }
  // The facts of a stream, in order.
  std::vector<const Told*> On(const std::string& stream) const;
  bool IsVoided(const std::string& event_id) const { return voided_.contains(event_id); }
  // Whether a fact of this name stands on the stream.
  bool Has(const std::string& stream, std::string_view name) const;
  // The last fact on the stream that has one of the names; null where there is none.
  const Told* Last(const std::string& stream, const std::set<std::string>& names) const;

 private:
  std::vector<Told> told_;
  std::map<std::string, std::vector<std::size_t>> streams_;
  std::set<std::string> voided_;
};

// Whether the event was not voided since.
bool NotVoided(const Lives& lives, const Told& told);

// Whether it stands on a case that is open now.
bool OnOpenCase(const Lives& lives, const Told& told);
// One that is closed now.
bool OnClosedCase(const Lives& lives, const Told& told);

// The fact alone, as news of today, without an event id.
std::unique_ptr<google::protobuf::Message> Alone(const Told& told);

// Of a request; of one that Alone() made, its fact and event.
command::v1::CommandContext& ContextOf(google::protobuf::Message& request);
google::protobuf::Message& FactOf(google::protobuf::Message& request, const Told& told,
                                  int index = 0);
google::protobuf::Message& EventIn(google::protobuf::Message& request, const Told& told);
void SetText(google::protobuf::Message& fact, const char* field, const std::string& text);

// The path of a field below the fact of a request that Alone() made; of the fact where it is empty.
std::string FieldOf(const Told& told, const std::string& below);

}  // namespace mlup::property
