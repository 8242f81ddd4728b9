"""`./run chaos`: upset a whole installation for minutes and say what was broken: nothing, if the promises hold."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.campaign import Plan, Verdict, campaign
from tests.chaos.site import embedded, production

_SHOWN = 40


def main() -> int:
    """0 when nothing was found."""
    options = _parser().parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 31)
    plan = Plan(
        seed,
        options.minutes * 60,
        faults=options.faults,
        messages=options.messages,
        rate=options.rate,
        only=options.only,
    )
    folder = Path(tempfile.mkdtemp(prefix="lienthong-chaos-"))
    _say(f"{options.engine}, seed {seed}, {options.minutes:g} phút / minutes; {folder}")
    verdict = asyncio.run(_campaign(options.engine, folder, plan))
    _tell(verdict, options.engine, as_json=options.json)
    if verdict.findings or options.keep:
        _say(f"nhật ký và sổ còn ở / logs and effects are left in {folder}")
        return int(bool(verdict.findings))
    shutil.rmtree(folder, ignore_errors=True)
    return 0


async def _campaign(engine: str, folder: Path, plan: Plan) -> Verdict:
    open_site = production if engine == "production" else embedded
    async with open_site(folder) as site:
        return await campaign(site, plan, _say)


def _tell(verdict: Verdict, engine: str, *, as_json: bool) -> None:
    figures = {"engine": engine, **verdict.figures()}
    if as_json:
        print(json.dumps({**figures, "findings": [{"kind": f.kind, "text": f.text} for f in verdict.findings]}))
        return
    for name, value in figures.items():
        if isinstance(value, dict):
            for kind, count in value.items():
                print(f"    {count:5}  {kind}")
        else:
            print(f"{name:20} {value}")
    for finding in verdict.findings[:_SHOWN]:
        print(f"✗ {finding.kind}: {finding.text}")
    if verdict.findings:
        print("✗ lời hứa bị phá / promises were broken")
    else:
        print("✓ không mất, không đảo, không lặp / none lost, none reordered, none doubled")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5, help="at least so long")
    parser.add_argument("--seed", type=int, help="the same seed draws the same faults and messages")
    parser.add_argument("--engine", choices=["production", "embedded"], default="production")
    parser.add_argument("--faults", type=int, default=0, help="go on until so many faults were done")
    parser.add_argument("--messages", type=int, default=0, help="go on until so many messages were answered")
    parser.add_argument("--rate", type=float, default=30, help="messages a second")
    parser.add_argument(
        "--only", action="append", default=[], metavar="KIND", help="only faults of this kind; repeatable"
    )
    parser.add_argument("--keep", action="store_true", help="leave logs and effects even when nothing was found")
    parser.add_argument("--json", action="store_true")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
