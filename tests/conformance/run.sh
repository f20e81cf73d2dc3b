#!/usr/bin/env bash
# Kefu as others meet it: clients that are not ours call a `kefu serve` over its public port.
#
#   bash tests/conformance/run.sh                        everything
#   bash tests/conformance/run.sh grpc_client            one part; options of pytest follow
#   bash tests/conformance/run.sh -k watch -x
#
# The binary is that of KEFU_TEST_BINARY, else target/ci/kefu. Everything that is made (the Python
# environment, the stubs) is under target/conformance.
set -euo pipefail
if [ -n "${KEFU_TEST_BINARY:-}" ]; then KEFU_TEST_BINARY="$(realpath "$KEFU_TEST_BINARY")"; fi
cd "$(dirname "$0")"
here="$PWD"
root="$(cd ../.. && pwd)"
made="$root/target/conformance"
export KEFU_TEST_BINARY="${KEFU_TEST_BINARY:-$root/target/ci/kefu}"
export PYTHONDONTWRITEBYTECODE=1
. "$root/tests/lib.sh"

if [ ! -x "$KEFU_TEST_BINARY" ]; then
  echo "no binary at $KEFU_TEST_BINARY: cargo build --profile ci -p kefu" >&2
  exit 1
fi
mkdir -p "$made"

need 'command -v python3' python3 "the clients are Python packages"
need 'python3 -c "import ensurepip"' python3-venv "an environment of their own for those packages"
need 'command -v curl' curl "the README's first call"
need 'command -v npm' npm "buf, for the README's first call, is a package of npm"

# The environment is kept for as long as the requirements are the same.
venv="$made/venv"
if cmp -s requirements.txt "$venv/made-from.txt"; then
  echo "the Python environment is there already"
else
  echo "making the Python environment"
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r requirements.txt
  cp requirements.txt "$venv/made-from.txt"
fi

if [ ! -x "$root/proto/node_modules/.bin/buf" ]; then
  echo "installing buf"
  (cd "$root/proto" && npm install --no-save --ignore-scripts --no-fund --no-audit --loglevel=error)
fi

# google/api comes with googleapis-common-protos; kefu and buf.validate are made here.
echo "making stubs from proto/"
rm -rf "$made/stubs"
mkdir -p "$made/stubs"
(cd "$root/proto" && find kefu buf -name '*.proto' -print0 |
  xargs -0 "$venv/bin/python" -m grpc_tools.protoc -I . --python_out="$made/stubs" --grpc_python_out="$made/stubs")

cd "$here"
exec "$venv/bin/python" -m pytest "$@"
