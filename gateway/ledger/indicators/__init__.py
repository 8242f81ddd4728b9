"""What a province is scored on: facts of each dossier, and their sums by day and unit."""
