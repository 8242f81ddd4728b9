"""Pure document translation between the canonical form and each system's own. Imports none of our other packages."""

from mappings.catalogue import Catalogue
from mappings.engine import Mapped, Mapping
from mappings.errors import MappingError, MappingWarning, TableError, UnknownMapping

__all__ = ["Catalogue", "Mapped", "Mapping", "MappingError", "MappingWarning", "TableError", "UnknownMapping"]
