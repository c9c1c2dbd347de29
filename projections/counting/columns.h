// Which fields of each event type are counted by, and their values in a message.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "projections/counting/words.h"

namespace mlup::counting {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The fields from a message down to a single value, none of them a list; nothing for an element
// of a list of values, which is the value itself.
using FieldWay = std::vector<const FieldDescriptor*>;

// Where a value stands: among those of the event, or those of the elements of one of its lists.
struct Slot {
  // -1 for the event's own.
  int list = -1;
  int index = 0;

  friend bool operator==(const Slot&, const Slot&) = default;
};

// The values of one event, in the places that a Shape gives them.
struct Values {
  struct List {
    std::uint32_t size = 0;
    // Those of the first element, then of the second.
    std::vector<Word> words;
  };
  std::vector<Word> singles;
  std::vector<List> lists;
};

// What is kept of the events of one type.
//
// Built by one thread, then immutable: any thread.
class Shape {
 public:
  // The place of a value; that of `list` where it is not null. The same for the same way.
  Slot Add(const FieldWay& way, const FieldDescriptor* list);
  // The place of a list of which only the length is asked.
  int AddList(const FieldDescriptor* list);

  std::size_t singles() const { return singles_.size(); }
  std::size_t lists() const { return lists_.size(); }
  // Values of each element.
  std::size_t parts(std::size_t list) const { return lists_[list].parts.size(); }

  // The values of a message: as they are compared, the unset ones empty (rules, section 2).
  Values Read(const Message& message, Words& words) const;

 private:
  // A value and the words of its enum.
  struct Single {
    FieldWay way;
    std::map<int, std::string> enum_words;
  };
  struct List {
    const FieldDescriptor* field;
    std::vector<Single> parts;
  };

  static int Place(const FieldWay& way, const FieldDescriptor* last, std::vector<Single>& among);

  std::vector<Single> singles_;
  std::vector<List> lists_;
};

// What is kept of the events of each type: what paths of definitions read, and what the engine
// itself goes by.
//
// Built by one thread, then immutable: any thread.
class Columns {
 public:
  // What the engine goes by.
  struct Own {
    Slot sex, birth, residence, moved_to, disability;
    Slot kit_code, kit_version, kit_uncounted;
    Slot defined_kit, defined_version;
    int kit_lines = 0;
    Slot published_period, published_position, published_known_at;
    Slot window_asked, window_source, window_opened;
    Slot assigned_worker, assigned_team, unassigned_worker;
  };

  Columns();

  Slot Add(const Descriptor& type, const FieldWay& way, const FieldDescriptor* list = nullptr) {
    return shapes_[&type].Add(way, list);
  }
  int AddList(const Descriptor& type, const FieldDescriptor* list) {
    return shapes_[&type].AddList(list);
  }

  const Own& own() const { return own_; }
  // Empty for a type of which nothing is kept.
  const Shape& ShapeOf(const Descriptor& type) const;

 private:
  std::unordered_map<const Descriptor*, Shape> shapes_;
  Own own_;
};

}  // namespace mlup::counting
