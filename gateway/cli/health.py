"""`lienthong health`: one question to the running gateway; see `gateway.health`, which answers without this file."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.health import main


def register(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("health")(health)


def health(
    ready: Annotated[
        bool, typer.Option("--ready", help="Có nhận thông điệp ngay bây giờ không / would it take messages now")
    ] = False,
) -> None:
    """Tiến trình có trả lời không; cho HEALTHCHECK / does the process answer; for health checks."""
    raise typer.Exit(main(["--ready"] if ready else []))
