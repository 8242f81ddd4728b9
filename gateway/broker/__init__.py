"""The broker carries ids between relay and workers; losing all of it loses nothing."""
