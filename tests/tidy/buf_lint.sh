#!/usr/bin/env bash
# Lints the protos with the pinned buf; exits 77 (skipped) where it is not installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
if [ ! -x node_modules/.bin/buf ]; then
  echo "skipped: buf is not installed; run deploy/install-deps where npm and a network are"
  exit 77
fi
node_modules/.bin/buf lint
echo "buf lint: no findings"
