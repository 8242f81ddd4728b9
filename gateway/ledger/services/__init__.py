"""The register of services: which procedures are offered online, and since when."""
