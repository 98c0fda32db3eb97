"""Routes that belong to no domain: health, the gallery of components."""

from .gallery import gallery
from .health import healthz

__all__ = ["gallery", "healthz"]
