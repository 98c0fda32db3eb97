"""Reads for screens, interfaces and the command line."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .actor import Actor
from .models import Membership, Organisation, User


def memberships_of(user: User) -> list[Membership]:
    """The memberships a user may act as."""
    return list(
        user.memberships.filter(active=True, organisation__active=True).select_related("role", "organisation")
    )


def actor_of(membership: Membership) -> Actor:
    """The actor that a membership makes."""
    user = membership.user
    return Actor(
        username=user.username,
        name=user.name,
        organisation=membership.organisation.code,
        role=membership.role.code,
        permissions=frozenset(membership.role.permissions),
        user_id=user.pk,
        membership_id=membership.pk,
    )


def actor_of_username(username: str) -> Actor:
    """The actor of a user's first membership. Raises HouseError when there is none."""
    user = User.objects.filter(username__iexact=username, is_active=True).first()
    memberships = memberships_of(user) if user else []
    if not memberships:
        raise HouseError(
            "accounts.no_such_user",
            Text("没有这个账号，或它没有任何角色。", "There is no such account, or it has no role."),
            Text("请核对用户名。", "Check the user name."),
            where=username,
        )
    return actor_of(memberships[0])


def users(*, text: str = "", organisation: str = "", role: str = "") -> QuerySet[User]:
    """Users narrowed by part of a name, organisation or role."""
    found = User.objects.prefetch_related("memberships__role", "memberships__organisation")
    if text:
        found = found.filter(
            Q(username__icontains=text) | Q(name__icontains=text) | Q(name_en__icontains=text)
        )
    if organisation:
        found = found.filter(memberships__organisation__code=organisation, memberships__active=True)
    if role:
        found = found.filter(memberships__role__code=role, memberships__active=True)
    return found.distinct().order_by("username")


def organisation_tree() -> list[tuple[int, Organisation]]:
    """All organisations with their depth, each parent before its children."""
    found = Organisation.objects.annotate(
        people=Count("memberships__user", filter=Q(memberships__active=True), distinct=True)
    ).order_by("code")
    children: dict[int | None, list[Organisation]] = {}
    for one in found:
        children.setdefault(one.parent_id, []).append(one)

    def walk(parent: int | None, depth: int) -> list[tuple[int, Organisation]]:
        return [row for one in children.get(parent, []) for row in [(depth, one), *walk(one.pk, depth + 1)]]

    return walk(None, 0)
