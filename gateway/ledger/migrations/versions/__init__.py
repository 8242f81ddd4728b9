"""One file per step, numbered; forward only."""
