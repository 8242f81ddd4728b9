"""The rehearsal: imitations of the national systems, and sample dossiers sent through the real gateway over real HTTP.

Nothing that carries a real message may import this package.
"""
