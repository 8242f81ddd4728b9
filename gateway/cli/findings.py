"""What `lienthong check` finds, and how it is told: general lines, then a block for each system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.cli.words import cell
from gateway.errors import ConfigurationError, GatewayError
from mappings import TableError

NOT_LOOKED = "chưa xem: dòng về sổ và vòng khoá phải đúng trước / not looked at: ledger and key ring, above, come first"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `wrong` says what is wrong and what to do; None when nothing is known to be.

    `part`: of a system (`what`), its login or one service, by its own name; `tried`: False where it was not called.
    """

    what: str
    wrong: str | None = None
    note: str = ""
    part: str = ""
    tried: bool = True


def said(exc: Exception) -> str:
    """What kept one thing from being looked at, in the words of the line that says so; the others are looked at."""
    match exc:
        case ConfigurationError():
            return "; ".join(exc.mistakes)
        case GatewayError() | TableError() | OSError():
            return str(exc)
    kind = type(exc).__name__  # a driver's own words may quote what is in the ledger or its address
    return f"không xem được; xem quyền và địa chỉ / cannot be looked at; look at rights and address: {kind}"


def lines(findings: Iterable[Finding]) -> Iterator[str]:
    """For a terminal; the parts of a system stand under its name."""
    system = ""
    for one in findings:
        if one.part and one.what != system:
            yield f"[bold]{cell(one.what)}[/]"
        system = one.what if one.part else ""
        what = f"  {_mark(one)} {cell(one.part or one.what)}" if one.part else f"{_mark(one)} {cell(one.what)}"
        yield f"{what}: {cell(one.wrong)}" if one.wrong else f"{what} {one.note}"


def _mark(one: Finding) -> str:
    if one.wrong:
        return "[red]✗[/]"
    return "[green]✓[/]" if one.tried else "–"
