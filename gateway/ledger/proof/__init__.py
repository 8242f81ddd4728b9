"""The log that proves what happened: entries come with their transaction and are chained soon after."""
