#!/usr/bin/env bash
# Everything a change must pass: format, scripts, lints, units, and every test. Ends with the test runner's summary.
#
#   scripts/test.sh [arguments for cargo nextest run]
set -euo pipefail
cd "$(dirname "$0")/.."

step() {
    printf '\n== %s\n' "$*"
}

# One build from nothing: incremental data would only cost time and space.
if [ "${CI:-}" = true ]; then
    export CARGO_INCREMENTAL=0
fi

step setup
scripts/setup.sh test

step format
cargo fmt --all --check

step scripts
shellcheck scripts/*.sh .ci/run

step lints
cargo clippy --locked --workspace --all-targets -- -D warnings

# The system tests start these programs.
step programs
cargo build --locked --workspace --bins

step units
scripts/check-systemd.sh target/debug

step tests
cargo nextest run --locked --workspace "$@"
