"""`docker/compose.yaml`: as its schema wants it, every role there, nothing secret in it, nothing cut short."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from gateway.bootstrap import EVERY_ROLE
from gateway.bootstrap.gateway import _DRAIN_SECONDS
from gateway.door.keeper import _STOP_SECONDS
from gateway.errors import ConfigurationError
from gateway.production import refuse_rehearsal
from gateway.settings import load_settings
from tests.deploy.tree import DOCKER, compose, gateway_services, seconds

# The Compose Specification's own schema (Apache-2.0), as the package check-jsonschema 0.39.0 carries it.
SCHEMA = json.loads(Path(__file__).with_name("compose-spec.json").read_text("utf-8"))
COMPOSE = compose()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = gateway_services()
ENVIRONMENT: dict[str, str] = OURS["intake"]["environment"]


@pytest.fixture
def prepared(tmp_path: Path) -> Path:
    """The folder as `./prepare` leaves it on a new machine."""
    folder = tmp_path / "docker"
    shutil.copytree(DOCKER, folder)
    shutil.rmtree(folder / "secrets", ignore_errors=True)
    (folder / "lienthong.toml").unlink(missing_ok=True)
    subprocess.run(["./prepare"], cwd=folder, check=True, capture_output=True)
    return folder


def test_it_is_a_compose_file_by_its_schema() -> None:
    flaws = [f"{one.instance_path}: {one.message}" for one in jsonschema_rs.validator_for(SCHEMA).iter_errors(COMPOSE)]
    assert flaws == []


def test_a_planted_mistake_is_found_by_the_schema() -> None:
    wrong = {**COMPOSE, "services": {**SERVICES, "intake": {**SERVICES["intake"], "stop_grace": "60s"}}}
    assert not jsonschema_rs.validator_for(SCHEMA).is_valid(wrong)


def test_every_role_is_played_by_exactly_one_service() -> None:
    played = [one["command"][2] for one in OURS.values() if one["command"][0] == "serve"]
    assert sorted(",".join(played).split(",")) == sorted(EVERY_ROLE)


def test_whoever_is_stopped_has_the_time_to_finish() -> None:
    longest = _DRAIN_SECONDS + _STOP_SECONDS
    assert [name for name, one in OURS.items() if seconds(one["stop_grace_period"]) <= longest] == []


def test_no_service_of_ours_may_write_outside_its_volume_or_gain_a_right() -> None:
    for one in OURS.values():
        assert one["read_only"] is True
        assert one["cap_drop"] == ["ALL"]
        assert one["security_opt"] == ["no-new-privileges:true"]
        assert "data:/var/lib/lienthong" in one["volumes"]


def test_roles_wait_for_the_tables_and_for_whichever_servers_are_started() -> None:
    for name, one in OURS.items():
        if name != "migrate":
            assert one["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        for other, how in one["depends_on"].items():
            # What belongs to a profile may be somewhere else altogether.
            assert ("profiles" in SERVICES[other]) == (how.get("required") is False)


def test_every_image_of_others_is_named_by_its_version() -> None:
    images = [one["image"] for one in SERVICES.values()]
    assert [name for name in images if name.endswith(":latest") or ":" not in name] == []


def test_every_server_says_whether_it_is_healthy() -> None:
    checked = {name for name, one in SERVICES.items() if "healthcheck" in one}
    assert set(SERVICES) - checked == set(OURS) - {"migrate"}  # the image has its own


def test_what_only_the_gateway_needs_is_on_no_network_with_a_way_out() -> None:
    assert COMPOSE["networks"]["backend"] == {"internal": True}
    for name in ("postgres", "rabbitmq", "prometheus", "relay"):
        assert list(SERVICES[name]["networks"]) == ["backend"]


def test_the_three_nodes_answer_to_one_name() -> None:
    nodes = {name: one for name, one in SERVICES.items() if one.get("profiles") == ["cluster"]}
    assert sorted(nodes) == ["rabbitmq-1", "rabbitmq-2", "rabbitmq-3"]
    assert all(one["networks"] == {"backend": {"aliases": ["rabbitmq"]}} for one in nodes.values())
    members = (DOCKER / "rabbitmq" / "cluster.conf").read_text("utf-8")
    assert all(one["hostname"] == name and f"rabbit@{name}\n" in members for name, one in nodes.items())


def test_preparing_makes_every_secret_and_nothing_else_reads_them(prepared: Path) -> None:
    files = {one["file"] for one in COMPOSE["secrets"].values()}
    assert [name for name in files if not (prepared / name).read_text("utf-8").strip()] == []
    assert (prepared / "secrets").stat().st_mode & 0o077 == 0
    text = (prepared / "compose.yaml").read_text("utf-8")
    assert [name for name in files if (prepared / name).read_text("utf-8").strip() in text] == []


def test_preparing_again_changes_nothing(prepared: Path) -> None:
    before = {path.name: path.read_bytes() for path in (prepared / "secrets").iterdir()}
    subprocess.run(["./prepare"], cwd=prepared, check=True, capture_output=True)
    assert {path.name: path.read_bytes() for path in (prepared / "secrets").iterdir()} == before


def test_every_file_that_is_mounted_is_there(prepared: Path) -> None:
    mounted = [volume.split(":")[0] for one in SERVICES.values() for volume in one.get("volumes", ())]
    assert [name for name in mounted if name.startswith("./") and not (prepared / name).exists()] == []


def test_the_sample_configuration_is_one_for_production(prepared: Path) -> None:
    told = {
        name: str(prepared / value.replace("/run/", ""))
        for name, value in ENVIRONMENT.items()
        if name.endswith("_FILE")
    }
    settings = load_settings(prepared / "lienthong.toml", environment=told | {"LIENTHONG_HTTP__HOST": "0.0.0.0"})
    assert settings.production
    refuse_rehearsal(settings)


def test_servers_elsewhere_are_not_spoken_to_in_clear(prepared: Path) -> None:
    told = {name: str(prepared / value.replace("/run/", "")) for name, value in ENVIRONMENT.items() if "_FILE" in name}
    settings = load_settings(prepared / "lienthong.toml", told, overrides={"private_network": False})
    with pytest.raises(ConfigurationError) as refused:
        refuse_rehearsal(settings)
    assert [one.partition(":")[0] for one in refused.value.mistakes] == ["amqp_url", "database_url"]
