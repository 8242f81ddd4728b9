"""Pure document translation between the canonical form and each system's own. Imports none of our other packages."""
