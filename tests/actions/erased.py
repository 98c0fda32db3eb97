"""A small district whose records come as files, the way departments deliver them, for tests of erasing."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from django.conf import settings

from tests import district
from tests.prepared import prepare
from tongchou.accounts.actor import Actor
from tongchou.gather import opening, work
from tongchou.gather.actions import deliveries
from tongchou.gather.models import Delivery, Mapping, Source
from tongchou.pool.actions.linkage import link
from tongchou.pool.models import LinkRun, Population

HOUSE = Actor.house("tests")
#: Encoding and ending of what each department delivers.
FORMS = {"ps.residents": "gb18030", "hr.insured": "utf-8", "health.patients": "utf-16"}


def founded() -> dict[str, Actor]:
    """Organisations, resources and who may erase; each resource is delivered from a folder of its own."""
    people = district.cast()
    for code, resource in district.resources().items():
        source, _ = Source.objects.get_or_create(
            code=code.replace(".", "_"),
            defaults={"organisation": resource.organisation, "connector": "files",
                      "settings": {"path": str(folder_of(code))}, "name": code, "name_en": code},
        )  # fmt: skip
        Mapping.objects.get_or_create(
            resource=resource,
            defaults={"source": source, "locator": {"file": "*"}, "mode": "full",
                      "columns": {name: [name] for name, _, _ in district.FIELDS[code]}},
        )  # fmt: skip
    for name, permissions in {"asker": ("erasures.ask",), "decider": ("erasures.ask", "erasures.decide"),
                              "holder": ("holds.manage",)}.items():  # fmt: skip
        people[name] = Actor(name, name, "data", "steward", frozenset(permissions))
    return people


def begun(name: str, make: Callable[[], None]) -> dict[str, Actor]:
    """`founded`, and what `make` delivers and links then. name: of that state."""

    def both() -> None:
        founded()
        make()

    prepare(name, both, Path(settings.TONGCHOU_DATA))
    for source in Source.objects.all():  # each test has its own folder
        source.settings = {"path": str(folder_of(source.code.replace("_", ".")))}
        source.save()
    return founded()


def folder_of(code: str) -> Path:
    """Where a department puts its files."""
    folder = Path(settings.TONGCHOU_DATA) / "departments" / code
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def delivered(code: str, rows: Sequence[district.Row], on: date) -> Delivery:
    """Put a file down and take it in."""
    names = [name for name, _, _ in district.FIELDS[code]]
    path = folder_of(code) / f"{code.replace('.', '_')}_{on:%Y%m%d}.csv"
    with path.open("w", newline="", encoding=FORMS[code]) as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in rows:
            writer.writerow([row.get(name) or "" for name in names])
    mapping = Mapping.objects.select_related("resource", "source").get(resource__code=code)
    opened = deliveries.receive(by=HOUSE, mapping=mapping, items=opening.find_items(mapping))
    assert len(opened) == 1 and work.claim(opened[0])
    return work.perform(opened[0], by=HOUSE)


def linked() -> LinkRun:
    """Link the population."""
    return link(by=HOUSE, population=Population.objects.get(code="people"))
