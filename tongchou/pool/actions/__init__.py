"""What changes the pool and goes on record."""
