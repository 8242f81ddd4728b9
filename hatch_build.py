"""Brings what the console's pages are made with: `npm ci` by the lock, then the named files under hashed names.

`./run` calls it at set-up, hatchling when it builds a wheel. Nothing of what it brings is committed. Without it the
pages still work: they only do not renew themselves and draw no charts.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
STATIC = ROOT / "gateway/console/static"
FILES = {
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "sse.js": "htmx-ext-sse/dist/sse.min.js",
    "uplot.js": "uplot/dist/uPlot.esm.js",
    "uplot.css": "uplot/dist/uPlot.min.css",
}
"""The name a page asks for -> the file of the package."""
LICENCES = {"htmx": "htmx.org/LICENSE", "htmx-ext-sse": "htmx-ext-sse/LICENSE", "uplot": "uplot/LICENSE"}


class Assets(BuildHookInterface[Any]):
    """Fetches them before a wheel is built, unless they are there."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling; an installation of this folder itself takes what `./run` fetched."""
        del build_data
        if version != "editable" and not is_made():
            make(shutil.which("npm") or "npm", development=False)


def wanted() -> str:
    """What the files follow from."""
    told = (ROOT / "package-lock.json").read_bytes() + Path(__file__).read_bytes()
    return hashlib.sha256(told).hexdigest()


def is_made(*, development: bool = False) -> bool:
    """Whether everything is there, as the lock says."""
    told = STATIC / "made-from"
    there = told.is_file() and told.read_text("utf-8") == wanted()
    return there and (not development or (ROOT / "node_modules/axe-core/axe.min.js").is_file())


def make(npm: str, *, development: bool) -> None:
    """Fetch, then copy. Raises `CalledProcessError`, `OSError`; run again after either."""
    kind = [] if development else ["--omit=dev"]
    subprocess.run([npm, "ci", "--ignore-scripts", "--silent", *kind], cwd=ROOT, check=True)  # noqa: S603 - our own words
    shutil.rmtree(STATIC, ignore_errors=True)
    (STATIC / "licences").mkdir(parents=True)
    manifest: dict[str, str] = {}
    for name, source in FILES.items():
        content = (ROOT / "node_modules" / source).read_bytes()
        stem, _, kind_of = name.rpartition(".")
        manifest[name] = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{kind_of}"
        (STATIC / manifest[name]).write_bytes(content)
    for name, source in LICENCES.items():
        found = ROOT / "node_modules" / source
        if found.is_file():
            shutil.copyfile(found, STATIC / "licences" / f"{name}.txt")
    (STATIC / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    (STATIC / "made-from").write_text(wanted(), "utf-8")


if __name__ == "__main__":
    make(sys.argv[1], development="--dev" in sys.argv)
