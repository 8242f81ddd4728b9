"""The console of administrators: plain pages to look at, rendered here, without script. It reads the ledger only."""

from gateway.console.app import console_routes

__all__ = ["console_routes"]
