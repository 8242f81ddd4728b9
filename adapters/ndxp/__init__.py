"""NDXP, the national data exchange platform: the road to other systems, and itself a destination (document reuse)."""
