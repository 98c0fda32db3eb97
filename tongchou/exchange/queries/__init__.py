"""Reads for the exchange's screens and interface; none of them touches a person's data."""
