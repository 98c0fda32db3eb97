"""Screens of deliveries, sources and quarantine."""
