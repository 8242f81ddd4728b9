"""The use case of accepting a message: judge, hash, seal, route and record it; also used for answers."""
