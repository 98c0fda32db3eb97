"""Reads for screens and interfaces: resources, facts that are held, the three lists, offers in return."""

from .resources import overview, owners, resources

__all__ = ["overview", "owners", "resources"]
