// What dashboards show, compiled: worklists, panels of figures, and balances.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "mlup/dashboards/v1/definitions.pb.h"
#include "projections/counting/definitions.h"

namespace mlup::counting {

// A worklist ready to be read: an indicator for each source, with a dimension for each column that
// the source has, and one for the day on which it is due.
struct Worklist {
  struct Source {
    Indicator items;
    // For each column its dimension; nothing where the source has none.
    std::vector<std::optional<std::size_t>> columns;
    std::optional<std::size_t> due;
  };
  const dashboards::v1::Worklist* definition = nullptr;
  std::vector<Source> sources;
};

struct Panel {
  const dashboards::v1::Panel* definition = nullptr;
  std::vector<Indicator> figures;
};

// A balance; one indicator for each entry, with a dimension for each key.
struct Balance {
  const dashboards::v1::Balance* definition = nullptr;
  std::vector<Indicator> entries;
};

// Immutable: any thread. Owns its definitions.
class Dashboards {
 public:
  // Nothing.
  Dashboards();

  // Reads protobuf text (mlup.dashboards.v1.DashboardFile). Its figures are those of `reports`,
  // whose joins it may use; what its paths read gets a place in `columns`. Adds what is wrong.
  static Dashboards Read(std::string_view text, const pb::IndicatorFile& reports, Columns& columns,
                         std::vector<Problem>& problems);

  // In the order of the file.
  const std::vector<Worklist>& worklists() const { return worklists_; }
  const std::vector<Panel>& panels() const { return panels_; }
  const std::vector<Balance>& balances() const { return balances_; }

  // NOT_FOUND WORKLIST_UNKNOWN, PANEL_UNKNOWN, BALANCE_UNKNOWN, with the code that was meant.
  absl::StatusOr<const Worklist*> WorklistNamed(std::string_view code) const;
  absl::StatusOr<const Panel*> PanelNamed(std::string_view code) const;
  absl::StatusOr<const Balance*> BalanceNamed(std::string_view code) const;

 private:
  friend class DashboardCompiler;

  // On the heap because what is compiled points into them.
  std::unique_ptr<const dashboards::v1::DashboardFile> file_;
  std::vector<std::unique_ptr<const pb::Indicator>> indicators_;
  std::vector<Worklist> worklists_;
  std::vector<Panel> panels_;
  std::vector<Balance> balances_;
};

}  // namespace mlup::counting
