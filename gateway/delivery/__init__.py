"""The way out: take what is due, map it, hand it over, decide, settle."""
