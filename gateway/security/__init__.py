"""Sealing of bodies at rest, and what may be shown."""
