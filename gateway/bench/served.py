"""The gateway under test: the composition root as `lienthong serve` runs it, everything on, in a process of its own."""

from __future__ import annotations

import hashlib
from typing import Any

from gateway.bench.bare import bare_ring
from gateway.bench.dossiers import AGENCY, DESTINATION, SOURCE
from gateway.bench.process import Facts, Starter, usage
from gateway.bootstrap.gateway import Wrap, run_gateway
from gateway.bootstrap.parts import calm_garbage_collector
from gateway.ledger.port import Ledger
from gateway.message import OPEN
from gateway.settings import Settings, load_settings
from gateway.telemetry import logging as log_setup

_ENGINE = {"database": "database_url", "amqp": "amqp_url"}


async def serve(starter: Starter, config: Facts) -> None:
    """The role: run the gateway until told to end; tell what it has used and what its books say when asked.

    `config`: `data`, its folder, `portal` the port of the sink (or `citizen_db`, the section of that system), `key`
    of the sender, `messages` to come; for the production engine `database` and `amqp`, the addresses of its servers.
    `one_process`: the door has no process of its own; `bare`: and nothing is sealed, digested or receipted.
    """
    settings = bench_settings(config)
    log_setup.configure(settings.log)
    async with run_gateway(settings, wrap=Wrap(ring=bare_ring) if config.get("bare") else None) as running:
        calm_garbage_collector()
        starter.tell(address=running.address)
        while (order := await starter.hear()) is not None:
            asked = order["do"]
            starter.tell(**{asked: await _answer(asked, running.ledger)})


async def _answer(asked: str, ledger: Ledger) -> Any:
    match asked:
        case "balance":
            return await ledger.balance()
        case "open":  # counts only what is open, so that asking costs the same however much is stored
            board = await ledger.board()
            return sum(row["states"].get(state, 0) for row in board for state in OPEN)
    return usage()


def bench_settings(config: Facts) -> Settings:
    """The defaults of the product; the environment and files of this installation do not change what is measured."""
    return load_settings(
        environment={},
        overrides={
            "data_dir": config["data"],
            "http": {"port": 0} | ({"workers": 0} if config.get("one_process") else {}),
            # The backlog of a burst stays below the bound: what is measured is speed, not back-pressure.
            "ledger": {"outbox_limit": max(20_000, config["messages"])},
            # As many calls under way as the minimal sink takes; the default is what a national system may be asked.
            "destinations": {DESTINATION: {"concurrency": 64}},
            "clients": [
                {
                    "name": "motcua-bench",
                    "key_sha256": hashlib.sha256(config["key"].encode()).hexdigest(),
                    "sources": [] if "citizen_db" in config else [SOURCE],
                    "agencies": [] if "citizen_db" in config else [AGENCY],
                }
            ],
            "adapters": _systems(config),
            **{name: config[short] for short, name in _ENGINE.items() if short in config},
        },
    )


def _systems(config: Facts) -> dict[str, Any]:
    """The one system a run is about."""
    if "citizen_db" in config:
        return {"citizen_db": config["citizen_db"]}
    return {
        DESTINATION: {
            "style": "header",
            "adapter_url": f"http://127.0.0.1:{config['portal']}",
            "username": "bench",
            "password": "bench",
            "dstcode": "VN:GOV:000.00.00.G22:vpcpdvcprovider",
            "madonvi": "000.00.00.H46",
        }
    }
