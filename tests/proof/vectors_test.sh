#!/usr/bin/env bash
# The second verifier against published vectors; skipped with a word where node is not installed.
set -euo pipefail
if ! command -v node >/dev/null; then
  echo "skipped: node is not installed (deploy/install-deps)" >&2
  exit 77
fi
exec node "$(dirname "$0")/vectors_test.js"
