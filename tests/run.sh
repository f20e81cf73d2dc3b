#!/usr/bin/env bash
# Kefu's whole test suite, in one command, on a fresh Debian or Ubuntu machine.
#
#   bash tests/run.sh          everything; as root it installs what is missing and says what and why
#   bash tests/run.sh --fast   no servers, no browser, no third-party clients
#
# Real data is used where KEFU_TEST_DATA names a folder of it; tests say when they go without.
set -euo pipefail
cd "$(dirname "$0")/.."
root="$PWD"
. tests/lib.sh
fast=false
for argument in "$@"; do
  case "$argument" in
    --fast) fast=true ;;
    -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "unknown option: $argument (see --help)" >&2; exit 2 ;;
  esac
done
started=$SECONDS
log="$root/target/test-log.txt"
mkdir -p "$root/target"
: > "$log"

step() { printf '\n== %s (%d s so far)\n' "$1" "$((SECONDS - started))"; }

step "what the tests need"
if ! $fast; then
  need 'ls /usr/lib/postgresql/*/bin/postgres' postgresql "the store's second backend, started privately by tests"
  need 'test -x /usr/sbin/nats-server || command -v nats-server' nats-server "the bus's second backend, started privately by tests"
  need 'command -v npm' npm "buf, which checks the protos, and the browser's client come from npm"
fi
echo "KEFU_TEST_DATA: ${KEFU_TEST_DATA:-not set, so tests use the committed sample only}"

step "format and lints"
cargo fmt --all --check
cargo clippy --workspace --all-targets --profile ci --quiet -- -D warnings

step "licences, bans and sources of dependencies"
deny="$root/target/tools/bin/cargo-deny"
if [ ! -x "$deny" ]; then
  echo "installing cargo-deny, built from source"
  cargo install cargo-deny --version 0.20.2 --locked --debug --quiet --root "$root/target/tools" \
    --target-dir "$root/target/tools/build" --config profile.dev.debug=false
  rm -rf "$root/target/tools/build"
fi
"$deny" --locked check --hide-inclusion-graph licenses bans sources

step "build, once"
cargo build --workspace --all-targets --profile ci --quiet

step "tests"
# `all`: a server that is missing fails the tests instead of leaving them out.
if $fast; then export KEFU_TEST_BACKENDS=embedded; else export KEFU_TEST_BACKENDS=all; fi
if ! KEFU_TEST_BINARY="$root/target/ci/kefu" \
  cargo test --workspace --profile ci --no-fail-fast -- --show-output > "$log" 2>&1; then
  grep -E '^(error|test .* FAILED|thread .* panicked|test result: FAILED)' -A 6 "$log" | head -n 200 >&2
  echo "tests failed: the whole output is in $log" >&2
  exit 1
fi
grep -E '^(test result:|     Running )' "$log" || true

for extra in proto/check.sh tests/conformance/run.sh tests/browser/run.sh; do
  if ! $fast && [ -x "$extra" ]; then
    step "$extra"
    bash "$extra" 2>&1 | tee -a "$log"
  fi
done

step "summary"
passed=$(grep -oE 'test result: [a-zA-Z]+\. [0-9]+ passed' "$log" | awk '{n += $4} END {print n + 0}')
failed=$(grep -oE '[0-9]+ failed;' "$log" | awk '{n += $1} END {print n + 0}')
echo "tests by the backends that they ran on:"
grep -hoE '^(backend ran: .*|.*ran on [A-Za-z ,+]*)$' "$log" | sed -E 's/^.*ran on/ran on/' | sort | uniq -c | sort -rn || true
echo "$passed passed, $failed failed, in $((SECONDS - started)) s"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
