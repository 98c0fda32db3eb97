"""Tables of the catalogue, one module per noun."""

from .lists import Need, Responsibility
from .registrations import CollectionForm, Recollection, Registration
from .resources import Provider, Resource, ResourceChange, ResourceClass, ResourceField

__all__ = [
    "CollectionForm",
    "Need",
    "Provider",
    "Recollection",
    "Registration",
    "Resource",
    "ResourceChange",
    "ResourceClass",
    "ResourceField",
    "Responsibility",
]
