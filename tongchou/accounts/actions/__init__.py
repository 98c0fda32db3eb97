"""Every write of this room that must be on record."""
