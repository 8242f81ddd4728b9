#!/bin/sh
# Drill: does `./run` work on a machine that has python3, the package registries and nothing else? Makes a minimal Debian
# tree, gives it this machine's way to the registries, and walks the ways in. As root, with debootstrap installed:
#   tests/run/bare_machine.sh FOLDER [SUITE]     FOLDER must not exist yet or come from an earlier drill; SUITE = bookworm
set -eu

folder=${1:?folder for the tree}
suite=${2:-bookworm}
project=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
mkdir -p "$folder"
pristine=$folder/pristine
tree=$folder/tree

[ -d "$pristine/usr" ] || debootstrap --variant=minbase "$suite" "$pristine" >"$folder/debootstrap.log"

# A copy of the tree with python3 only, this machine's package settings, and the project without what ./run made.
fresh_tree() {
    rm -rf "$tree"
    cp -a "$pristine" "$tree"
    rm -f "$tree/etc/apt/sources.list"
    for settings in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/auth.conf.d /etc/resolv.conf /etc/hosts; do
        [ -e "$settings" ] || continue
        rm -rf "${tree:?}$settings"
        cp -aL "$settings" "$tree$settings"
    done
    # A network that signs its own certificates says so through pip; uv must learn it from there.
    cp -L "${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}" "$tree/etc/network-ca.crt"
    mkdir -p "$tree/srv/lienthong"
    tar -C "$project" --exclude=./.git --exclude=./.venv --exclude=./.cache --exclude=./data -cf - . |
        tar -C "$tree/srv/lienthong" --no-same-owner -xf -
    inside 'apt-get -qq update && apt-get -qq -y --no-install-recommends install python3' >"$folder/python.log" 2>&1
}

# inside COMMANDS: runs them in the tree as root, knowing nothing of this shell's environment but the way out;
# as_clerk COMMANDS: the same as somebody without any right.
inside() { in_tree --userspec=0:0 "$1"; }
as_clerk() { in_tree --userspec=1000:1000 "$1"; }

in_tree() {
    chroot "$1" "$tree" /usr/bin/env -i HOME=/tmp PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
        PIP_CERT=/etc/network-ca.crt ${PIP_INDEX_URL:+PIP_INDEX_URL="$PIP_INDEX_URL"} \
        ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
        sh -c "cd /srv/lienthong 2>/dev/null || cd /; $2"
}

heading() { printf '\n==== %s\n' "$*"; }

expect() {
    wanted=$1
    shift
    got=0
    "$@" || got=$?
    if [ "$wanted" != "$got" ]; then
        printf 'FAILED: exit %s, expected %s\n' "$got" "$wanted"
        exit 1
    fi
}

fresh_tree
heading 'help needs nothing at all'
expect 0 inside './run help | head -n 3'

heading 'somebody without rights, venv missing: one line to run'
chown -R 1000:1000 "$tree/srv/lienthong"
expect 1 as_clerk './run doctor'
expect 1 as_clerk './run config show'

heading 'root: everything is fetched'
chown -R 0:0 "$tree/srv/lienthong"
expect 0 inside './run config show >/dev/null'
heading 'a second time: nothing is fetched'
expect 0 inside './run config show 2>&1 >/dev/null | grep -c "•" | grep -qx 0'
expect 0 inside './run doctor'

heading 'somebody without rights, venv there: everything is fetched again, under the folder only'
inside 'rm -rf .venv .cache'
chown -R 1000:1000 "$tree/srv/lienthong"
expect 0 as_clerk './run config show >/dev/null && ./run doctor'
heading 'the whole gateway on sample dossiers'
expect 0 as_clerk './run demo --json | grep -x "  \"balance\": 0,"'

heading 'no Python at all'
inside 'rm -rf .venv .cache; apt-get -qq -y purge python3 python3-minimal python3.11-minimal' >"$folder/purge.log" 2>&1 || true
expect 1 as_clerk './run config show'
expect 0 inside './run config show >/dev/null'
heading 'all ways in work'
