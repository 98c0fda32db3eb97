"""Base libraries 人口库, 法人库: per subject the best value of each attribute, and which record says so.

The rule, in this order: a value that passes its element's check before one that does not; the more authoritative
source (`Population.authority`); the one that has been true for the shortest time; the one recorded last. Only
records in force are asked. The library is derived: one Parquet file, replaced at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa

from tongchou.standards.elements import element
from tongchou.standards.problems import is_soft

from . import published
from .engine.connection import connect, quote
from .engine.connection import name as quoted
from .folders import base_folder, data_root
from .links import current as current_links
from .logs import versions_sql
from .models import Population
from .plans import Feed, ranked

#: Attributes a base library keeps, with the element that says whether a value is valid.
ATTRIBUTES: dict[str, dict[str, str]] = {
    "person": {
        "name": "person_name", "id_number": "id_number", "passport_number": "passport_number",
        "birth_date": "birth_date", "sex": "sex", "ethnicity": "ethnicity", "nationality": "nationality",
        "education": "education", "phone": "phone", "address": "address",
    },
    "enterprise": {
        "name": "organisation_name", "uscc": "uscc", "legal_representative": "person_name",
        "industry": "industry", "phone": "phone", "address": "address",
    },
    "place": {
        "name": "organisation_name", "address": "address", "community": "text",
        "longitude": "longitude", "latitude": "latitude",
    },
}  # fmt: skip

#: Elements that keep a value that failed its check, so that it must be asked again which it is.
_CHECKED_AGAIN = frozenset({"id_number", "passport_number", "uscc", "phone"})


def derive(population: Population, feeds: Sequence[Feed], on: date) -> published.Version | None:
    """Derive and publish the base library of a population as of `on`; None while it has no links.

    Columns: subject_id, then per attribute its value, `<attribute>_source` (resource code), `<attribute>_valid`
    and `<attribute>_recorded_at`. The caller holds the population's lock.
    """
    version = current_links(population.code)
    if version is None:
        return None
    table = best_values(
        data_root(),
        feeds,
        population.kind,
        version.parts["links"],
        ranked(population, (f.resource for f in feeds)),
        on,
    )
    found = published.publish(
        base_folder(population.code), {"base": table}, at=version.at, facts={"on": on.isoformat()}
    )
    published.sweep(base_folder(population.code), ("base",))
    return found


def best_values(
    root: Path, feeds: Sequence[Feed], kind: str, links: Path, ranks: dict[str, int], on: date
) -> pa.Table:
    """The library's table, ordered by subject."""
    attributes = ATTRIBUTES[kind]
    with connect(root) as db:
        parts = [part for feed in feeds if (part := _values(root, feed, attributes, links, ranks, on))]
        if not parts:
            return pa.table({"subject_id": pa.array([], pa.string())})
        db.execute(f"CREATE TEMP TABLE said AS {' UNION ALL '.join(parts)}")
        for attribute, code in attributes.items():
            if code in _CHECKED_AGAIN:
                _mark_invalid(db, attribute, code)
        columns = ", ".join(_best(each, code in _CHECKED_AGAIN) for each, code in attributes.items())
        shown = ", ".join(
            f"b_{each}.v AS {quoted(each)}, b_{each}.r AS {quoted(each + '_source')}, "
            f"b_{each}.ok AS {quoted(each + '_valid')}, b_{each}.w AS {quoted(each + '_recorded_at')}"
            for each in attributes
        )
        table: pa.Table = db.sql(
            f"SELECT subject_id, {shown} FROM (SELECT subject_id, {columns} FROM said GROUP BY subject_id) "
            "ORDER BY subject_id"
        ).to_arrow_table()
    return table


def _values(
    root: Path, feed: Feed, attributes: dict[str, str], links: Path, ranks: dict[str, int], on: date
) -> str:
    versions = versions_sql(root, feed)
    if versions is None:
        return ""
    have = feed.by_attribute()
    values = ", ".join(
        f"coalesce({', '.join(map(quoted, have[each]))}) AS {quoted(each)}"
        if each in have
        else f"NULL::VARCHAR AS {quoted(each)}"
        for each in attributes
    )
    day = f"DATE '{on.isoformat()}'"
    return f"""SELECT l.subject_id, {quote(feed.resource)} AS resource, {ranks[feed.resource]} AS rank,
          v._valid_from AS begins, v._recorded_at AS learned, {values}
        FROM ({versions} ) v
        JOIN read_parquet({quote(str(links))}) l ON l.resource = {quote(feed.resource)} AND l.source_key = v._key
        WHERE (v._valid_from IS NULL OR v._valid_from <= {day}) AND (v._valid_to IS NULL OR {day} < v._valid_to)
        QUALIFY row_number() OVER (PARTITION BY v._key
          ORDER BY v._recorded_at DESC, v._valid_from DESC NULLS LAST, v._op DESC) = 1 AND v._op = 'put'"""


def _mark_invalid(db: object, attribute: str, code: str) -> None:
    """A table of the distinct values of an attribute that fail their element's check."""
    check = element(code).standardise
    distinct = db.execute(  # type: ignore[attr-defined]
        f"SELECT DISTINCT {quoted(attribute)} FROM said WHERE {quoted(attribute)} IS NOT NULL"
    ).fetchall()
    failing = [value for (value,) in distinct if (problem := check(value).problem) and not is_soft(problem)]
    db.register(f"arrow_{attribute}", pa.table({"value": pa.array(failing, pa.string())}))  # type: ignore[attr-defined]
    db.execute(f"CREATE TEMP TABLE failing_{attribute} AS SELECT value FROM arrow_{attribute}")  # type: ignore[attr-defined]


def _best(attribute: str, checked_again: bool) -> str:
    column = quoted(attribute)
    valid = f"({column} NOT IN (SELECT value FROM failing_{attribute}))" if checked_again else "true"
    return f"""arg_max(struct_pack(v := {column}, r := resource, ok := {valid}, w := learned),
      struct_pack(a := {valid}::INT, b := -rank, c := coalesce(begins, DATE '0001-01-01'),
                  d := learned, e := {column}, f := resource))
      FILTER ({column} IS NOT NULL) AS b_{attribute}"""


def published_at(population: str) -> datetime | None:
    """The instant the published base library stands for."""
    version = published.current(base_folder(population))
    return version.at if version else None
