"""How the pool's own layers erase: record log, links and issued ids, base library, documents, judgements.

Each is derived from the one before, so they go in that order; each can be repeated. Registered with `erasing`.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
from django.apps import apps
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from tongchou.standards.text import Text

from . import base, erasing, links, linkstates, published
from .engine.log import RecordLog
from .engine.raw import sweep_unfinished
from .folders import base_folder, data_root, issued_folder, links_folder
from .linking import judgements_in_force
from .models import Population
from .plans import feeds_of
from .rewriting import published_anew, without
from .search import making
from .serving.refresh import refresh

#: How long a step waits for a load under way, in seconds; then it is tried again later.
_WAIT_S = 5.0


def register() -> None:
    """Hook the pool's layers in; at start."""
    erasing.register("log", erase_log, label=Text("记录日志的版本", "versions in the record log"), order=10)
    erasing.register(
        "links", erase_links, label=Text("关联与主体号", "links and ids"), order=20, by_population=True
    )
    erasing.register(
        "linkstates",
        erase_states,
        label=Text("关联中间状态", "what link runs knew"),
        order=20,
        by_population=True,
    )
    erasing.register("judgements", erase_judgements, label=Text("关联判定", "judgements and pairs"), order=21)
    erasing.register("base", erase_base, label=Text("基础库", "base library"), order=22, by_population=True)
    erasing.register(
        "documents", erase_documents, label=Text("档案", "documents"), order=30, by_population=True
    )
    erasing.register(
        "search", erase_entries, label=Text("检索条目", "search entries"), order=50, by_population=True
    )


def erase_log(target: erasing.Target) -> int:
    """Every version of the records, in old files and old table versions too."""
    root = data_root()
    sweep_unfinished(root)
    return sum(
        RecordLog(root, code, ()).erase(target.keys_of(code), target.number, wait_seconds=_WAIT_S)
        for code in target.resources
    )


def erase_links(target: erasing.Target) -> int:
    """The records' links, the subject's aliases, and what each run gave them."""
    with links.changing(target.population):
        facts = {"judgements": judgements_in_force(Population.objects.get(code=target.population))}
        removed = published_anew(links_folder(target.population), target, facts=facts)
        for file in sorted(issued_folder(target.population).glob("*.parquet")):
            kept, gone = without(pq.read_table(file), target)
            if gone:
                published.write(file.parent, file.name, kept)
                removed += gone
    return removed


def erase_states(target: erasing.Target) -> int:
    """What the last run knew, whole: it has the records' values folded. The next run goes over everything."""
    with links.changing(target.population):
        linkstates.drop(target.population)
    return 1


def erase_base(target: erasing.Target) -> int:
    """The subject's row; where others lose a record, the library is derived anew."""
    population = Population.objects.filter(code=target.population).first()
    if population is None:
        return 0
    with links.changing(population.code):
        if target.affected:
            base.derive(population, feeds_of(population.code), timezone.localdate())
        return published_anew(base_folder(population.code), target) + len(target.affected)


def erase_judgements(target: erasing.Target) -> int:
    """Judgements on, and pairs of, the records, in whatever table: they name them by their sources' keys."""
    removed = 0
    with transaction.atomic(), _overwriting():
        for start in range(0, len(target.records), 200):
            some = Q()
            for resource, key in target.records[start : start + 200]:
                some |= Q(left_resource=resource, left_key=key) | Q(right_resource=resource, right_key=key)
            for model in apps.get_app_config("pool").get_models():
                if {"left_key", "right_key"} <= {each.name for each in model._meta.get_fields()}:
                    removed += model._default_manager.filter(some).delete()[0]
    return removed


class _overwriting:
    """What SQLite deletes within is overwritten, not only forgotten. PostgreSQL does so when it vacuums."""

    def __enter__(self) -> None:
        self._set("ON")

    def __exit__(self, *_: object) -> None:
        self._set("OFF")

    @staticmethod
    def _set(value: str) -> None:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA secure_delete = {value}")


def erase_documents(target: erasing.Target) -> int:
    """The subject's document and lookups; the documents of others who lose a record, without it."""
    population = Population.objects.filter(code=target.population).first()
    if population is None:
        return 0
    changed = pa.table({"subject_id": pa.array(sorted({*target.ids, *target.affected}), pa.string())})
    with links.changing(population.code):
        refresh(population.code, population.kind, feeds_of(population.code), changed, thoroughly=True)
    return len(target.ids) + len(target.affected)


def erase_entries(target: erasing.Target) -> int:
    """What they can be found by: gone from the answers, and from the files, of which those that held it are made anew."""
    population = Population.objects.filter(code=target.population).first()
    if population is None:
        return 0
    with links.changing(population.code):
        ids = sorted({*target.ids, *target.affected})
        making.erase(population.code, population.kind, feeds_of(population.code), ids)
    return len(target.ids)
