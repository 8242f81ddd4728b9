"""The words and numbers of the benchmark's tables."""

from __future__ import annotations

from gateway.bench.figures import Figure
from gateway.bench.offices import EMBEDDED, PEER, PRODUCTION

NAMES = {
    PEER: "FastStream + RabbitMQ, không sổ / no ledger",
    EMBEDDED: "Nhúng: SQLite / embedded: SQLite",
    PRODUCTION: "Sản xuất: PostgreSQL + RabbitMQ / production",
}
_NAME_WIDTH = 66


def line(name: str, figure: Figure, unit: str) -> str:
    """A figure with its spread."""
    spread = f"({number(figure.low)} – {number(figure.high)})"
    return f"{name:<{_NAME_WIDTH}} {number(figure.median)}{unit} {spread}"


def number(value: float) -> str:
    """Three figures or more, thousands apart by a space, which both languages read the same."""
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{digits}f}".replace(",", " ")


def mark(reached: object) -> str:
    """Whether a goal was reached."""
    return "✓ đạt / reached" if reached else "✗ chưa đạt / not reached"
