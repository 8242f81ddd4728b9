"""Finding messages by people's numbers, and who looked at whom: by keyed hashes, never by the numbers."""
