"""The other flows, played once each: look-ups, document reuse, payments, and what national systems tell by themselves.

A scene speaks to the gateway as the province's system would, moves the simulated systems as their people would, and
says what came of it; one that ends differently from what it says is a surprise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.payment.simulator import faults as payment_faults
from gateway.demo.sandbox import Sandbox
from gateway.demo.story import Teller
from gateway.demo.verdict import Surprise

_WITHIN = 20.0
_LOOK_EVERY = 0.05
_WAIT = 10
_OFFICER = {"id": "044082999100", "account": "canbo.motcua"}
_AGENCY = {"code": "000.00.16.H46", "name": "Sở Tư pháp tỉnh Quảng Bình"}
_BIRTH = "KQ.G15.000031"


@dataclass(frozen=True, slots=True)
class Scene:
    """One flow: what it shows, and the places where people can look it up afterwards."""

    vi: str
    en: str
    subject: str
    play: Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Stage:
    """What a scene acts on."""

    teller: Teller
    sandbox: Sandbox

    async def ask(self, short_type: str, data: Mapping[str, Any], event_id: str) -> dict[str, Any]:
        """A question whose answer comes on the same call; without one in time, what the door said."""
        return await self.teller.post_event(short_type, data, event_id, wait=_WAIT)

    async def told(self, short_type: str, subject: str) -> dict[str, Any]:
        """The first message of a type about a dossier. Raises `TimeoutError`."""
        async with asyncio.timeout(_WITHIN):
            while True:
                query = {"type": f"vn.lienthong.{short_type}", "subject": subject, "limit": "1"}
                items: list[dict[str, Any]] = (await self.teller.ask("/v1/messages", **query))["items"]
                if items:
                    return items[0]
                await asyncio.sleep(_LOOK_EVERY)

    async def payment(self, subject: str) -> dict[str, Any]:
        """The newest payment of a dossier, as the gateway knows it."""
        items: list[dict[str, Any]] = (await self.teller.ask("/v1/payments", subject=subject))["items"]
        return items[0]

    async def until(self, subject: str, state: str) -> dict[str, Any]:
        """The newest payment of a dossier once it is in a state. Raises `TimeoutError`."""
        async with asyncio.timeout(_WITHIN):
            while (found := await self.payment(subject))["state"] != state:  # noqa: ASYNC110 - seen from outside
                await asyncio.sleep(_LOOK_EVERY)
            return found


class Unexpected(Exception):  # noqa: N818 - the end of a scene, not a failure of ours
    """The scene ended differently; says what was seen."""


async def play(stage: Stage, scenes: Sequence[Scene], step: Callable[[], None]) -> list[Surprise]:
    """Play all, one after the other; those that ended differently from what they say."""
    surprises = []
    for scene in scenes:
        try:
            await scene.play(stage)
        except (Unexpected, TimeoutError, LookupError) as exc:
            surprises.append(Surprise(scene.subject, scene.en, f"{type(exc).__name__} {exc}".strip()))
        step()
    return surprises


def _expect(seen: Any, wanted: Any) -> None:
    if seen != wanted:
        raise Unexpected(f"{seen}")


def _lookup(subject: str, person: Mapping[str, str], service: str = "lookup") -> dict[str, Any]:
    return {
        "service": service,
        "dossier_code": subject,
        "procedure_code": "1.001193",
        "officer": _OFFICER,
        "person": dict(person),
    }


def _request(subject: str) -> dict[str, Any]:
    return {
        "dossier_code": subject,
        "amount": 50_000,
        "description": "Lệ phí đăng ký hộ kinh doanh",
        "procedure": {"code": "1.001612", "name": "Đăng ký thành lập hộ kinh doanh"},
        "agency": _AGENCY,
        "payer": {"name": "Nguyễn Văn Thử", "id_number": "044999000001"},
    }


def _asked(subject: str, data: Mapping[str, Any], short_type: str, answer: str) -> Callable[[Stage], Awaitable[None]]:
    async def play_it(stage: Stage) -> None:
        reply = await stage.ask(short_type, data, f"{subject}/{short_type}")
        _expect(reply.get("type", reply.get("state")), f"vn.lienthong.{answer}")

    return play_it


def _code(number: int) -> str:
    return f"{_AGENCY['code']}-250402-{number:04}"


async def _paid(stage: Stage) -> None:
    """Open, pay, be notified, fetch the receipt."""
    subject = _code(11)
    opened = await stage.ask("payment.requested.v1", _request(subject), f"{subject}/tt")
    stage.sandbox.payment.pay((await stage.payment(subject))["reference"])
    await stage.until(subject, "paid")
    await stage.told("payment.receipt_issued.v1", subject)
    if opened.get("type"):  # told a second time, everything is a repeat
        _expect(opened["type"], "vn.lienthong.payment.opened.v1")


async def _lost(stage: Stage) -> None:
    """The answer is lost: never sent again, proven taken, the sender told, and paid all the same."""
    subject = _code(12)
    if not (await stage.teller.ask("/v1/payments", subject=subject))["items"]:
        stage.sandbox.payment.next(payment_faults.cut_after_commit(), on="INIT")
    await stage.teller.post_event("payment.requested.v1", _request(subject), f"{subject}/tt")
    await stage.told("payment.not_opened.v1", subject)
    stage.sandbox.payment.pay((await stage.payment(subject))["reference"])
    await stage.until(subject, "paid")


async def _forged(stage: Stage) -> None:
    """Somebody says in the platform's name that it was paid."""
    subject = _code(13)
    await stage.ask("payment.requested.v1", _request(subject), f"{subject}/tt")
    payment = await stage.payment(subject)
    answer = await stage.teller.call_back(
        "payment/dpnhankqthanhtoanhs",
        {"LoaiBanTin": "CONFIRM", "MaLoi": "00", "MaDoiTac": "H46-GIALAP", "MaThamChieu": payment["reference"],
         "SoTien": payment["amount"], "MaTienTe": "VND", "MaGiaoDich": "GIA", "MaNganHang": "", "ThoiGianGD": "",
         "ThongTinGiaoDich": "", "MaXacThuc": "0" * 64},
    )  # fmt: skip
    _expect(answer.get("MaLoi"), "99")
    _expect((await stage.payment(subject))["state"] in ("open", "failed"), True)
    stage.sandbox.payment.fail(payment["reference"])
    await stage.until(subject, "failed")


MAU = {"citizen_id": "044085999001", "full_name": "Nguyễn Văn Mẫu", "birth_date": "1985-04-12"}
_NOBODY = {"citizen_id": "044085999099", "full_name": "Nguyễn Không Có", "birth_date": "1985"}
_REUSE = {"owner": {"citizen_id": "044999000123"}, "result_code": _BIRTH, "component_code": "KHAISINH",
          "officer": _OFFICER, "purpose": "Đăng ký kết hôn"}  # fmt: skip
_LOOKUP, _SEARCH = "citizen.lookup_requested.v1", "document.reuse_requested.v1"

SCENES: tuple[Scene, ...] = (
    Scene(
        "Tra cứu dân cư: tìm thấy, trả lời ngay trên lời gọi",
        "a citizen is looked up and found, on the same call",
        _code(1),
        _asked(_code(1), _lookup(_code(1), MAU), _LOOKUP, "citizen.found.v1"),
    ),
    Scene(
        "Tra cứu dân cư: không có người này",
        "nobody matches",
        _code(2),
        _asked(_code(2), _lookup(_code(2), _NOBODY), _LOOKUP, "citizen.not_found.v1"),
    ),
    Scene(
        "Xác thực công dân",
        "a citizen is verified",
        _code(3),
        _asked(_code(3), _lookup(_code(3), MAU, "verify"), _LOOKUP, "citizen.verified.v1"),
    ),
    Scene(
        "Cán bộ chưa có số định danh: từ chối, không gửi gì",
        "an officer without a number is refused, and nothing is sent",
        _code(4),
        _asked(_code(4), _lookup(_code(4), MAU) | {"officer": {"id": "canbo.ad"}}, _LOOKUP, "citizen.refused.v1"),
    ),
    Scene(
        "Dùng lại giấy khai sinh đã có trong kho",
        "a birth certificate the state already holds is provided",
        _code(5),
        _asked(_code(5), {"dossier_code": _code(5), **_REUSE}, _SEARCH, "document.provided.v1"),
    ),
    Scene(
        "Không có giấy tờ còn hiệu lực",
        "no valid document is there",
        _code(6),
        _asked(
            _code(6),
            {"dossier_code": _code(6), **_REUSE, "owner": {"citizen_id": "044999000124"}},
            _SEARCH,
            "document.not_found.v1",
        ),
    ),
    Scene("Thanh toán: mở, trả, báo kết quả, lấy biên lai", "a payment from its page to its receipt", _code(11), _paid),
    Scene(
        "Thanh toán bị mất câu trả lời: không gửi lại, vẫn theo dõi đến khi trả xong",
        "a payment whose answer got lost is never sent again and watched until it is paid",
        _code(12),
        _lost,
    ),
    Scene("Thông báo thanh toán giả: bị từ chối, có ghi vết", "a forged notification is rejected", _code(13), _forged),
)
