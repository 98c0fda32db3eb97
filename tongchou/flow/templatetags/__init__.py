"""Template tags of flows."""
