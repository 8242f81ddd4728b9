"""The indicators a province is scored on: facts out of messages, criteria, targets, sheets (docs/indicators.md)."""
