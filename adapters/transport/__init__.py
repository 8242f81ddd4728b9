"""What every adapter sends through: one HTTP session wrapper and the words for what can go wrong on the way.

Only this package catches aiohttp's exceptions; above it there are only `DeliveryError`s.
"""
