"""Telling people of alerts: one letter, and the channels it goes out by (signed webhook, e-mail)."""
