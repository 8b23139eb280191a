#!/bin/sh
# Installs the three programs, their units, settings files, users and folders.
#
#   scripts/install.sh [--prefix DIR] [--bin-dir DIR] [--dest DIR]
#
#   --prefix DIR   where programs and units go (/usr/local)
#   --bin-dir DIR  take the programs from here instead of building them (cargo build --release)
#   --dest DIR     install below DIR for a package or a test: no users, no running systemd touched
#
# Settings files that are already there stay as they are. Safe to run again.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
prefix=/usr/local
bin_dir=
dest=

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

while [ $# -gt 0 ]; do
    case $1 in
    --prefix | --bin-dir | --dest) [ $# -ge 2 ] || fail "$1 needs a folder" ;;
    -h | --help)
        sed -n '2,/^set -eu/s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *) fail "there is no option $1 (--help)" ;;
    esac
    case $1 in
    --prefix) prefix=$2 ;;
    --bin-dir) bin_dir=$2 ;;
    --dest) dest=$2 ;;
    esac
    shift 2
done
[ -n "$dest" ] || [ "$(id -u)" = 0 ] || fail "must be root (or use --dest)"

if [ -z "$bin_dir" ]; then
    (cd "$root" && cargo build --release --locked -p postern-gateway -p postern-agent -p postern-management --bins)
    bin_dir=$root/target/release
fi

for program in postern-gateway postern-agent postern-management; do
    [ -f "$bin_dir/$program" ] || fail "$bin_dir/$program does not exist"
    install -D -m 755 "$bin_dir/$program" "$dest$prefix/bin/$program"
done

# The units name /usr/local; another prefix is written into them.
for unit in "$root"/deploy/systemd/*.service; do
    target=$dest$prefix/lib/systemd/system/$(basename "$unit")
    install -D -m 644 "$unit" "$target"
    sed -i "s|/usr/local/|$prefix/|g" "$target"
done
install -D -m 644 "$root/deploy/systemd/postern.sysusers" "$dest$prefix/lib/sysusers.d/postern.conf"
install -D -m 644 "$root/README.md" "$dest$prefix/share/doc/postern/README.md"

for settings in "$root"/deploy/config/*.toml; do
    target=$dest/etc/postern/$(basename "$settings")
    [ -e "$target" ] || install -D -m 644 "$settings" "$target"
done

if [ -n "$dest" ]; then
    echo "installed below $dest"
    exit 0
fi

systemd-sysusers "$prefix/lib/sysusers.d/postern.conf"
# The agent reads the token, nobody else does.
[ -e /etc/postern/gateway-token ] || install -m 640 -o root -g postern /dev/null /etc/postern/gateway-token
if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
fi

cat <<END
Installed. To start everything on this machine:
  systemctl enable --now postern-management
  setpriv --reuid postern-management --regid postern-management --clear-groups \\
      $prefix/bin/postern-management token --data /var/lib/postern-management --gateway default >/etc/postern/gateway-token
  systemctl enable --now postern-gateway postern-agent
The operator's token for the ARM API: /var/lib/postern-management/operator-token
END
