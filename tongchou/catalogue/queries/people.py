"""Who the actor is to the catalogue."""

from __future__ import annotations

from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation


def is_bureau(by: Actor) -> bool:
    """Whether the actor acts for the bureau and may edit the whole catalogue, or is the house itself."""
    if by.role == "house":
        return True
    if not by.may("catalogue.edit"):
        return False
    return Organisation.objects.filter(code=by.organisation, kind=Organisation.Kind.BUREAU).exists()
