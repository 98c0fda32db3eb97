"""The base library of a whole population: the decision of `survivorship` as SQL, one pass over all that records say.

Only where a subject's records differ is a second look taken, at the best of the other values, to tell why it was not taken.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from tongchou.standards.elements import element
from tongchou.standards.problems import is_soft

from .. import published
from ..engine.connection import connect, quote, rows
from ..engine.connection import name as quoted
from ..folders import base_folder, data_root
from ..links import current as current_links
from ..logs import versions_sql
from ..models import Population
from ..plans import Feed
from ..touched import newest, touched
from .attributes import ATTRIBUTES, CHECKED_AGAIN
from .disagreements import NONE, disagreements
from .rulebook import disputed, rules_of
from .survivorship import Rule

#: When more than this share of a library changes, all of it is decided again: that costs less than picking.
REDECIDE_SHARE = 0.4


def derive(
    population: Population, feeds: Sequence[Feed], on: date, changed: pa.Table | None = None
) -> published.Version | None:
    """Derive and publish the base library of a population as of `on`; None while it has no links.

    Columns: subject_id, then per attribute its value, `<attribute>_source` (resource code), `_key` (of the record),
    `_valid`, `_recorded_at`, `_since` (since when the source says so), `_why` (`survivorship.Chosen.why`), `_over`
    (resource of the best other value) and `_others` (how many other values). Beside it the part `disagreements`. The
    caller holds the population's lock.

    changed: the subjects whose links changed in the last run (column subject_id); then only they are decided again, and
    those of whom records were recorded, began or ended since. None, or a library that stands for something else than
    the run before: all are.
    """
    version = current_links(population.code)
    if version is None:
        return None
    rules, attributes, links = rules_of(population), ATTRIBUTES[population.kind], version.parts["links"]
    folder, seen = base_folder(population.code), newest(feeds)
    before = published.current(folder)
    shape = _shape(feeds, rules, attributes)
    with connect(data_root()) as db:
        wanted = None
        if changed is not None and before is not None and _goes_on(before, version.number, shape, on):
            wanted = _wanted(db, feeds, before, changed, links, on)
            if wanted.num_rows > REDECIDE_SHARE * before.facts["subjects"]:
                wanted = None
        table = best_values(db, data_root(), feeds, links, rules, attributes, on, wanted)
        differing = disagreements(db, feeds, disputed(rules)) if table.num_rows else NONE
        if wanted is not None and before is not None:
            table, differing = _laid_over(db, before, wanted, table, differing)
        db.register("whole", table)
        facts = {"on": on.isoformat(), "attributes": _counted(db, rules) if table.num_rows else {},
                 "disagreements": differing.num_rows, "subjects": table.num_rows, "links": version.number, "seen": seen,
                 "shape": shape, "decided": table.num_rows if wanted is None else wanted.num_rows}  # fmt: skip
    found = published.publish(folder, {"base": table, "disagreements": differing}, at=version.at, facts=facts)
    published.sweep(folder, ("base", "disagreements"))
    return found


def _shape(feeds: Sequence[Feed], rules: Mapping[str, Rule], attributes: Mapping[str, str]) -> str:
    """A digest of what decides about values besides the records."""
    told = [
        [[feed.resource, sorted(feed.by_attribute().items())] for feed in feeds],
        [repr(rule) for _, rule in sorted(rules.items())], list(attributes.items()),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _goes_on(before: published.Version, number: int, shape: str, on: date) -> bool:
    """Whether a library is that of the run before, decided by the same rules, and no later than of `on`."""
    facts = before.facts
    return (
        facts.get("shape") == shape
        and facts.get("links") in (number - 1, number)
        and bool(facts.get("subjects"))
        and str(facts.get("on")) <= on.isoformat()
    )


def _wanted(
    db: duckdb.DuckDBPyConnection,
    feeds: Sequence[Feed],
    before: published.Version,
    changed: pa.Table,
    links: Path,
    on: date,
) -> pa.Table:
    """The subjects to decide about again."""
    found = touched(db, data_root(), feeds, before.facts["seen"], changed, links)
    if before.facts["on"] == on.isoformat():
        return found
    days = f"BETWEEN DATE {quote(before.facts['on'])} + 1 AND DATE {quote(on.isoformat())}"
    parts = [
        f"""SELECT l.subject_id FROM read_parquet({quote(str(links))}) l WHERE l.resource = {quote(feed.resource)}
        AND l.source_key IN (SELECT _key FROM ({versions}) WHERE _valid_from {days} OR _valid_to {days})"""
        for feed in feeds
        if (versions := versions_sql(data_root(), feed))
    ]
    db.register("touched", found)
    table: pa.Table = db.sql(
        f"""SELECT DISTINCT subject_id FROM (SELECT subject_id FROM touched UNION ALL {" UNION ALL ".join(parts)})
        ORDER BY subject_id"""
    ).to_arrow_table()
    return table


def _laid_over(
    db: duckdb.DuckDBPyConnection,
    before: published.Version,
    wanted: pa.Table,
    table: pa.Table,
    differing: pa.Table,
) -> tuple[pa.Table, pa.Table]:
    """The library and the disagreements of before, with those of the wanted subjects as they are now."""
    db.register("wanted", wanted)
    whole = []
    for name, now in (("base", table), ("disagreements", differing)):
        db.register("now", now)
        old = f"(FROM read_parquet({quote(str(before.parts[name]))}) ANTI JOIN wanted USING (subject_id))"
        order = "subject_id" if name == "base" else "resource, attribute, source_key"
        # Without a row of now, its columns are those of before.
        both = f"FROM {old} UNION ALL BY NAME FROM now" if now.num_rows else f"FROM {old}"
        whole.append(db.sql(f"SELECT * FROM ({both}) ORDER BY {order}").to_arrow_table())
    return whole[0], whole[1].cast(differing.schema)


def best_values(
    db: duckdb.DuckDBPyConnection,
    root: Path,
    feeds: Sequence[Feed],
    links: Path,
    rules: Mapping[str, Rule],
    attributes: Mapping[str, str],
    on: date,
    wanted: pa.Table | None = None,
) -> pa.Table:
    """The library's table, ordered by subject. Leaves `said` (what records say) and `library` in the connection.

    wanted: only of these subjects (column subject_id); None for all there are.
    """
    chosen = f"SELECT resource, source_key, subject_id, how FROM read_parquet({quote(str(links))})"
    if wanted is not None:
        db.register("wanted", wanted)
        chosen += " WHERE subject_id IN (SELECT subject_id FROM wanted)"
    db.execute(f"CREATE TEMP TABLE mine AS {chosen}")
    parts = [part for feed in feeds if (part := _values(root, feed, attributes, on))]
    if not parts:
        return pa.table({"subject_id": pa.array([], pa.string())})
    db.execute(f"CREATE TEMP TABLE said AS {' UNION ALL '.join(parts)}")
    for attribute, code in attributes.items():
        if code in CHECKED_AGAIN:
            _mark_invalid(db, attribute, code)
        if "agreed" in rules[attribute].order:
            column = quoted(attribute)
            db.execute(
                f"""CREATE TEMP TABLE agreed_{attribute} AS SELECT subject_id, {column} AS v, count(DISTINCT resource) AS n
                FROM said WHERE {column} IS NOT NULL GROUP BY ALL"""
            )
    _choose(db, rules, attributes)
    columns = ", ".join(
        f"b.b_{each}.v AS {quoted(each)}, b.b_{each}.r AS {quoted(each + '_source')}, b.b_{each}.k AS {quoted(each + '_key')}, "
        f"b.b_{each}.ok AS {quoted(each + '_valid')}, b.b_{each}.w AS {quoted(each + '_recorded_at')}, "
        f"b.b_{each}.s AS {quoted(each + '_since')}, {_why(each, rules[each])} AS {quoted(each + '_why')}, "
        f"r_{each}.r.r AS {quoted(each + '_over')}, coalesce(r_{each}.others, 0)::INT AS {quoted(each + '_others')}"
        for each in attributes
    )
    joins = " ".join(
        f"LEFT JOIN rivals_{each} r_{each} ON r_{each}.subject_id = b.subject_id" for each in attributes
    )
    db.execute(f"CREATE TEMP TABLE library AS SELECT b.subject_id, {columns} FROM best b {joins}")
    table: pa.Table = db.sql("SELECT * FROM library ORDER BY subject_id").to_arrow_table()
    return table


def _values(root: Path, feed: Feed, attributes: Mapping[str, str], on: date) -> str:
    """What the records of a resource in force on `on` say of their subjects, out of the links in the table `mine`."""
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
    return f"""SELECT l.subject_id, {quote(feed.resource)} AS resource, v._key AS source_key, l.how,
          v._valid_from AS begins, v._recorded_at AS learned, {values}
        FROM ({versions} ) v
        JOIN mine l ON l.resource = {quote(feed.resource)} AND l.source_key = v._key
        WHERE (v._valid_from IS NULL OR v._valid_from <= {day}) AND (v._valid_to IS NULL OR {day} < v._valid_to)
        QUALIFY row_number() OVER (PARTITION BY v._key
          ORDER BY v._recorded_at DESC, v._valid_from DESC NULLS LAST, v._op DESC) = 1 AND v._op = 'put'"""


def _mark_invalid(db: duckdb.DuckDBPyConnection, attribute: str, code: str) -> None:
    """A table of the distinct values of an attribute that fail their element's check."""
    check = element(code).standardise
    distinct = rows(
        db, f"SELECT DISTINCT {quoted(attribute)} FROM said WHERE {quoted(attribute)} IS NOT NULL"
    )
    failing = [value for (value,) in distinct if (problem := check(value).problem) and not is_soft(problem)]
    db.register(f"arrow_{attribute}", pa.table({"value": pa.array(failing, pa.string())}))
    db.execute(f"CREATE TEMP TABLE failing_{attribute} AS SELECT value FROM arrow_{attribute}")


def _choose(db: duckdb.DuckDBPyConnection, rules: Mapping[str, Rule], attributes: Mapping[str, str]) -> None:
    """`best` (b_<attribute>, d_<attribute>: whether others differ, n_<attribute>: how many say it) and `rivals_<attribute>`."""
    chosen = []
    for attribute, code in attributes.items():
        column = quoted(attribute)
        merits = _merits(rules[attribute], attribute, code in CHECKED_AGAIN)
        taken = (
            f"struct_pack(v := {column}, r := resource, k := source_key, ok := {_valid(attribute, code in CHECKED_AGAIN)}, "
            f"w := learned, s := coalesce(begins, learned::DATE), m := {merits})"
        )
        only = f"FILTER ({column} IS NOT NULL)"
        chosen.append(
            f"arg_max({taken}, {merits}) {only} AS b_{attribute}, coalesce(min({column}) <> max({column}), false) "
            f"AS d_{attribute}, count({column}) AS n_{attribute}"
        )
    agreed = " ".join(
        f"LEFT JOIN agreed_{each} ON agreed_{each}.subject_id = said.subject_id AND agreed_{each}.v = said.{quoted(each)}"
        for each in attributes
        if "agreed" in rules[each].order
    )
    db.execute(
        f"CREATE TEMP TABLE best AS SELECT said.subject_id, {', '.join(chosen)} FROM said {agreed} GROUP BY said.subject_id"
    )
    for attribute, code in attributes.items():
        column = f"said.{quoted(attribute)}"
        merits = _merits(rules[attribute], attribute, code in CHECKED_AGAIN)
        joined = (
            f"LEFT JOIN agreed_{attribute} ON agreed_{attribute}.subject_id = said.subject_id AND agreed_{attribute}.v = {column}"
            if "agreed" in rules[attribute].order
            else ""
        )
        db.execute(
            f"""CREATE TEMP TABLE rivals_{attribute} AS SELECT said.subject_id, count(DISTINCT {column}) AS others,
              arg_max(struct_pack(r := said.resource, m := {merits}), {merits}) AS r
            FROM said JOIN best ON best.subject_id = said.subject_id {joined}
            WHERE best.d_{attribute} AND {column} <> best.b_{attribute}.v GROUP BY said.subject_id"""
        )


def _valid(attribute: str, checked_again: bool) -> str:
    column = f"said.{quoted(attribute)}"
    return f"({column} NOT IN (SELECT value FROM failing_{attribute}))" if checked_again else "true"


def _merits(rule: Rule, attribute: str, checked_again: bool) -> str:
    """The criteria of a rule as a struct that compares as `survivorship.choose` does: the greater is better."""
    column = f"said.{quoted(attribute)}"
    ranks = " ".join(f"WHEN {quote(code)} THEN {-place}" for code, place in rule.ranks.items())
    found = {
        "valid": f"{_valid(attribute, checked_again)}::INT",
        "authority": f"(CASE said.resource {ranks} ELSE {-len(rule.ranks)} END)" if ranks else "0",
        "agreed": f"agreed_{attribute}.n",
        "exact": f"length({column})",
        "newest": "coalesce(said.begins, DATE '0001-01-01')",
        "recorded": "said.learned",
    }
    criteria = ", ".join(f"{each} := {found[each]}" for each in rule.order)
    return f"struct_pack({criteria}, by_value := {column}, by_resource := said.resource)"


def _why(attribute: str, rule: Rule) -> str:
    """Which criterion told the taken value from the best other one."""
    differing = " ".join(
        f"WHEN b.b_{attribute}.m.{each} IS DISTINCT FROM r_{attribute}.r.m.{each} THEN {quote(each)}"
        for each in rule.order
    )
    return f"""CASE WHEN b.n_{attribute} = 0 THEN NULL
        WHEN r_{attribute}.subject_id IS NULL THEN CASE WHEN b.n_{attribute} > 1 THEN 'same' ELSE 'only' END
        {differing} ELSE 'order' END"""


def _counted(db: duckdb.DuckDBPyConnection, rules: Mapping[str, Rule]) -> dict[str, Any]:
    """{attribute: {"sources": {resource: subjects}, "why": {why: subjects}}}, for the board: counts, no values."""
    found: dict[str, Any] = {}
    for attribute in rules:
        source, why = quoted(f"{attribute}_source"), quoted(f"{attribute}_why")
        told = rows(
            db,
            f"SELECT {source}, {why}, count(*) FROM whole WHERE {source} IS NOT NULL GROUP BY ALL ORDER BY ALL",
        )
        sources: dict[str, int] = {}
        reasons: dict[str, int] = {}
        for resource, reason, count in told:
            sources[resource] = sources.get(resource, 0) + count
            reasons[reason] = reasons.get(reason, 0) + count
        found[attribute] = {"sources": sources, "why": reasons}
    return found


def published_at(population: str) -> datetime | None:
    """The instant the published base library stands for."""
    version = published.current(base_folder(population))
    return version.at if version else None


def facts_of(population: str) -> dict[str, Any]:
    """What the published library says of itself: {"on", "subjects", "disagreements", "attributes": counts}; empty before."""
    version = published.current(base_folder(population))
    return version.facts if version else {}
