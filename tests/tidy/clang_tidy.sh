#!/usr/bin/env bash
# Runs clang-tidy over our files: tests/tidy/clang_tidy.sh [--slice N] [BUILD_FOLDER [FILE...]].
# Without files: all of ours that compile_commands.json of the build folder (default build/clang) names. With --slice,
# N of them: those that the last commit changed, then others that move on with every commit.
# The build folder needs its generated code only.
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
  files=$(printf '%s\n' "$@")
else
  files=$(python3 - "$build" "$slice" <<'PY'
import hashlib, json, os, subprocess, sys
build, slice_size = sys.argv[1:]
root = os.getcwd() + "/"
ours = sorted(path for path in {entry["file"].removeprefix(root) for entry in json.load(open(build + "/compile_commands.json"))}
              if path.startswith(("eventstore/", "projections/", "services/", "tests/")))
if slice_size:
    def git(*arguments):
        return subprocess.run(["git", *arguments], capture_output=True, text=True).stdout
    commit, changed = git("rev-parse", "HEAD"), set(git("diff", "--name-only", "HEAD~1").split())
    ours.sort(key=lambda path: (path not in changed, hashlib.sha256((commit + path).encode()).hexdigest()))
    ours = ours[:int(slice_size)]
print("\n".join(ours))
PY
)
fi
# The flags after -- of g++ builds that clang does not know are harmless.
echo "$files" | xargs -P 2 -n 1 clang-tidy --quiet -p "$build" --extra-arg=-Wno-unknown-warning-option \
  2> >(grep -Ev 'warnings? (generated|treated)|^Suppressed|^Use -header-filter' >&2)
echo "clang-tidy: $(echo "$files" | wc -l) files, no findings"
