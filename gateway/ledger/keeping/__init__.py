"""How long bodies are kept, and under which keys: wrapping data keys anew, and shredding them in time."""
