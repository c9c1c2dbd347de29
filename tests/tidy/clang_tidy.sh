#!/usr/bin/env bash
# Runs clang-tidy over our files: tests/tidy/clang_tidy.sh [--slice N] [BUILD_FOLDER [FILE...]].
# Without files: over all that compile_commands.json of the build folder (default build/clang) names, several at once, as that
# build compiles them: most of the time is what they include. With --slice, N of these compilations: those of files that
# changed lately, then others that move on with every commit. The build folder needs its generated code only.
set -euo pipefail
cd "$(dirname "$0")/../.."
slice=""
if [ "${1:-}" = --slice ]; then
  slice=$2
  shift 2
fi
build=${1:-build/clang}
shift || true
if [ ! -f "$build/compile_commands.json" ]; then
  echo "clang-tidy: $build/compile_commands.json is missing; run: cmake --preset $(basename "$build") && cmake --build $build --target generated"
  exit 1
fi
if [ $# -gt 0 ]; then
  units=$(printf '%s\n' "$@")
else
  units=$(python3 -B - "$build" "$slice" <<'PY'
import sys
from pathlib import Path
sys.path.insert(0, "tests/tidy")
import alone
build, size = Path(sys.argv[1]), sys.argv[2]
units = sorted({unit for unit in alone.units(build) if any(alone.files_of(unit))})
units = alone.first(int(size) if size else None, units, alone.files_of)
print(*units, sep="\n")
PY
)
fi
# The flags after -- of g++ builds that clang does not know are harmless.
echo "$units" | xargs -P 2 -n 1 clang-tidy --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option \
  2> >(grep -Ev 'warnings? (generated|treated)|^Suppressed|^Use -header-filter' >&2)
echo "clang-tidy: $(echo "$units" | wc -l) compilations, no findings"
