#!/usr/bin/env bash
# Runs clang-tidy over our files: tests/tidy/clang_tidy.sh [BUILD_FOLDER [FILE...]].
# Without files: all of ours that compile_commands.json of the build folder (default build/clang) names.
# The build folder must have been built once, for the generated headers.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/clang}
shift || true
if [ ! -f "$build/compile_commands.json" ]; then
  echo "clang-tidy: $build/compile_commands.json is missing; run: cmake --preset $(basename "$build") && cmake --build $build"
  exit 1
fi
if [ $# -gt 0 ]; then
  files=$(printf '%s\n' "$@")
else
  files=$(python3 - "$build" <<'PY'
import json, os, sys
root = os.getcwd() + "/"
for entry in sorted({entry["file"] for entry in json.load(open(sys.argv[1] + "/compile_commands.json"))}):
    relative = entry.removeprefix(root)
    if relative.startswith(("eventstore/", "projections/", "services/", "tests/")):
        print(relative)
PY
)
fi
# The flags after -- of g++ builds that clang does not know are harmless.
echo "$files" | xargs -P 2 -n 1 clang-tidy --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option \
  2> >(grep -Ev 'warnings? (generated|treated)|^Suppressed|^Use -header-filter' >&2)
echo "clang-tidy: $(echo "$files" | wc -l) files, no findings"
