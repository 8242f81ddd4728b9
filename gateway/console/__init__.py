"""The console of people who watch and steer: pages that work without scripts, livelier with them.

It reads the ledger, and does what the API does, through the same operations.
"""

from gateway.console.app import console_routes
from gateway.console.auth import Entrance
from gateway.console.parts import Parts

__all__ = ["Entrance", "Parts", "console_routes"]
