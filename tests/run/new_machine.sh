#!/bin/sh
# Drill: from an empty Debian tree to a running installation of two processes on PostgreSQL and RabbitMQ, by the commands of
# the operator's guide as they stand; then a kill, a backup, a loss, a restore and an upgrade, by the guide's commands too.
# As root, with debootstrap: tests/run/new_machine.sh FOLDER [SUITE]. FOLDER must not exist yet or come from an earlier drill.
# RESUME=1 begins from an earlier drill whose packages were installed.
# What systemd would do is done by tests/run/systemctl.py. After the packages are there, the machine has no network.
set -eu

folder=${1:?folder for the tree}
suite=${2:-bookworm}
project=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
mkdir -p "$folder"
pristine=$folder/pristine
tree=$folder/machine
packaged=$folder/packaged
[ -d "$pristine/usr" ] || debootstrap --variant=minbase "$suite" "$pristine" >"$folder/debootstrap.log"

say() { printf '\n==== %s\n' "$*"; }

# The machine as it is bought: Debian, this machine's way to the registries, our source in its place.
umount "$tree/proc" "$tree/dev" 2>/dev/null || true
rm -rf --one-file-system "$tree"
if [ -n "${RESUME:-}" ]; then cp -a "$packaged" "$tree"; else cp -a "$pristine" "$tree"; fi
rm -f "$tree/etc/apt/sources.list"
for settings in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/auth.conf.d /etc/resolv.conf /etc/hosts; do
    [ -e "$settings" ] || continue
    rm -rf "${tree:?}$settings"
    cp -aL "$settings" "$tree$settings"
done
cp -L "${PIP_CERT:-/etc/ssl/certs/ca-certificates.crt}" "$tree/etc/network-ca.crt"
mkdir -p "$tree/srv/lienthong"
tar -C "$project" --exclude=./.git --exclude=./.venv --exclude=./.cache --exclude=./data -cf - . |
    tar -C "$tree/srv/lienthong" --no-same-owner -xf -
printf '#!/bin/sh\nexit 101\n' >"$tree/usr/sbin/policy-rc.d"
chmod 755 "$tree/usr/sbin/policy-rc.d"

# step NAME: the guide's commands of that name.
step() { awk -v name="$1" '
    $0 == "<!-- drill: " name " -->" { wanted = 1; next }
    wanted && /^```sh$/ { inside = 1; next }
    inside && /^```$/ { exit }
    inside' "$project/docs/guide/operator.vi.md"; }

inside() {
    chroot "$tree" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive PIP_CERT=/etc/network-ca.crt npm_config_cafile=/etc/network-ca.crt \
        ${PIP_INDEX_URL:+PIP_INDEX_URL="$PIP_INDEX_URL"} \
        ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} sh -euc "$1"
}

mount --bind /dev "$tree/dev"
mount -t proc proc "$tree/proc"
trap 'umount "$tree/proc" "$tree/dev"' EXIT

say 'packages: the last that needs a network'
if [ -z "${RESUME:-}" ]; then
    inside "$(step packages)" >"$folder/packages.log" 2>&1 || { tail -30 "$folder/packages.log"; exit 1; }
    rm -rf "$packaged"
    cp -a --one-file-system "$tree" "$packaged"
fi
cp "$project/tests/run/systemctl.py" "$tree/usr/local/bin/systemctl"
chmod 755 "$tree/usr/local/bin/systemctl"

{
    printf 'set -eu\n'
    for name in units servers config; do printf '\nprintf "\\n==== %s\\n"\n' "$name"; step "$name"; done
    cat <<'SH'
printf '\n==== the simulators\n'
(cd /var/tmp && exec env LIENTHONG_DATA_DIR=/var/tmp/sandbox /srv/lienthong/.venv/bin/lienthong sandbox >/var/tmp/sandbox.log 2>&1) &
SH
    printf '\nprintf "\\n==== start\\n"\n'
    step start
    cat <<'SH'
. /srv/lienthong/tests/run/new_machine_checks.sh
send 1 && delivered
printf '\n==== a killed process is started again\n'
kill -9 "$(cat /run/drill-systemd/lienthong@back.main)"
send 2 && delivered
SH
    printf '\nprintf "\\n==== backup\\n"\n'
    step pgbackup
    cat <<'SH'
cp -a /var/lib/lienthong/admin.token /var/tmp/
rm /var/lib/lienthong/admin.token
SH
    printf '\nprintf "\\n==== restore\\n"\n'
    step pgrestore
    cat <<'SH'
cmp /var/lib/lienthong/admin.token /var/tmp/admin.token
balanced
lienthong destinations | grep -q 'paused'
lienthong resume national_portal --reason 'diễn tập / drill' >/dev/null
send 3 && delivered
SH
    printf '\nprintf "\\n==== upgrade\\n"\n'
    step upgrade
    cat <<'SH'
send 4 && delivered
balanced
printf '\n==== stop\n'
systemctl stop lienthong@front lienthong@back
printf '\nthe new machine works\n'
SH
} >"$tree/srv/drill.sh"

say 'from here on without a network'
# shellcheck disable=SC2016 # the inner shell's
unshare --net --mount --pid --fork --kill-child sh -c 'ip link set lo up; mount -t proc proc "$1/proc"
    exec chroot "$1" /usr/bin/env -i HOME=/root LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh -eu /srv/drill.sh' sh "$tree"
