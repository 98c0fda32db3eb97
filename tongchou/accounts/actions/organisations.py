"""The tree of organisations, edited on screen."""

from __future__ import annotations

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from ..action import action, note
from ..actor import Actor
from ..models import Organisation


@action(permission="accounts.manage", event="organisation.changed")
def save_organisation(
    *,
    by: Actor,
    code: str,
    name: str,
    name_en: str,
    level: str,
    kind: str,
    parent: Organisation | None,
    active: bool,
) -> Organisation:
    """Make or change an organisation. Raises HouseError when it would stand below itself."""
    above = parent
    while above is not None:
        if above.code == code:
            raise HouseError(
                "accounts.circle",
                Text("机构不能位于自己之下。", "An organisation cannot stand below itself."),
                Text("请另选上级机构。", "Choose another parent."),
                where=code,
            )
        above = above.parent
    values = {
        "name": name,
        "name_en": name_en,
        "level": level,
        "kind": kind,
        "parent": parent,
        "active": active,
    }
    organisation, created = Organisation.objects.get_or_create(code=code, defaults=values)
    changed = (
        ["created"]
        if created
        else [key for key, value in values.items() if getattr(organisation, key) != value]
    )
    for key, value in values.items():
        setattr(organisation, key, value)
    organisation.save()
    note(code=code, changed=changed)
    return organisation
