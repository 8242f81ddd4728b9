"""Packs what `./run bundle` has gathered: says in it how to install, sums every file, and writes one archive.

The same commit, wheels and Python give the same bytes: names are sorted, times are the commit's, nobody owns anything.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import sys
import tarfile
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from rich.console import Console
from rich.progress import track

_OLD_NAMES = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}
"""What wheels were called before their names said the glibc they need (PEP 600)."""

HOW = """\
# Liên Thông không cần Internet / Liên Thông without Internet

Gói này: mã nguồn, mọi thư viện đã ghim (`wheels/`), phần dựng sẵn của trang điều khiển. Dành cho **{made_for}**{glibc};
Python đó (kèm venv) lấy từ đĩa cài của hệ điều hành. / *This bundle: the source, every locked library (`wheels/`), the
built parts of the console's pages. For **{made_for}**{glibc}; that Python (with venv) comes from the system's media.*

```sh
sha256sum --check --quiet SHA256SUMS    # không in gì là nguyên vẹn / silence: nothing was changed on the way
./run install                           # cài vào .venv, không hỏi mạng / into .venv, asking no network
./run demo                              # chạy cả trục với hồ sơ mẫu / the whole gateway on sample dossiers
```

`SHA256SUMS` chỉ chứng minh điều gì khi tổng của chính tệp nén được gửi theo đường khác. / *`SHA256SUMS` proves
something only where the archive's own sum came by another way.*

Tiếp theo / next: [tiếng Việt](docs/guide/operator.vi.md), [English](docs/guide/operator.en.md). Ảnh Docker không cần
mạng / *a Docker image without a network*: `docker/Dockerfile`.
"""


def glibc_needed(wheels: Iterable[str]) -> tuple[int, int] | None:
    """The oldest glibc that all of these wheels run on; None: none of them minds."""
    needed = [min(found) for name in wheels if (found := [*_glibc_of(name)])]
    return max(needed, default=None)


def _glibc_of(wheel: str) -> Iterable[tuple[int, int]]:
    for tag in wheel.removesuffix(".whl").rpartition("-")[2].split("."):
        if named := re.match(r"manylinux_(\d+)_(\d+)_", tag):
            yield int(named[1]), int(named[2])
        elif (old := tag.partition("_")[0]) in _OLD_NAMES:
            yield _OLD_NAMES[old]


def describe(tree: Path) -> None:
    """Write `OFFLINE.md` and `SHA256SUMS` (of every other file) into the tree."""
    python, system, machine = (tree / "wheels/made-for").read_text("utf-8").split()
    glibc = glibc_needed(path.name for path in (tree / "wheels").glob("*.whl"))
    least = f", glibc ≥ {glibc[0]}.{glibc[1]}" if glibc else ""
    made_for = f"Python {python}, {system} {machine}"
    (tree / "OFFLINE.md").write_text(HOW.format(made_for=made_for, glibc=least), "utf-8")
    sums = [f"{hashlib.sha256((tree / name).read_bytes()).hexdigest()}  {name}\n" for name in files(tree)]
    (tree / "SHA256SUMS").write_text("".join(sums), "utf-8")


def files(tree: Path) -> list[str]:
    """Every file by its name under the tree, in one order everywhere."""
    return sorted(path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file())


def pack(tree: Path, archive: Path, commit_at: int) -> None:
    """Write the archive; a half-written one never bears its name. `commit_at`: seconds since 1970."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    draft = archive.with_name(archive.name + ".part")
    told = Console(stderr=True)
    shown = track(files(tree), "đóng gói / packing", console=told, disable=not told.is_terminal, transient=True)
    with (
        draft.open("wb") as raw,
        gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=commit_at, compresslevel=6) as small,
        tarfile.open(fileobj=cast("BinaryIO", small), mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for name in shown:
            tar.add(tree / name, f"{tree.name}/{name}", filter=partial(_anonymous, commit_at))
    draft.replace(archive)


def _anonymous(commit_at: int, member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mtime = commit_at
    member.mode = 0o755 if member.mode & 0o100 else 0o644
    return member


def main(tree: Path, archive: Path, commit_at: int) -> None:
    """Describe, pack, and leave the archive's own sum beside the tree, as `sha256sum` would say it."""
    describe(tree)
    pack(tree, archive, commit_at)
    with archive.open("rb") as packed:
        summed = hashlib.file_digest(packed, "sha256").hexdigest()
    (tree.parent / "sum").write_text(f"{summed}  {archive}\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
