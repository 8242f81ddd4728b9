"""What the demo tells the person at the terminal: how everything ended, why some did not go through, what next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from gateway.cli.first_user import first_password
from gateway.cli.look import balance_table, balance_words
from gateway.cli.words import cell, give, people, say
from gateway.demo.rehearsal import Report
from gateway.demo.samples import stories
from gateway.demo.sandbox import Sandbox
from gateway.demo.scenes import SCENES
from gateway.settings import Settings

LOG = "demo.log"
"""In the data folder: the gateway's log, kept apart from what is told here."""
MODES = {
    "sandbox": ("cyan", "SANDBOX, mô phỏng trên máy này / simulated on this machine"),
    "live": ("red", "LIVE, thật / real"),
    "shadow": ("magenta", "SHADOW, chạy bóng, không gửi / mapped and checked, nothing is sent"),
    "hold": ("yellow", "HOLD, giữ lại, không gửi / kept, nothing is sent"),
}
NOT_YET = "bảng điều khiển đầy đủ, biên nhận / the full console, receipts (README.md)"


def _commands(settings: Settings) -> str:
    """Commands that look at the ledger; they must be told where a private PostgreSQL is."""
    told = f"export LIENTHONG_DATABASE_URL={settings.database_url}; " if settings.database_url else ""
    return f"{told}./run messages list · ./run dead groups · ./run balance"


def tell(report: Report, settings: Settings, *, as_json: bool) -> None:
    """How everything ended: a table per destination and state, the balance, the reasons, the surprises."""
    parts: list[Any] = [
        f"\n[bold]{report.messages} thông điệp / messages, {len(stories())} hồ sơ / dossiers[/] {report.seconds:.1f} s",
        f"  {report.rejected} bị từ chối ngay ở cửa / turned away at the door",
        f"  {report.duplicates} lặp lại, trả lời như lần đầu / repeats, answered like the first time",
        f"  {report.effects} việc trong sổ của Cổng mô phỏng / effects in the simulated portal's own log\n",
        *(
            _banner(name, destination.mode)
            for name, destination in settings.destinations.items()
            if _shown(settings, name)
        ),
        balance_table(dict(report.sheet)),
        balance_words(dict(report.sheet)),
        *_scenes(report),
        *_reasons(report),
        *_surprises(report),
    ]
    give(report.as_dict(), as_json=as_json, text=parts)


def tell_where(report: Report, settings: Settings, simulators: Sandbox, address: str) -> None:
    """Everything a newcomer needs next: where to look, one call that works, how to stop and start over."""
    more = one_more()
    sample = settings.data_dir / "sandbox" / "ho-so-mau.json"
    sample.write_bytes(orjson.dumps(more, option=orjson.OPT_INDENT_2))
    lines: Mapping[str, str] = {
        "Bảng điều khiển / console": f"{address}/console   (admin / {first_password(settings)})",
        "Gửi thử / send one": f"curl -sS {address}/v1/messages -H 'Authorization: Bearer {simulators.key}' "
        f"-H 'Content-Type: application/cloudevents+json' --data-binary @{sample}",
        "rồi xem / then look at": f"{address}/console/dossiers/{more['subject']}",
        "Một hồ sơ mẫu / one sample": f"{address}/console/dossiers/{report.first_dossier}",
        "Làm hỏng Cổng mô phỏng / upset the portal": f"curl -sS {simulators.urls['national_portal']}/_panel/faults -d "
        """'{"fault": "http_status", "times": 5}'""",
        "Lệnh, ở cửa sổ khác / commands, elsewhere": _commands(settings),
        "Tài liệu / documents": f"{address}/docs",
        "Dữ liệu, nhật ký / data, log": f"{settings.data_dir} · {settings.data_dir / LOG}",
        "Làm lại từ đầu / start over": f"Ctrl-C, rm -rf {settings.data_dir}",
        "Dừng / stop": "Ctrl-C",
        "Chưa có / not here yet": NOT_YET,
    }
    people().print()
    for what, how in lines.items():
        say(f"[bold]{what}[/]\n    {cell(how)}")


def one_more() -> dict[str, Any]:
    """A dossier that was not among those sent: the first one's, under a number of its own."""
    event: dict[str, Any] = orjson.loads(orjson.dumps(stories()[0].waves[0][0].event))
    code = event["subject"].rsplit("-", 1)[0] + "-0999"
    return event | {"subject": code, "id": f"{code}/1", "data": event["data"] | {"code": code}}


def _shown(settings: Settings, name: str) -> bool:
    """A destination that is connected: a system with its section, or a client that is called."""
    return bool(settings.adapters.get(name)) or "/" in name


def _banner(name: str, mode: str) -> str:
    colour, words = MODES[mode]
    return f"[white on {colour}] {name} [/] [bold {colour}]{words}[/]"


def _reasons(report: Report) -> list[str]:
    """What did not go through, each with its reason in both languages."""
    lines = ["\n[bold]Cái gì không qua, và vì sao[/] / What did not go through, and why"]
    for one in report.explained:
        lines.append(f"  {cell(one.state)} [bold]{cell(one.subject)}[/] {cell(one.code)}")
        lines += [f"      {cell(one.vi)}", f"      [dim]{cell(one.en)}[/]"]
    return lines


def _scenes(report: Report) -> list[str]:
    """The flows beside the dossiers, and whether each ended as it says."""
    wrong = {one.subject for one in report.surprises}
    lines = ["\n[bold]Các luồng khác[/] / The other flows"]
    for scene in SCENES:
        mark = "[red]✗[/]" if scene.subject in wrong else "[green]✓[/]"
        lines.append(f"  {mark} {cell(scene.vi)} [dim]{cell(scene.subject)}[/]\n      [dim]{cell(scene.en)}[/]")
    return lines


def _surprises(report: Report) -> list[str]:
    if report.good:
        return ["[green]✓ Mọi hồ sơ mẫu kết thúc đúng như phải có. / Every sample ended as it must.[/]"]
    return [
        f"[red]✗ {cell(one.subject)}: chờ / expected {cell(one.expected)}, thấy / found {cell(one.found)}[/]"
        for one in report.surprises
    ]
