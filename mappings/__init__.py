"""Pure document translation between the canonical form and each system's own. Imports none of our other packages."""

from mappings.catalogue import Catalogue
from mappings.engine import Mapped, Mapping
from mappings.errors import MappingError, MappingWarning, Misfit, TableError, UnknownMapping
from mappings.examples import Example, read_examples, wrong_with
from mappings.findings import Finding
from mappings.json_schema import JsonSchema
from mappings.linting import lint, lint_table

__all__ = [
    "Catalogue",
    "Example",
    "Finding",
    "JsonSchema",
    "Mapped",
    "Mapping",
    "MappingError",
    "MappingWarning",
    "Misfit",
    "TableError",
    "UnknownMapping",
    "lint",
    "lint_table",
    "read_examples",
    "wrong_with",
]
