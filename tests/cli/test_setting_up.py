"""Commands for setting up, and what stands in the way of a second gateway, a wrong configuration or a real one."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from adapters.onestop.simulator.settings import SANDBOX_SECRET
from gateway.errors import ConfigurationError
from gateway.ledger.owner import FolderOwnedError, owned, owner_of
from tests.cli.conftest import Run, Served, data_of, environment, start, stop
from tests.e2e.rig import recorded

REAL = """
[adapters.national_portal]
adapter_url = "https://truc.example.invalid"
username = "h46"
password = "real-and-secret"
madonvi = "000.00.00.H46"
"""


def test_migrate_says_from_where_to_where_and_check_changes_nothing(run: Run, tmp_path: Path) -> None:
    looked = run("migrate", "--check", "--json")
    assert looked.exit_code == 1
    assert not (tmp_path / "data" / "ledger.db").exists()
    made = data_of(run("migrate", "--json"))
    assert made["from"] is None and made["up_to_date"]
    assert data_of(run("migrate", "--check", "--json"))["from"] == made["to"]


def test_the_configuration_is_shown_without_its_secrets(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lienthong.toml").write_text(REAL)
    for words in (("config", "show"), ("config", "show", "--json")):
        shown = run(*words, LIENTHONG_ADMIN_TOKEN="admin-secret", LIENTHONG_DATABASE_URL="postgresql://u:db-secret@h/d")
        assert shown.exit_code == 0, shown.exception
        assert "truc.example.invalid" in shown.stdout
        for secret in ("real-and-secret", "admin-secret", "db-secret"):
            assert secret not in shown.output


def test_all_mistakes_of_a_configuration_are_said_at_once(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lienthong.toml").write_text(
        'http = {max_event_bytes = 1}\n[log]\nlevel = "loud"\n[unknown]\nkey = 1\n'
    )
    result = run("config", "show")
    assert isinstance(result.exception, ConfigurationError)
    assert len(result.exception.mistakes) == 3
    assert all("lienthong.toml" in mistake for mistake in result.exception.mistakes)
    assert any("khoá lạ / unknown key" in mistake for mistake in result.exception.mistakes)


def test_a_new_client_gets_a_key_of_which_only_the_hash_is_configured(run: Run) -> None:
    wanted = ("--source", "urn:a", "--agency", "000.00.16.H46")
    made = data_of(run("client", "add", "motcua", *wanted, "--section", "--json"))
    section = tomllib.loads(made["section"])["clients"][0]
    assert section["key_sha256"] == hashlib.sha256(made["key"].encode()).hexdigest()
    assert section["sources"] == ["urn:a"] and section["agencies"] == ["000.00.16.H46"]
    assert made["key"] not in made["section"]
    assert data_of(run("client", "list", "--json")) == []


def test_a_section_holds_all_that_was_asked_for(run: Run) -> None:
    wanted = ("--type", "vn.lienthong.dossier.recorded.v1", "--rate", "2.5", "--burst", "7", "--amqp-user", "xa'\"moi")
    section = tomllib.loads(data_of(run("client", "add", "motcua", *wanted, "--section", "--json"))["section"])
    [client] = section["clients"]
    assert (client["rate"], client["burst"], client["amqp_user"]) == (2.5, 7, "xa'\"moi")
    assert client["types"] == ["vn.lienthong.dossier.recorded.v1"]


def test_a_clients_secrets_are_shown_nowhere(run: Run, tmp_path: Path) -> None:
    secret, password = SANDBOX_SECRET, "broker-word"
    (tmp_path / "lienthong.toml").write_text(
        REAL
        + f"""
[[clients]]
name = "goi-lai"
key_sha256 = "{"0" * 64}"
replies = {{mode = "callback", url = "https://motcua.example.invalid/su-kien", secrets = ["{secret}"]}}
[[clients]]
name = "hang-doi"
key_sha256 = "{"1" * 64}"
replies = {{mode = "amqp", client = "hang-doi", broker_url = "amqps://mc:{password}@mq.example.invalid/"}}
"""
    )
    for command in (("config", "show"), ("config", "show", "--json"), ("client", "list", "--json")):
        result = run(*command)
        assert result.exit_code == 0
        assert secret not in result.stdout and password not in result.stdout
        assert ("callback" if command[0] == "client" else "motcua.example.invalid") in result.stdout.replace("\n", "")


def test_the_openapi_document_is_valid(run: Run) -> None:
    OpenAPIV31SpecValidator(data_of(run("openapi"))).validate()


def test_a_mapping_can_be_tried_in_both_directions(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(recorded(1)))
    portal = data_of(run("map", "national_portal/dossier.recorded.v1", file))
    assert portal["TrangThaiHoSo"] == "2"
    file.write_text(json.dumps(portal))
    assert data_of(run("map", "national_portal/dossier.recorded.v1", file, "--back"))["status"] == "received"
    assert run("map", "national_portal/nothing", file).exit_code == 2
    names = [one["name"] for one in data_of(run("mappings", "list", "--json"))]
    assert "national_portal/dossier.recorded.v1" in names


def test_a_document_that_cannot_be_mapped_says_which_code_is_missing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(recorded(1, procedure={"code": "9.999999.000.00.00.H46"})))
    result = run("map", "national_portal/dossier.recorded.v1", file)
    assert result.exit_code == 1
    assert "UNMAPPED_CODE" in result.stderr and "9.999999.000.00.00.H46" in result.stderr


# ---- check -----------------------------------------------------------------------------------------------------------


def test_check_on_a_new_folder_finds_nothing_wrong(run: Run) -> None:
    assert all(one["wrong"] is None for one in data_of(run("check", "--json")))


def test_check_names_a_system_that_does_not_answer_and_what_to_do(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lienthong.toml").write_text(REAL.replace("https://truc.example.invalid", "http://127.0.0.1:9"))
    result = run("check", "--json", LIENTHONG_ADAPTERS__NATIONAL_PORTAL__CONNECT_TRIES="1")
    assert result.exit_code == 1
    [wrong] = [one for one in json.loads(result.stdout) if one["wrong"]]
    assert wrong["what"] == "national_portal" and wrong["wrong"].startswith("CONNECT:")


def test_check_finds_a_broken_key_ring_and_an_old_ledger(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data_of(run("migrate", "--json"))
    (data / "keys.json").write_text("{}")
    result = run("check", "--json")
    assert [one["what"] for one in json.loads(result.stdout) if one["wrong"]] == ["vòng khoá / key ring"]


def test_check_says_what_production_refuses(run: Run, tmp_path: Path) -> None:
    (tmp_path / "lienthong.toml").write_text("production = true\n" + REAL.replace("real-and-secret", "sandbox"))
    result = run("check", "--no-probe", "--json")
    assert result.exit_code == 1
    assert "adapters.national_portal.password" in json.loads(result.stdout)[0]["wrong"]


# ---- one gateway a folder --------------------------------------------------------------------------------------------


def test_a_folder_has_one_owner_who_can_be_found(tmp_path: Path) -> None:
    assert owner_of(tmp_path) is None
    with owned(tmp_path) as announce:
        announce("http://127.0.0.1:1")
        owner = owner_of(tmp_path)
        assert owner is not None and owner.address == "http://127.0.0.1:1"
        with pytest.raises(FolderOwnedError) as caught, owned(tmp_path):
            pass
        assert "http://127.0.0.1:1" in str(caught.value)
    assert owner_of(tmp_path) is None


def test_a_stopped_gateway_has_drained_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    first = start(tmp_path)
    assert "gateway.stopped" in stop(first)
    assert first.process.returncode == 0
    second = start(tmp_path)
    second.process.kill()
    second.process.communicate()
    assert owner_of(tmp_path) is None


def test_the_sandbox_profile_says_so_loudly(served: Served) -> None:
    assert environment(served.data_dir)["LIENTHONG_DATA_DIR"] == str(served.data_dir)
    log = stop(served)
    assert "gateway.sandbox_profile" in log
