"""How destinations are steered: pauses, announced maintenance, probes, what is held back, what was known before."""
