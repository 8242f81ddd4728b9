"""All commands of `lienthong` under one roof."""

from __future__ import annotations

from typing import Annotated

import typer

import gateway
from gateway.cli import (
    act,
    backup,
    check,
    clients,
    codelists,
    cutover,
    drill,
    health,
    indicators,
    keys,
    look,
    paying,
    people,
    prove,
    reconciling,
    rehearse,
    replays,
    send,
    serve,
    services,
    setup,
    simulate,
    steering,
    translate,
    troubles,
    users,
    versions,
    watching,
)

app = typer.Typer(
    name="lienthong",
    help="Liên Thông: trục kết nối một cửa của tỉnh với các hệ thống quốc gia. / The gateway between a province's "
    "one-stop system and the national systems.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lienthong {gateway.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Phiên bản / version")
    ] = False,
) -> None:
    pass


for group in (
    serve,
    rehearse,
    simulate,
    send,
    look,
    act,
    steering,
    troubles,
    replays,
    watching,
    cutover,
    paying,
    prove,
    people,
    keys,
    clients,
    users,
    reconciling,
    indicators,
    services,
    translate,
    versions,
    codelists,
    drill,
    health,
    setup,
    backup,
    check,
):
    group.register(app)
