"""The gateway knows of an adapter what `adapters/contract.py` says, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

from adapters import contract
from tests.architecture.tree import ROOT, modules

# The rehearsal starts imitations of the systems; what carries real messages must not know them.
REHEARSAL = ("gateway/bench/", "gateway/cli/", "gateway/demo/")


# A report reads the files a system writes; only the system's own package knows their form.
REPORTS = ("gateway/reports/",)

# Notices of alerts are signed and posted like callbacks, and issuers are asked for their keys and for who signed in
# like anything else: by the transport all systems share, which is nobody's dialect.
NOTICES = (
    "gateway/notify/",
    "gateway/client_settings.py",
    "gateway/watch_settings.py",
    "gateway/intake/credentials/jwks.py",
    "gateway/intake/credentials/oidc_calls.py",
)

# Which certificates systems showed is noted by that transport too, whoever called; a report tells until when they hold.
NOTED = ("gateway/reports/expiring.py",)


def public_definitions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_")
    }


def imports_of_adapters(path: Path) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "adapters":
            found += [(node.module or "", alias.name) for alias in node.names]
        if isinstance(node, ast.Import):
            found += [(alias.name, "*") for alias in node.names if alias.name.split(".")[0] == "adapters"]
    return found


def test_the_seam_is_exactly_what_the_contract_exports() -> None:
    assert public_definitions(ROOT / "adapters/contract.py") == set(contract.__all__)


def test_every_exported_name_exists() -> None:
    assert [name for name in contract.__all__ if not hasattr(contract, name)] == []


def test_the_gateway_imports_only_the_seam_and_the_registry() -> None:
    strangers = [
        f"{path.relative_to(ROOT)}: {module}.{name}"
        for path in modules("gateway")
        for module, name in imports_of_adapters(path)
        if not (module == "adapters.contract" and name in contract.__all__)
        and (module, name) not in {("adapters.registry", "ADAPTERS"), ("adapters", "contract")}
        and not str(path.relative_to(ROOT)).startswith(REHEARSAL)
        and not (str(path.relative_to(ROOT)).startswith(REPORTS) and module.endswith(".reconcile"))
        and not (str(path.relative_to(ROOT)).startswith(NOTICES) and module.startswith("adapters.transport."))
        and not (str(path.relative_to(ROOT)) in NOTED and module == "adapters.transport.certificates")
    ]
    assert strangers == []
