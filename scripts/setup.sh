#!/usr/bin/env bash
# Installs what building, running and testing need, as far as it is missing. Says what it does only when it does something.
#
#   scripts/setup.sh run      what scripts/run.sh needs
#   scripts/setup.sh test     what scripts/test.sh needs
#   scripts/setup.sh bench    what `postern-bench compare` needs
#
# Expects Debian with a Rust toolchain and a C compiler, and root (or sudo).
set -euo pipefail

# The version the tests are known to run with; a newer one may want a newer compiler.
nextest_version=0.9.143

fail() {
    echo "setup.sh: $*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# Package names and the command that shows each is there: `command:package`.
packages=()
need() {
    local entry
    for entry in "$@"; do
        command -v "${entry%%:*}" >/dev/null || packages+=("${entry##*:}")
    done
}

install_packages() {
    [ "${#packages[@]}" -gt 0 ] || return 0
    command -v apt-get >/dev/null || fail "please install: ${packages[*]}"
    echo "installing ${packages[*]}"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "${packages[@]}" >/dev/null
}

need_toolchain() {
    command -v cargo >/dev/null || fail "there is no Rust toolchain (cargo): https://rustup.rs"
    command -v cc >/dev/null || packages+=(gcc libc6-dev)
}

need_nextest() {
    cargo nextest --version >/dev/null 2>&1 && return
    echo "building cargo-nextest $nextest_version (once, some minutes)"
    # Built to be built quickly: it only starts tests.
    CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        cargo install --quiet --locked --version "$nextest_version" cargo-nextest
}

# rustup's minimal profile comes without them.
need_component() {
    cargo "$1" --version >/dev/null 2>&1 || rustup component add "$2"
}

need_toolchain
case ${1:-} in
run) need curl:curl ;;
test) need systemd-analyze:systemd shellcheck:shellcheck valgrind:valgrind xmllint:libxml2-utils ;;
bench) need wrk:wrk nginx:nginx haproxy:haproxy ;;
*) fail "run, test or bench?" ;;
esac
install_packages
if [ "$1" = test ]; then
    need_component fmt rustfmt
    need_component clippy clippy
    need_nextest
fi
