#!/usr/bin/env bash
# Checks the format of C++ files: tests/tidy/format.sh [FILE...]; without files, all of ours. --fix writes it.
set -euo pipefail
cd "$(dirname "$0")/../.."
mode=(--dry-run -Werror)
if [ "${1:-}" = --fix ]; then
  mode=(-i)
  shift
fi
if [ $# -gt 0 ]; then
  files=("$@")
else
  mapfile -t files < <(find eventstore projections services tests -name '*.h' -o -name '*.cc' | sort)
fi
if ! clang-format "${mode[@]}" "${files[@]}"; then
  echo "format: run tests/tidy/format.sh --fix"
  exit 1
fi
echo "format: ${#files[@]} files"
