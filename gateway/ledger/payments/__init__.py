"""Payments: a row before the first byte, one conclusion, every second payment flagged for refund."""
