"""The record of truth: what was accepted, what became of each delivery, and every attempt at it."""
