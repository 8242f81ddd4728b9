"""What the drill shows, each as a claim that can fail, from what was seen outside and in the ledger. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.national_portal.simulator import Effect

WITHIN = 10.0
"""Seconds within which what has nothing to do with the portal must be through, on a machine with other work to do."""
_RATE_SLACK = 1.1


@dataclass(frozen=True, slots=True)
class Claim:
    """One verdict: what was claimed, in both languages, whether it held, and the figures it rests on."""

    name: str
    vi: str
    en: str
    good: bool
    figures: Mapping[str, Any]


def few_attempts(name: str, vi: str, en: str, attempts: int, allowed: int) -> Claim:
    """While a breaker is open nothing is tried; what opens it was under way, or counted towards it."""
    return Claim(name, vi, en, attempts <= allowed, {"attempts": attempts, "allowed": allowed})


def healed(attempts: int, allowed: int, returned: int) -> Claim:
    """An expired password concerns them all: those under way came back untried, and the rest was not touched."""
    vi = "Mật khẩu hết hạn mở cầu dao của cả nơi nhận, không tốn lượt thử, rồi tự lành"
    en = "an expired password opened the breaker of the destination, used no tries, and it healed by itself"
    figures = {"attempts": attempts, "allowed": allowed, "returned_to_pending": returned}
    return Claim("password_expired", vi, en, attempts <= allowed and returned > 0, figures)


def nothing_dead(sheet: Mapping[str, Any]) -> Claim:
    """Of an outage nothing dies, nor is refused."""
    figures = {name: sheet[name] for name in ("accepted", "dead", "refused", "open")}
    good = sheet["dead"] == sheet["refused"] == sheet["open"] == 0
    vi = "Không hồ sơ nào bị dừng vì cổng ngừng hay mật khẩu hết hạn"
    return Claim("nothing_dead", vi, "nothing died of the outage or of the expired password", good, figures)


def in_order(effects: Sequence[Effect], dossiers: int) -> Claim:
    """Each dossier was created once, and then had its steps in their order, once each."""
    done: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for effect in effects:
        done[effect.key].append((effect.kind, effect.step_at))
    wrong = [key for key, kinds in done.items() if not _whole(kinds)]
    figures = {"dossiers": len(done), "of": dossiers, "effects": len(effects), "out_of_order": len(wrong)}
    vi = "Hàng chờ tự vơi hết, đúng thứ tự trong từng hồ sơ, mỗi việc đúng một lần"
    en = "the backlog drained by itself, in order within each dossier, each effect once"
    return Claim("in_order", vi, en, not wrong and len(done) == dossiers, figures)


def _whole(kinds: list[tuple[str, str]]) -> bool:
    steps = [at for kind, at in kinds if kind == "progress"]
    return [kind for kind, _ in kinds] == ["create", "progress", "progress"] and steps == sorted(steps)


def within_rate(effects: Sequence[Effect], rate: float, at_once: int) -> Claim:
    """No second of the draining saw more than the rate, and what may be under way at once."""
    busiest = most_in_a_second([datetime.fromisoformat(effect.received_at).timestamp() for effect in effects])
    allowed = round(rate * _RATE_SLACK) + at_once
    figures = {"busiest_second": busiest, "rate": rate, "allowed": allowed}
    return Claim("within_rate", "Không giây nào vượt tốc độ cho phép", "no second saw more than the rate allows",
                 busiest <= allowed, figures)  # fmt: skip


def most_in_a_second(moments: Sequence[float]) -> int:
    """The most moments that any second saw."""
    moments = sorted(moments)
    first, most = 0, 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def undisturbed(name: str, vi: str, en: str, latencies: Iterable[float], wanted: int) -> Claim:
    """All of these went through while something else was away, and none waited for it."""
    seconds = sorted(latencies)
    slowest = seconds[-1] if seconds else 0.0
    figures = {"through": len(seconds), "of": wanted, "slowest_seconds": round(slowest, 2), "allowed": WITHIN}
    return Claim(name, vi, en, len(seconds) >= wanted > 0 and slowest <= WITHIN, figures)


def balanced(name: str, sheet: Mapping[str, Any], told: Mapping[str, int]) -> Claim:
    """The gateway's sheet adds up, and says what the senders counted themselves. `told`: destination -> messages."""
    by = {line["destination"]: line["accepted"] for line in sheet["by"]}
    unlike = {where: [count, by.get(where, 0)] for where, count in told.items() if by.get(where, 0) != count}
    figures = {"balance": sheet["balance"], "open": sheet["open"], "dead": sheet["dead"], "counted_otherwise": unlike}
    good = sheet["balance"] == 0 and sheet["open"] == 0 and not unlike
    vi = "Sổ cân bằng không và khớp với số người gửi tự đếm"
    return Claim(name, vi, "the balance is zero and as the senders counted", good, figures)
