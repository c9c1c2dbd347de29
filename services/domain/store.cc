#include "services/domain/store.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "eventstore/base/categories.h"
#include "mlup/common/v1/common.pb.h"
#include "mlup/donations/v1/donation_events.pb.h"
#include "mlup/donations/v1/stock_events.pb.h"
#include "services/domain/approvals.h"
#include "services/domain/quantities.h"

namespace mlup::domain {

namespace donations_pb = ::mlup::donations::v1;

struct StoreState {
  struct Sent {
    std::string to_store_id;
    Quantities goods;
  };
  std::set<std::pair<std::string, std::uint32_t>> kits;
  // By move id.
  std::map<std::string, Sent> sent;
  std::set<std::string> moves_in;
  std::set<std::string> used_approvals;
};

namespace {

void On(StoreState& state, const donations_pb::KitDefined& kit, const EventInfo&) {
  state.kits.emplace(kit.kit_code(), kit.version());
}

void On(StoreState& state, const donations_pb::StockMoved& moved, const EventInfo&) {
  if (moved.direction() == donations_pb::STOCK_DIRECTION_IN) {
    state.moves_in.insert(moved.move_id());
    return;
  }
  StoreState::Sent& sent = state.sent[moved.move_id()];
  sent.to_store_id = moved.other_store_id();
  sent.goods = Quantities();
  sent.goods.Add(moved.lines(), "lines").IgnoreError();  // A fold never refuses.
}

void On(StoreState& state, const donations_pb::StockWrittenOff& written_off, const EventInfo&) {
  state.used_approvals.insert(written_off.approval_id());
}

absl::Status May(const StoreState& state, const donations_pb::KitAssembled& kit,
                 const RuleContext&) {
  if (state.kits.contains({kit.kit_code(), kit.version()})) return absl::OkStatus();
  return Refuse("KIT_UNKNOWN", "the store has no such version of the kit",
                "say what it holds with kit_defined", ".version");
}

std::string OtherStore(const donations_pb::StockMoved& moved) {
  return "store/" + moved.other_store_id();
}

std::vector<std::string> Reads(const donations_pb::StockMoved& moved) {
  if (moved.direction() != donations_pb::STOCK_DIRECTION_IN) return {};
  return {OtherStore(moved)};
}

// What arrives is what the other store has sent: the same goods, once.
absl::Status MayArrive(const StoreState& state, const donations_pb::StockMoved& moved,
                       const Quantities& goods, const RuleContext& context) {
  if (state.moves_in.contains(moved.move_id())) {
    return Refuse("MOVE_ID_USED", "what was sent by this move has arrived already",
                  "nothing needs recording, or another move is meant", ".move_id");
  }
  const auto& other = context.Of(Store(), OtherStore(moved));
  const auto sent = other.sent.find(moved.move_id());
  if (sent == other.sent.end() || sent->second.to_store_id != RecordIdOf(context.stream)) {
    return Refuse("MOVE_NOT_SENT", "the other store has not sent this move here",
                  "record it there first in the same request, with STOCK_DIRECTION_OUT",
                  ".move_id");
  }
  if (sent->second.goods.Cover(goods) && goods.Cover(sent->second.goods)) return absl::OkStatus();
  return Refuse("MOVE_DIFFERS", "what arrives is not what the other store has sent",
                "record what was sent; what is missing is counted or written off here", ".lines");
}

absl::Status May(const StoreState& state, const donations_pb::StockMoved& moved,
                 const RuleContext& context) {
  Quantities goods;
  RETURN_IF_ERROR(goods.Add(moved.lines(), "stock_moved.lines"));
  if (moved.other_store_id() == RecordIdOf(context.stream)) {
    return FieldError(absl::StatusCode::kInvalidArgument, "OTHER_STORE",
                      "stock_moved.other_store_id", "must be another store");
  }
  if (moved.direction() == donations_pb::STOCK_DIRECTION_IN) {
    return MayArrive(state, moved, goods, context);
  }
  if (!state.sent.contains(moved.move_id())) return absl::OkStatus();
  return Refuse("MOVE_ID_USED", "the move's id is used already", "choose a new id", ".move_id");
}

absl::Status May(const StoreState& state, const donations_pb::StockWrittenOff& written_off,
                 const RuleContext& context) {
  Quantities goods;
  RETURN_IF_ERROR(goods.Add(written_off.lines(), "stock_written_off.lines"));
  if (!state.used_approvals.contains(written_off.approval_id()) &&
      context.Of(Approvals(), context.stream)
          .Granted(written_off.approval_id(), common::v1::APPROVAL_SUBJECT_WRITE_OFF)) {
    return absl::OkStatus();
  }
  return Refuse("APPROVAL_MISSING", "a write-off needs an approval that was granted for it",
                "ask for it on the store with approval_requested", ".approval_id");
}

absl::Status May(const StoreState&, const donations_pb::StockCounted& counted, const RuleContext&) {
  Quantities goods;
  return goods.Add(counted.lines(), "stock_counted.lines");
}

}  // namespace

const Aggregate<StoreState>& Store() {
  static const auto& rules = Aggregate<StoreState>::Make("store")
                                 .On<donations_pb::KitDefined>(On)
                                 .May<donations_pb::KitAssembled>(May)
                                 .On<donations_pb::StockMoved>(On)
                                 .May<donations_pb::StockMoved>(May)
                                 .Reads<donations_pb::StockMoved>(Reads)
                                 .On<donations_pb::StockWrittenOff>(On)
                                 .May<donations_pb::StockWrittenOff>(May)
                                 .May<donations_pb::StockCounted>(May);
  return rules;
}

}  // namespace mlup::domain
