// Which fields of a message may leave: field paths, and cutting a message down to them.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "eventstore/base/status.h"

namespace mlup::sharing {

// A set of paths such as `case_type` or `child.person_id`; lists are passed through, and a message
// field stands for all in it. Values; any thread.
class FieldPaths {
 public:
  // `*` stands for every field.
  void Add(std::string_view path);
  void AddAll(const FieldPaths& other);

  bool Has(std::string_view path) const;
  bool empty() const { return !all_ && children_.empty(); }

  // Clears every field that is not named, and what this program does not know.
  void Cut(google::protobuf::Message& message) const;

 private:
  bool all_ = false;
  std::map<std::string, FieldPaths, std::less<>> children_;
};

// The field at the end of `path`; null where there is none, or where one on the way is personal.
const google::protobuf::FieldDescriptor* FindClearField(const google::protobuf::Descriptor& type,
                                                        std::string_view path);

}  // namespace mlup::sharing
