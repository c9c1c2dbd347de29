// Paths of definitions, compiled against event types and read from their columns.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eventstore/base/decimal.h"
#include "eventstore/base/status.h"
#include "mlup/reports/v1/indicators.pb.h"
#include "projections/counting/world.h"

namespace mlup::counting {

// What a path is read from: an event, and which part of it is looked at.
struct ItemView {
  const World& world;
  RowId event;
  // The member event that the item goes to, when the select expands.
  RowId member = kNoRow;
  // The element of the list that `each` names; -1 for the whole event.
  int element = -1;
  // The item's person after merges.
  Word person = kNoWord;
  // The event at which ages are taken; this one where none.
  RowId aged_at = kNoRow;
};

// What a path may name.
struct PathContext {
  // Type of the events looked at.
  const Descriptor* event = nullptr;
  // The list that `each` names.
  const FieldDescriptor* each = nullptr;
  // First part of the paths of member events, and their type.
  std::string member_name = {};
  const Descriptor* member = nullptr;
  // Whether the items have a person.
  bool has_person = false;
  // Whether the path leads to a list as a whole, of which Texts() gives the values.
  bool whole_list = false;
  const std::map<std::string, reports::v1::Join>* joins = nullptr;
  // Where the values that are read get a place.
  Columns* columns = nullptr;
};

// A path of a definition. Immutable: any thread.
class Path {
 public:
  // INVALID_ARGUMENT PATH_UNKNOWN with the reason in words.
  static absl::StatusOr<Path> Compile(std::string_view text, const PathContext& context);

  // The value in words; kNoWord when unset.
  Word Value(const ItemView& view) const;

  // The values of a list, of a path that was compiled for one.
  std::vector<Word> Elements(const ItemView& view) const;

  // The value as a number; nothing when unset or no decimal number.
  std::optional<Decimal> Number(const ItemView& view) const;

  // The value as it was first told, where the event itself says it and in no list; nothing else.
  std::optional<std::string> Told(const FactTable& table, RowId event) const;

  // Visits the types of the events that it looks up elsewhere.
  void VisitTypes(const std::function<void(const Descriptor*)>& visit) const;

  // Whether the value can be a number.
  bool MayBeNumber() const;

  // All values that it may have; none where there is no list of them.
  std::vector<std::string> Values() const;

  // Whether a condition may ask for `value`: one that the path can never have would count nothing
  // without a word. INVALID_ARGUMENT VALUE_UNKNOWN, naming those that there are.
  absl::Status CheckValue(std::string_view value) const;

 private:
  // Which event the value stands in.
  enum class Origin { kItem, kMember, kJoined };
  // What is read there.
  enum class Leaf {
    kField,
    kSector,
    kPlace,
    kProvince,
    kVillage,
    kOccurred,
    kReason,
    kActor,
    kOrganisation,
    kStream,
    kFacet
  };

  enum class FacetKind { kSex, kDisability, kResidence, kAgeBand };

  // The way to another event.
  struct Hop {
    // Path of the id; null for an event on the same stream.
    std::unique_ptr<Path> via;
    std::string category;
    const Descriptor* event = nullptr;
  };

  Path() = default;

  static absl::StatusOr<Path> CompileAt(std::string_view text, const PathContext& context,
                                        int depth);
  static absl::StatusOr<Path> CompileJoined(std::string_view rest, const reports::v1::Join& join,
                                            const PathContext& context, int depth);
  // Of a value that stands in an event of a type.
  absl::Status CompileLeaf(std::string_view text, const Descriptor* type,
                           const FieldDescriptor* each, const PathContext& context);
  absl::Status CompileFields(std::string_view text, const Descriptor* type,
                             const FieldDescriptor* each, const PathContext& context);
  absl::Status CompileFacet(std::string_view name, const PathContext& context);

  RowId Source(const ItemView& view) const;
  Word FacetValue(const ItemView& view) const;

  Origin origin_ = Origin::kItem;
  Leaf leaf_ = Leaf::kField;
  FacetKind facet_ = FacetKind::kSex;
  std::unique_ptr<Hop> hop_;
  // The field whose value it is, and where that stands.
  const FieldDescriptor* field_ = nullptr;
  Slot slot_;
  bool whole_list_ = false;
};

// The canonical form of days: `2021-02-21`, `2021-02-05..2021-03-31`, `2021-01`, `2021-Q1`, `2021`
// or `unknown`.
std::string FormatDays(const std::optional<DayRange>& days);

// The first two digits of a place, or `unknown`, `remote`, or nothing.
std::string ProvinceOf(std::string_view place);

// A place of eight digits; `unknown` for a wider one, `remote`, or nothing.
std::string VillageOf(std::string_view place);

}  // namespace mlup::counting
