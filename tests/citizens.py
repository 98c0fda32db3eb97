"""A small district with the roles, purposes and flows of packs/core, for tests of cases and of one's own data.

Wang (王小明) and Li (李佳怡) are of `tests.district`; nobody exists. Deliveries come as files through the pipeline where a
test asks for it (`deliver_file`), so that what corrections do to later deliveries is the real thing.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Values
from datetime import date
from pathlib import Path

from django.conf import settings

from tests import district
from tests.cast import read_pack
from tests.prepared import prepare
from tongchou.accounts import queries
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Membership, Organisation, Role, User
from tongchou.catalogue.models import Resource
from tongchou.exchange.actions import own_files
from tongchou.exchange.models import OwnFile
from tongchou.gather import correcting, work
from tongchou.gather.actions import deliveries
from tongchou.gather.models import Mapping, Source
from tongchou.gather.opening import find_items
from tongchou.pool import links
from tongchou.pool.work import perform_next as link_next

WANG_NUMBER = district.WANG["id_number"]
LI_NUMBER = district.LI["id_number"]
HOUSE = Actor.house("tests")

#: Who plays: username → (role of packs/core, organisation).
PEOPLE = {
    "clerk": ("clerk", "hall"),
    "other_clerk": ("clerk", "hall2"),
    "second_clerk": ("clerk", "hall"),
    "hall_officer": ("officer", "hall"),
    "ps_officer": ("officer", "ps"),
    "ps_officer2": ("officer", "ps"),
    "hr_officer": ("officer", "hr"),
    "steward": ("steward", "data"),
    "steward2": ("steward", "data"),
    "auditor": ("auditor", "audit"),
    "wang": ("applicant", "gov"),
    "li": ("applicant", "gov"),
}


def found() -> dict[str, Actor]:
    """The district: gathered, linked, with its people; the clerk of the hall is granted residents and insured."""
    prepare("citizens", _found, Path(settings.TONGCHOU_DATA))
    return _people()


def found_with(name: str, more: Callable[[], object]) -> dict[str, Actor]:
    """`found`, and what else is gathered then. name: of that state."""

    def both() -> None:
        _found()
        more()

    prepare(name, both, Path(settings.TONGCHOU_DATA))
    return _people()


def _people() -> dict[str, Actor]:
    for source in Source.objects.all():  # each test has its own folder
        source.settings = {"path": str(folder(source.code.replace("_", ".")))}
        source.save()
    return {username: person(username, *where) for username, where in PEOPLE.items()}


def _found() -> None:
    from tongchou.config import packs

    packs.apply(by=HOUSE, pack=read_pack("core"))
    district.organisations()
    district.gather()
    for resource in Resource.objects.all():
        source, _ = Source.objects.get_or_create(
            code=resource.code.replace(".", "_"),
            defaults={"name": resource.name, "organisation": resource.organisation, "connector": "files"},
        )
        Mapping.objects.get_or_create(
            resource=resource,
            defaults={"source": source, "locator": {"file": "*.csv"},
                      "columns": {name: [name] for name, _, _ in district.FIELDS[resource.code]}},
        )  # fmt: skip
        resource.fields.filter(name__in=["address", "id_number", "phone"]).update(on_failure="keep")
    district.link_people()
    district.grant("ps.residents", unmasked=["id_number"], number="G-RES")
    district.grant("hr.insured", fields=["name", "phone", "birth_date"], number="G-INS")


def person(username: str, role: str, organisation: str) -> Actor:
    """Somebody with an account, in a role of packs/core."""
    user, _ = User.objects.get_or_create(username=username, defaults={"name": username, "name_en": username})
    membership, _ = Membership.objects.get_or_create(
        user=user, role=Role.objects.get(code=role), organisation=Organisation.objects.get(code=organisation)
    )
    return queries.actor_of(membership)


def wang() -> str:
    """Wang's subject id."""
    return str(links.subject_of("people", "ps.residents", "R1"))


def li() -> str:
    """Li's subject id."""
    return str(links.subject_of("people", "ps.residents", "R2"))


def bind(by: Actor, username: str, number: str | None) -> OwnFile:
    """Bind an account at the window."""
    return own_files.bind(by=by, username=username, id_number=number or "", card_checked=True)


def folder(resource: str) -> Path:
    """Where a resource's files are delivered."""
    return Path(settings.TONGCHOU_DATA) / "in" / resource


def deliver_file(resource: str, *rows: Values[str, str | None], on: date) -> None:
    """A full delivery by file, through the pipeline."""
    names = [name for name, _, _ in district.FIELDS[resource]]
    folder(resource).mkdir(parents=True, exist_ok=True)
    path = folder(resource) / f"{resource}_{on:%Y%m%d}.csv"
    lines = [",".join(names), *(",".join(str(row.get(name) or "") for name in names) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    mapping = Mapping.objects.select_related("resource", "source").get(resource__code=resource)
    for delivery in deliveries.receive(by=HOUSE, mapping=mapping, items=find_items(mapping)):
        assert work.claim(delivery)
        closed = work.perform(delivery, by=HOUSE)
        assert closed.state == "done", closed.error


def work_off() -> int:
    """What the worker does with corrections and links that wait; returns how many corrections it moved."""
    done = 0
    while correcting.perform_next(by=HOUSE):
        done += 1
    while link_next(by=HOUSE):
        pass
    return done
