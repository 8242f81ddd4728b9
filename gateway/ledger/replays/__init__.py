"""Replay jobs: many dead deliveries sent again in growing steps, from a list that is frozen before the first goes."""
