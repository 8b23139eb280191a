#!/usr/bin/env bash
# Checks the units as systemd would load them: installs into a scratch folder with scripts/install.sh (so that is checked
# as well), has them verified there, rates their hardening, and looks whether the system call filter still lets the workers
# have io_uring and pin themselves.
#
#   scripts/check-systemd.sh BIN_DIR
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
bin_dir=${1:?folder of the built programs}
# Exposure as `systemd-analyze security` counts it, in tenths: 0 is a locked box, 100 an ordinary root service.
exposure_max=25

dest=$(mktemp -d)
trap 'rm -rf "$dest"' EXIT

# What a real root would bring: the standard targets.
mkdir -p "$dest/usr/lib/systemd/system"
for target in basic sysinit shutdown network network-online multi-user local-fs; do
    printf '[Unit]\nDescription=%s\n' "$target" >"$dest/usr/lib/systemd/system/$target.target"
done

"$root/scripts/install.sh" --dest "$dest" --bin-dir "$bin_dir" >/dev/null
units=("$dest"/usr/local/lib/systemd/system/postern-*.service)
[ "${#units[@]}" = 3 ] || {
    echo "three units expected, found ${#units[@]}" >&2
    exit 1
}
for unit in "${units[@]}"; do
    name=$(basename "$unit")
    # verify exits 0 for unknown settings and only prints them: any word is a failure.
    complaints=$(systemd-analyze verify --man=no --recursive-errors=no --root="$dest" "$name" 2>&1) || true
    if [ -n "$complaints" ]; then
        printf '%s is not sound:\n%s\n' "$name" "$complaints" >&2
        exit 1
    fi
    systemd-analyze security --no-pager --offline=true --root="$dest" --threshold="$exposure_max" "$name" >/dev/null || {
        echo "$name is more exposed than $exposure_max (systemd-analyze security)" >&2
        exit 1
    }
done

# Names of the system calls a filter group holds, groups inside it followed.
calls_of() {
    local entry
    systemd-analyze syscall-filter --no-pager "$1" | sed -n 's/^ \{4\}\([^# ].*\)/\1/p' | while read -r entry; do
        case $entry in
        @*) calls_of "$entry" ;;
        *) echo "$entry" ;;
        esac
    done
}
# The groups a unit allows (or, with `~`, takes away again).
groups_of() {
    sed -n "s/^SystemCallFilter=$1\(@.*\)/\1/p" "$dest/usr/local/lib/systemd/system/postern-gateway.service" | tr ' ' '\n'
}
calls_of_all() {
    local group
    while read -r group; do
        calls_of "$group"
    done | sort -u
}
allowed=$(comm -23 <(groups_of '' | calls_of_all) <(groups_of '~' | calls_of_all))
for call in io_uring_setup io_uring_enter io_uring_register sched_setaffinity epoll_wait eventfd2 accept4 splice; do
    grep -qx "$call" <<<"$allowed" || {
        echo "the gateway's SystemCallFilter refuses $call" >&2
        exit 1
    }
done
echo "units: 3 verified"
