"""The sections of a pack that this room understands: organisations, roles, accounts."""

from __future__ import annotations

from collections.abc import Sequence

from tongchou.standards.packs import Change, Row
from tongchou.standards.text import Text

from .models import Membership, Organisation, Role, User
from .upsert import upsert


def names(value: object) -> dict[str, str]:
    """The two name columns of a model from a pack's {zh, en} or plain string."""
    text = Text.of(value)
    return {"name": text.zh, "name_en": text.en}


def organisations(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring the organisation tree to `rows`, parents before children whatever their order in the file."""
    waiting, changes = list(rows), []
    known = set(Organisation.objects.values_list("code", flat=True))
    while waiting:
        ready = [row for row in waiting if row.data.get("parent") in (None, "", *known)]
        if not ready:  # the check has refused circles and strangers before we come here
            raise ValueError("organisations form a circle")
        for row in ready:
            parent = (
                Organisation.objects.filter(code=row.data.get("parent")).first()
                if row.data.get("parent")
                else None
            )
            values = {**names(row.data["name"]), "level": row.data["level"], "kind": row.data["kind"]}
            if write or parent is not None or not row.data.get("parent"):
                values["parent"] = parent
            _, change = upsert(
                Organisation,
                section="organisations",
                lookup={"code": row.data["code"]},
                values=values,
                write=write,
            )
            changes.append(change)
            known.add(row.data["code"])
        waiting = [row for row in waiting if row not in ready]
    return changes


def roles(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring the roles to `rows`."""
    changes = []
    for row in rows:
        values = {
            **names(row.data["name"]),
            "desk": row.data["desk"],
            "permissions": sorted(row.data["permissions"]),
        }
        _, change = upsert(
            Role, section="roles", lookup={"code": row.data["code"]}, values=values, write=write
        )
        changes.append(change)
    return changes


def accounts(rows: Sequence[Row], *, pack: str, write: bool) -> list[Change]:
    """Bring users and their memberships to `rows`. A password is set only when the user is made."""
    changes = []
    for row in rows:
        user, change = upsert(
            User,
            section="accounts",
            lookup={"username": row.data["username"]},
            values=names(row.data["name"]),
            write=write,
        )
        changes.append(change)
        if write and isinstance(user, User):
            if change.kind == "create":
                user.set_password(
                    row.data.get("password")
                )  # None: an unusable one, for the administrator to set
                user.save(update_fields=["password"])
            for membership in row.data["memberships"]:
                Membership.objects.get_or_create(
                    user=user,
                    role=Role.objects.get(code=membership["role"]),
                    organisation=Organisation.objects.get(code=membership["organisation"]),
                )
    return changes
