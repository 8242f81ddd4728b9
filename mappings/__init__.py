"""Pure document translation between the canonical form and each system's own. Imports none of our other packages."""

from mappings.catalogue import Catalogue
from mappings.engine import Mapped, Mapping
from mappings.errors import MappingError, MappingWarning, TableError, UnknownMapping
from mappings.examples import Example, read_examples

__all__ = [
    "Catalogue",
    "Example",
    "Mapped",
    "Mapping",
    "MappingError",
    "MappingWarning",
    "TableError",
    "UnknownMapping",
    "read_examples",
]
