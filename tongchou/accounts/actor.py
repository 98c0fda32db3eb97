"""The actor: one user acting in one role for one organisation. The first parameter `by` of every action."""

from __future__ import annotations

from dataclasses import dataclass

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .permissions import PERMISSIONS


class NotAllowed(HouseError):
    """The actor lacks a permission, or the rules refuse it to them."""


@dataclass(frozen=True)
class Actor:
    """Who acts. Plain values, so that it can be written into history that outlives the accounts.

    username, organisation and role are codes; name is what screens show. permissions: codes of
    `permissions.PERMISSIONS`. user_id is None for the house itself (schedules, the command line).
    """

    username: str
    name: str
    organisation: str
    role: str
    permissions: frozenset[str]
    user_id: int | None = None
    membership_id: int | None = None

    def may(self, permission: str) -> bool:
        """Whether the actor holds the permission."""
        return permission in self.permissions

    def trace(self) -> dict[str, str]:
        """The actor as it goes on record."""
        return {"user": self.username, "organisation": self.organisation, "role": self.role}

    @classmethod
    def house(cls, job: str) -> Actor:
        """The house itself, doing `job` (e.g. "command line", "schedule"): it holds every permission."""
        return cls(
            username=f"@{job}",
            name=job,
            organisation="",
            role="house",
            permissions=frozenset(PERMISSIONS),
        )


def require(by: Actor, permission: str) -> None:
    """Raise NotAllowed unless `by` holds `permission`."""
    if permission not in PERMISSIONS:
        raise ValueError(f"unknown permission {permission!r}")
    if not by.may(permission):
        label = PERMISSIONS[permission]
        raise NotAllowed(
            "accounts.not_allowed",
            Text(f"当前角色没有“{label.zh}”的权限。", f"Your role may not: {label.en.lower()}."),
            Text("请切换角色，或联系系统管理员。", "Switch to another role, or ask the administrator."),
            where=permission,
        )
