#!/usr/bin/env bash
# Checks the protos: lint, format, and compatibility with the released image. `--release` writes that image
# anew: for a release, or, before 1.0, for a commit that names what it breaks.
set -euo pipefail
cd "$(dirname "$0")"

if [ ! -x node_modules/.bin/buf ]; then
  # Not `npm ci`: it wants the packages of every other platform in the lock file, and a registry may lack some.
  npm install --no-save --ignore-scripts --no-fund --no-audit --loglevel=error
fi
buf() { node_modules/.bin/buf "$@"; }

if [ "${1:-}" = "--release" ]; then
  buf build --exclude-source-info -o released.binpb
  exit
fi
buf lint
buf format --diff --exit-code --exclude-path google --exclude-path buf
buf breaking --against released.binpb
echo "protos: lint, format and compatibility are clean"
