// Valid requests made wrong in one field, by each rule that the protos state for it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/message.h>

#include "eventstore/base/days.h"

namespace mlup::property {

// A request with one thing wrong, and what its refusal must say.
struct Wrong {
  // What was done to it, for people.
  std::string kind;
  std::unique_ptr<google::protobuf::Message> request;
  std::string reason;
  std::string field;
};

// The rules of fields and events that exist somewhere below the facts of all services, and those of
// the context: `required`, `FORMAT_DAY`, `max_length`, `not_before` and so on. Read from the
// descriptors, so that a rule that is new is one that must be exercised.
std::set<std::string> RulesInProtos();

// Finds what can be made wrong in the requests that it is given, at most kKept times for one rule
// of one field. One thread.
class WrongFields {
 public:
  static constexpr std::size_t kKept = 6;

  explicit WrongFields(Day today) : today_(today) {}

  // `request` is a service's RecordRequest that breaks no rule of fields; it must outlive this.
  void Learn(const google::protobuf::Message& request);

  // All variations: first one of each rule of each field, then a second one, up to kKept.
  // Each request is the one it came from but for the one field.
  void ForEach(const std::function<bool(const Wrong&)>& tell) const;

  // How many pairs of a rule and a field there are.
  std::size_t size() const { return found_.size(); }

 private:
  using Message = google::protobuf::Message;
  using FieldDescriptor = google::protobuf::FieldDescriptor;
  using Spoil = std::function<void(Message&)>;
  // From the request down to a message: fields, with the item of a list or -1.
  using Way = std::vector<std::pair<const FieldDescriptor*, int>>;

  struct Place {
    const Message* request;
    Way way;
    std::string path;
    // The first day on which the event may have happened; none outside of events.
    std::optional<Day> occurred;
  };
  struct Candidate {
    std::string kind;
    const Message* request;
    Way way;
    Spoil spoil;
    std::string reason;
    std::string field;
  };

  void Walk(const Message& message, const Place& place, bool in_event);
  void Field(const Message& message, const FieldDescriptor& field, const Place& place);
  void Text(const Message& message, const FieldDescriptor& field, const Place& place, int item);
  void Dates(const FieldDescriptor& field, const Place& place, int item);
  void Number(const FieldDescriptor& field, const Place& place, int item);
  void List(const Message& message, const FieldDescriptor& field, const Place& place);
  void Event(const Message& event, const Place& place);

  // What is to be answered.
  struct Refused {
    std::string reason;
    std::string field;
  };
  void Add(const std::string& kind, const std::string& of, const Place& place, Spoil spoil,
           const Refused& as);

  const Day today_;
  std::map<std::string, std::vector<Candidate>> found_;
};

}  // namespace mlup::property
