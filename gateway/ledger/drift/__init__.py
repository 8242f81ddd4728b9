"""Drift: runs that compare what a destination confirmed with what it holds, and send the difference again."""
