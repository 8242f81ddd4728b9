#!/bin/sh
# Drill: does the bundle install and run on a machine that has Python and no network at all? Makes it (this needs the network),
# makes it again for the same bytes, unpacks it elsewhere, and from there on knows no index, no cache and, as root, no network:
#   tests/run/offline_bundle.sh FOLDER      FOLDER must not exist yet or come from an earlier drill
# Without root, addresses that lead nowhere stand for the cut network.
set -eu

folder=${1:?folder to work in}
project=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd -P)
mkdir -p "$folder"
folder=$(CDPATH='' cd -- "$folder" && pwd -P)
rm -rf "$folder/first.tar.gz" "$folder/again.tar.gz" "$folder/machine"
mkdir "$folder/machine" "$folder/machine/home"

heading() { printf '\n==== %s\n' "$*"; }

heading 'made, and made again: the same bytes'
(cd "$folder" && "$project/run" bundle first.tar.gz >first.sum && "$project/run" bundle again.tar.gz >/dev/null)
sha256sum --check "$folder/first.sum"
cmp "$folder/first.tar.gz" "$folder/again.tar.gz"
tar -xzf "$folder/first.tar.gz" -C "$folder/machine"
# A blank and an accent in the path: names of folders are the user's.
bundle="$folder/machine/thư mục"
mv "$folder/machine"/lienthong-* "$bundle"

# inside COMMANDS: in the unpacked bundle, knowing nothing of this shell but the path. Machine-wide pip settings must not help.
nowhere=http://127.0.0.1:9
cut=''
if [ "$(id -u)" = 0 ]; then cut='unshare --net'; fi
inside() {
    # shellcheck disable=SC2086 # two words
    $cut /usr/bin/env -i HOME="$folder/machine/home" PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 \
        PIP_CONFIG_FILE=/dev/null PIP_INDEX_URL="$nowhere/simple" UV_DEFAULT_INDEX="$nowhere/simple" \
        HTTP_PROXY="$nowhere" HTTPS_PROXY="$nowhere" ALL_PROXY="$nowhere" NO_PROXY=127.0.0.1,localhost \
        npm_config_registry="$nowhere" sh -euc "${cut:+ip link set lo up;} cd \"\$0\"; $1" "$bundle"
}

heading 'nothing was changed on the way'
inside 'sha256sum --check --quiet SHA256SUMS'
[ ! -e "$bundle/node_modules" ]
heading 'installed without a network'
inside './run install'
heading 'a second time: nothing to do'
# shellcheck disable=SC2016 # the inner shell's
inside './run doctor && ./run --help >/dev/null && [ -z "$(./run install 2>&1)" ]'
heading 'the command, and the gateway on sample dossiers'
inside '.venv/bin/lienthong --version && ./run demo --json | grep -x "  \"balance\": 0,"'
heading 'tracing, too, comes from the bundle'
inside './run install --otel && .venv/bin/python -c "import opentelemetry.exporter.otlp.proto.http.trace_exporter"'
heading 'the pages are served with what they are made with'
inside '
    LIENTHONG_DATA_DIR=../data LIENTHONG_HTTP__PORT=18080 .venv/bin/lienthong serve >../serve.log 2>&1 &
    trap "kill $!; wait $! || :" EXIT
    .venv/bin/python - <<"PYTHON"
import json, time, urllib.error, urllib.request
from pathlib import Path

manifest = json.loads(Path("gateway/console/static/manifest.json").read_text())
asset = "http://127.0.0.1:18080/console/static/" + manifest["htmx.js"]
for _ in range(120):
    try:
        print(urllib.request.urlopen(asset).status, asset)
        break
    except urllib.error.HTTPError:
        raise
    except OSError:
        time.sleep(0.5)
else:
    raise SystemExit("the gateway did not start")
PYTHON
'
heading 'another Python is told so'
printf '3.99 %s\n' "$(uname -sm)" >"$bundle/wheels/made-for"
! inside './run install' || exit 1
printf '\nthe bundle works without a network\n'
