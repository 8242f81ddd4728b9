"""Logs and metrics: what the gateway tells about itself, without personal data."""
