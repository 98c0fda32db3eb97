"""Pictures of flows, made here: `layout` places states and ways, `picture` says it as SVG. Pure; nothing is asked of
any other service, and the same definition gives the same picture."""

from .picture import draw

__all__ = ["draw"]
