#!/usr/bin/env bash
# Kefu as pages meet it: gRPC-Web clients from npm, and REST, in headless Chromium, from another origin
# than the API's, against a `kefu serve` of their own on a free port.
#
#   bash tests/browser/run.sh
#
# The binary is that of KEFU_TEST_BINARY, else target/ci/kefu. Generated code is under target/browser.
set -euo pipefail
cd "$(dirname "$0")/../.."
root="$PWD"
here="$root/tests/browser"
generated="$root/target/browser/api"
binary="${KEFU_TEST_BINARY:-$root/target/ci/kefu}"
. tests/lib.sh

if [ ! -x "$binary" ]; then
  echo "no binary at $binary: cargo build --profile ci -p kefu" >&2
  exit 1
fi
need 'command -v npm' npm "the clients, their generator and buf come from npm"
need 'command -v chromium' chromium "the browser"

# packages FOLDER: installs what its lock file names, again only where that changed. Not `npm ci`: it wants
# the packages of every other platform in the lock file, and a registry may lack some.
packages() {
  if cmp -s "$1/package-lock.json" "$1/node_modules/.made-from.json"; then return 0; fi
  echo "installing the packages of ${1#"$root"/}"
  (cd "$1" && npm install --no-save --ignore-scripts --no-fund --no-audit --loglevel=error)
  cp "$1/package-lock.json" "$1/node_modules/.made-from.json"
}
packages "$root/proto"
packages "$here"

echo "generating messages and services from proto/"
buf() { "$root/proto/node_modules/.bin/buf" "$@"; }
rm -rf "$generated"
buf generate proto --template "$here/buf.gen.yaml"
# What errors are told in is Google's; Kefu's protos do not hold it.
buf generate "$here/node_modules/google-proto-files" --template "$here/buf.gen.yaml" \
  --path "$here/node_modules/google-proto-files/google/rpc/status.proto" \
  --path "$here/node_modules/google-proto-files/google/rpc/error_details.proto"

exec node "$here/run.mjs" "$binary" "$generated" "$(command -v chromium)"
