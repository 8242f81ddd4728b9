"""Proving mappings by their worked examples: the packaged ones, and the province's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mappings import Catalogue, read_examples
from mappings.catalogue import HOME
from mappings.examples import wrong_with


def prove_all(packaged: Catalogue, in_force: Catalogue, own: Path, only: str | None = None) -> Iterator[dict[str, Any]]:
    """Every example with what is wrong with it: packaged ones on the packaged versions, own ones on what is in force.

    Own examples lie in `catalog/<system>/<type>/examples/` of the own folder, in the same form as the packaged ones.
    """
    for catalogue, folder in ((packaged, HOME), (in_force, own)):
        for name in catalogue.names if only is None else {only} & {*catalogue.names}:
            mapping = catalogue.get(name)
            for example in read_examples(name, folder):
                wrong = list(wrong_with(example, mapping))
                yield {"mapping": name, "version": mapping.version, "case": example.case, "wrong": wrong}
