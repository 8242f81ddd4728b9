"""Failure groups: what went wrong by cause, opened by the first failure and closed when nothing stands in it."""
