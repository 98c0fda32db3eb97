"""Deriving themes and marts into record logs of their own: what changed and nothing else, one delivery each time."""

from __future__ import annotations

import hashlib
import json
import logging
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from django.utils import timezone

from tongchou.catalogue.models import Resource
from tongchou.standards import expressions
from tongchou.standards.elements import element
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import links, published
from ..engine.connection import connect, one, quote
from ..engine.connection import name as quoted
from ..engine.locks import writing
from ..engine.log import DeliveryNote, RecordLog, digest_sql
from ..folders import base_folder, data_root
from ..logs import latest_delivery
from ..models import Theme
from ..plans import feeds
from .declared import LEAST, Origin, origin_of, sources

log = logging.getLogger(__name__)

#: How long an erasure waits for a derivation under way.
_WAIT_SECONDS = 60.0


def derive_all(population: str | None = None) -> int:
    """Derive the themes of a population (None: all), then the marts that count them; returns how many got new rows.

    One that cannot be derived keeps what it had and says why; the others go on.
    """
    themes = Theme.objects.exclude(population="").order_by("code")
    if population is not None:
        themes = themes.filter(population=population)
    done = [each.code for each in themes if _derived(each)]
    marts = list(Theme.objects.filter(population="").order_by("code"))
    return len(done) + sum(_derived(each) for each in marts)


def forget(population: str, subject_ids: Sequence[str], erasure: str) -> int:
    """Remove the rows of some subjects from every theme of a population, with their history; returns how many versions.

    What they were derived from is forgotten too, so that `derive_all` makes them again as they are now. Raises HouseError
    "gather.resource_busy".
    """
    gone = 0
    for theme in Theme.objects.filter(population=population):
        record_log = RecordLog(data_root(), theme.code, ())
        if record_log.files():
            gone += record_log.erase(list(subject_ids), erasure, wait_seconds=_WAIT_SECONDS)
        Theme.objects.filter(pk=theme.pk).update(made_of="")
    return gone


def _derived(theme: Theme) -> bool:
    try:
        changed = derive(theme)
    except HouseError as refusal:
        log.info("theme %s was not derived: %s", theme.code, refusal.code)
        told = {"code": refusal.code, "zh": refusal.what.zh, "en": refusal.what.en}
        Theme.objects.filter(pk=theme.pk).update(error=told)
        return False
    if theme.error:
        Theme.objects.filter(pk=theme.pk).update(error={})
    return changed


def derive(theme: Theme) -> bool:
    """Derive one theme or mart; False when nothing it is made of has changed since the last time.

    Raises HouseError "pool.theme_unready" when it draws on something that is not there, "gather.resource_busy".
    """
    resource = Resource.objects.prefetch_related("fields").filter(code=theme.code).first()
    if resource is None:
        raise _unready(theme.code, "catalogue")
    root, today = data_root(), timezone.localdate()
    fields = [each.name for each in resource.fields.all()]
    made = _made_of(theme, today, fields)
    with writing(root, theme.code):
        record_log = RecordLog(root, theme.code, fields)
        notes = record_log.deliveries()
        if notes and theme.made_of == made:
            return False
        with connect(root) as db:
            kinds = {each.name: _kind(each.element) for each in resource.fields.all()}
            key, sql, bindings = _query(db, theme, fields, kinds, today)
            number = f"T-{theme.code}-{len(notes) + 1}"
            note = DeliveryNote(number, record_log.next_recorded_at(), today, "full")
            rows, changed = _append(db, root, record_log, note, fields, (key, sql, bindings))
    Theme.objects.filter(pk=theme.pk).update(rows=rows, derived_at=timezone.now(), made_of=made)
    return changed


def _append(
    db: duckdb.DuckDBPyConnection, root: Path, record_log: RecordLog, note: DeliveryNote, fields: Sequence[str],
    told: tuple[str, str, list[Any]],
) -> tuple[int, bool]:  # fmt: skip
    """Write the rows as a part of the log and append what differs; nothing is appended when nothing does.

    Returns how many rows there are, and whether any differed.
    """
    key, sql, bindings = told
    columns = ", ".join(quoted(each) for each in fields)
    (root / "tmp").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root / "tmp") as folder:
        part = Path(folder) / "part.parquet"
        db.execute(f"CREATE TEMP TABLE derived AS {sql}", bindings)
        rows = int(one(db, "SELECT count(*) FROM derived")[0])
        db.execute(
            f"""COPY (SELECT {key} AS _key, 'put' AS _op, DATE '{note.delivered_on}' AS _valid_from, NULL::DATE AS _valid_to,
              TIMESTAMPTZ {quote(note.recorded_at.isoformat())} AS _recorded_at,
              {digest_sql(record_log.order(), fields)} AS _digest, 0::BIGINT AS _failures,
              {quote(note.delivery)} AS _delivery, row_number() OVER () AS _row, {columns} FROM derived)
            TO {quote(str(part))} (FORMAT parquet)"""
        )
        if record_log.files():
            state = record_log.current_sql(("_key", "_digest"))
            new = f"SELECT _key, _digest FROM read_parquet({quote(str(part))})"
            alike = f"SELECT count(*) FROM (({state}) EXCEPT ({new}) UNION ALL (({new}) EXCEPT ({state})))"
            if not one(db, alike)[0]:
                return rows, False
        record_log.append(db, parts=[part], note=note)
    return rows, True


def _query(
    db: duckdb.DuckDBPyConnection, theme: Theme, fields: Sequence[str], kinds: Mapping[str, str], on: date
) -> tuple[str, str, list[Any]]:
    """(SQL of the key, the query, its bindings)."""
    if theme.spec.get("of"):
        return _mart_query(theme)
    version, library = links.current(theme.population), published.current(base_folder(theme.population))
    if version is None or library is None or not library.facts.get("subjects"):
        raise _unready(theme.code, theme.population)
    held = {each["name"]: origin_of(str(each["from"])) for each in theme.spec["columns"]}
    origins = {name: origin for name, origin in held.items() if origin is not None}
    known, place = feeds(), {}
    for number, resource in enumerate(sorted({each.resource for each in origins.values() if each.resource})):
        if resource not in known:
            raise _unready(theme.code, resource)
        record_log = RecordLog(data_root(), resource, [each.name for each in known[resource].fields])
        mine = {name: each for name, each in origins.items() if each.resource == resource}
        needed = tuple(
            dict.fromkeys(
                ["_key", "_valid_from", "_recorded_at", *(o.field for o in mine.values() if o.field)]
            )
        )
        state = record_log.as_of_sql(on, None, needed) if record_log.files() else None
        place[resource] = f"s{number}"
        db.execute(
            f"CREATE TEMP TABLE s{number} AS {_by_subject(resource, mine, state, str(version.parts['links']))}"
        )
    shown = ", ".join(
        f"{'b' if not origin.resource else place[origin.resource]}.{quoted(origin.field if not origin.resource else name)} "
        f"AS {quoted(name)}"
        if not _missing_is_none(origin)
        else f"coalesce({place[origin.resource]}.{quoted(name)}, '0') AS {quoted(name)}"
        for name, origin in origins.items()
    )
    joins = " ".join(f"LEFT JOIN {alias} ON {alias}.subject_id = b.subject_id" for alias in place.values())
    sql = f"SELECT b.subject_id, {shown} FROM read_parquet({quote(str(library.parts['base']))}) b {joins}"
    where, bindings = "", []
    if theme.spec.get("where"):
        condition, values = expressions.to_sql(expressions.parse(theme.spec["where"]), kinds=kinds, on=on)
        where, bindings = f"WHERE ({condition}) IS TRUE", list(values)
    columns = ", ".join(quoted(each) for each in fields)
    return "subject_id", f"SELECT subject_id, {columns} FROM ({sql}) {where} ORDER BY subject_id", bindings


def _missing_is_none(origin: Origin) -> bool:
    """Whether no record at all says none: of counts, not of values."""
    return origin.function in ("count", "exists", "sum")


def _by_subject(resource: str, columns: Mapping[str, Origin], state: str | None, file: str) -> str:
    """One row a subject of what its records in force in a resource say; no row for those without."""
    latest = "struct_pack(a := coalesce(r._valid_from, DATE '0001-01-01'), b := r._recorded_at, c := r._key)"
    made = []
    for name, origin in columns.items():
        field = f"r.{quoted(origin.field)}"
        number = f"TRY_CAST({field} AS DECIMAL(38, 6))"
        value = {
            "": f"arg_max({field}, {latest}) FILTER ({field} IS NOT NULL)",
            "count": "count(*)::VARCHAR",
            "exists": "'1'",
            "sum": f"{_plain(f'sum({number})')}",
            "min": f"min({field})",
            "max": f"max({field})",
        }[origin.function]
        made.append(f"{value} AS {quoted(name)}")
    if state is None:
        nothing = ", ".join(f"NULL::VARCHAR AS {quoted(name)}" for name in columns)
        return f"SELECT NULL::VARCHAR AS subject_id, {nothing} WHERE false"
    return f"""SELECT l.subject_id, {", ".join(made)} FROM ({state}) r JOIN read_parquet({quote(file)}) l
        ON l.resource = {quote(resource)} AND l.source_key = r._key GROUP BY l.subject_id"""


def _mart_query(theme: Theme) -> tuple[str, str, list[Any]]:
    """A theme counted by groups; groups with few rows are left out."""
    spec = theme.spec
    source = Resource.objects.prefetch_related("fields").filter(code=spec["of"]).first()
    if source is None:
        raise _unready(theme.code, str(spec["of"]))
    record_log = RecordLog(data_root(), source.code, [each.name for each in source.fields.all()])
    if not record_log.files():
        raise _unready(theme.code, source.code)
    groups = [quoted(each) for each in spec.get("group_by") or ()]
    measures = [f"{_measure(each)} AS {quoted(each['name'])}" for each in spec["measures"]]
    grouping = f"GROUP BY {', '.join(groups)}" if groups else ""
    least = max(LEAST, int(spec.get("least") or LEAST))
    key = " || chr(31) || ".join(f"coalesce({each}, '')" for each in groups) or "'all'"
    state = record_log.current_sql(tuple(each.name for each in source.fields.all()))
    sql = f"SELECT {', '.join([*groups, *measures])} FROM ({state}) {grouping} HAVING count(*) >= {least}"
    return key, sql, []


def _measure(measure: Mapping[str, Any]) -> str:
    if "count" in measure:
        return (
            "count(*)::VARCHAR" if measure["count"] is True else f"count({quoted(measure['count'])})::VARCHAR"
        )
    function = next(each for each in ("sum", "mean", "min", "max") if each in measure)
    column = quoted(str(measure[function]))
    if function in ("min", "max"):
        return f"{function}({column})"
    return _plain(f"{'avg' if function == 'mean' else 'sum'}(TRY_CAST({column} AS DECIMAL(38, 6)))")


def _plain(number: str) -> str:
    """A number as plain decimal text, without needless noughts."""
    text = f"round({number}, 6)::DECIMAL(38, 6)::VARCHAR"
    return f"rtrim(rtrim({text}, '0'), '.')"


def _made_of(theme: Theme, on: date, fields: Sequence[str]) -> str:
    """A fingerprint of what a theme is made of: its declaration, links, library, deliveries; the day where it matters."""
    version = links.current(theme.population) if theme.population else None
    library = published.current(base_folder(theme.population)) if theme.population else None
    told: dict[str, Any] = {
        "spec": theme.spec,
        "fields": list(fields),
        "links": version.number if version else 0,
        "base": library.number if library else 0,
        "deliveries": {code: latest_delivery(code) for code in sorted(sources(theme.spec))},
        "day": on.isoformat() if "today" in str(theme.spec.get("where", "")) else "",
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:32]


def _kind(code: str) -> str:
    return "yes_no" if code == "yes_no" else element(code).kind


def _unready(theme: str, missing: str) -> HouseError:
    return HouseError(
        "pool.theme_unready",
        Text(f"主题表所依据的 {missing} 还没有。", f"{missing}, on which the theme draws, is not there yet."),
        Text("请先归集并关联，再生成主题表。", "Gather and link first, then the theme is derived."),
        theme,
    )
