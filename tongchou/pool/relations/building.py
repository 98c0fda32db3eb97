"""Who is tied to whom, by DuckDB out of the logs and links: the hot loop has no Python rows.

Tables on the way: `versions` (of every record a rule reads), `refs` → `resolved` (whom a record names), `ties`, `homes`,
`mentions` (which record stands in whose document). `telling` makes documents of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from tongchou.standards import expressions
from tongchou.standards.codes import code_list
from tongchou.standards.elements import element

from ..engine.connection import name as quoted
from ..engine.connection import one, quote
from ..logs import versions_sql
from ..plans import Feed
from .declared import KNOWN_BY, Rule
from .kinds import KINDS, kind_of_code
from .resolving import claim, resolve

#: A household with more members than this is a dormitory: its members are not told as one another's household.
MOST_IN_A_HOUSEHOLD = 30
#: Of one kind, a document holds the latest so many records that name its subject (employees of a large company).
MOST_OF_A_KIND = 100

#: An instant as documents write it.
INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True)
class Linked:
    """A population as relations see it. links, base: files; base None while there is no library."""

    code: str
    kind: str
    feeds: tuple[Feed, ...]
    links: Path
    base: Path | None


def prepare(
    db: duckdb.DuckDBPyConnection, root: Path, populations: Sequence[Linked], rules: Sequence[Rule]
) -> int:
    """Make the tables up to `mentions`; returns how many subjects have a document."""
    by_resource = {
        feed.resource: (each, feed) for each in populations for feed in each.feeds if not feed.address_only
    }
    own = {
        code: found
        for code, found in by_resource.items()
        if any(rule.resource == code for rule in rules) and versions_sql(root, found[1]) is not None
    }
    _read(db, root, own)
    usable = [rule for rule in rules if rule.resource in own]
    _homes(db, populations, own, [rule for rule in usable if rule.number])
    _refs(db, own, [rule for rule in usable if rule.known_by])
    claim(db, root, [(each.code, each.kind, each.feeds, each.links) for each in populations])
    resolve(db)
    _ties(db, populations, own, [rule for rule in usable if rule.known_by or rule.at])
    _deaths(db, own, [rule for rule in usable if rule.died_on])
    _mentions(db)
    return int(one(db, "SELECT count(DISTINCT about) FROM mentions")[0])


def _read(db: duckdb.DuckDBPyConnection, root: Path, own: Mapping[str, tuple[Linked, Feed]]) -> None:
    """`rows_<n>` with the fields of each resource, and `versions` over all of them."""
    unions = []
    for place, (code, (population, feed)) in enumerate(sorted(own.items())):
        fields = ", ".join(f"v.{quoted(each.name)}" for each in feed.fields)
        db.execute(
            f"""CREATE TEMP TABLE rows_{place} AS
            SELECT {place + 1}::BIGINT << 44 | row_number() OVER () AS vid, l.subject_id, v._key, v._op, v._valid_from,
              v._valid_to, v._recorded_at, {fields}
            FROM ({versions_sql(root, feed)}) v JOIN read_parquet({quote(str(population.links))}) l
              ON l.resource = {quote(code)} AND l.source_key = v._key"""
        )
        unions.append(
            f"""SELECT vid, {quote(code)} AS resource, _key AS key, subject_id, {quote(population.kind)} AS kind,
            _op AS op, _valid_from, _valid_to, _recorded_at FROM rows_{place}"""
        )
    empty = """SELECT 0::BIGINT AS vid, '' AS resource, '' AS key, '' AS subject_id, '' AS kind, '' AS op,
        NULL::DATE AS _valid_from, NULL::DATE AS _valid_to, NULL::TIMESTAMPTZ AS _recorded_at WHERE false"""
    db.execute(f"CREATE TEMP TABLE versions AS {' UNION ALL '.join(unions) or empty}")


def _rows_of(own: Mapping[str, tuple[Linked, Feed]], rule: Rule) -> str:
    return f"rows_{sorted(own).index(rule.resource)}"


def _homes(
    db: duckdb.DuckDBPyConnection,
    populations: Sequence[Linked],
    own: Mapping[str, tuple[Linked, Feed]],
    rules: Sequence[Rule],
) -> None:
    """`homes` (vid, number, code …) and `members` (number, subject_id), without dormitories."""
    parts = [
        f"""SELECT vid, subject_id, {quote(rule.resource + ":")} || {quoted(rule.number)} AS number,
        {f"coalesce({quoted(rule.head_relation)}, '')" if rule.head_relation else "''"} AS word,
        {_list(rule.says_so())} AS fields FROM {_rows_of(own, rule)} WHERE _op = 'put' AND {quoted(rule.number)} IS NOT NULL"""
        for rule in rules
    ]
    empty = "SELECT 0::BIGINT AS vid, '' AS subject_id, '' AS number, '' AS word, ['']::VARCHAR[] AS fields WHERE false"
    db.execute(f"CREATE TEMP TABLE lived AS {' UNION ALL '.join(parts) or empty}")
    db.execute(
        f"""CREATE TEMP TABLE members AS SELECT DISTINCT number, subject_id FROM lived WHERE number IN (
          SELECT number FROM lived GROUP BY number HAVING count(DISTINCT subject_id) <= {MOST_IN_A_HOUSEHOLD})"""
    )
    _words(db, "lived", "word")
    known = [
        f"SELECT subject_id, birth_date, sex FROM read_parquet({quote(str(each.base))})"
        for each in populations
        if each.base is not None and each.kind == "person"
    ]
    born = " UNION ALL ".join(known) or "SELECT '' AS subject_id, '' AS birth_date, '' AS sex WHERE false"
    db.execute(
        f"""CREATE TEMP TABLE homes AS SELECT l.vid, l.number, coalesce(w.code, '') AS code, l.fields,
          coalesce(b.birth_date, '') AS born, coalesce(b.sex, '') AS sex
        FROM lived l LEFT JOIN words w USING (word) LEFT JOIN ({born}) b ON b.subject_id = l.subject_id
        WHERE l.number IN (SELECT number FROM members)"""
    )


def _words(db: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    """`words`: each word for a relation, its code of GB/T 4761 and the kind that stands for."""
    found = [
        row[0] for row in db.execute(f"SELECT DISTINCT {column} FROM {table} WHERE {column} <> ''").fetchall()
    ]
    codes = [code_list("household_relation").find(each) or "" for each in found]
    db.register("found_words", pa.table({
        "word": pa.array(found, pa.string()), "code": pa.array(codes, pa.string()),
        "kind": pa.array([kind_of_code(each) for each in codes], pa.string()),
    }))  # fmt: skip
    db.execute("CREATE OR REPLACE TEMP TABLE words AS SELECT * FROM found_words")


def _refs(
    db: duckdb.DuckDBPyConnection, own: Mapping[str, tuple[Linked, Feed]], rules: Sequence[Rule]
) -> None:
    """`named` (a version names somebody by a rule) and `refs`, each manner of naming once."""
    columns = ", ".join(KNOWN_BY)
    parts = []
    for rule in rules:
        known_by = rule.known_by or {}
        values = ", ".join(
            f"{quoted(known_by[each])} AS {each}" if each in known_by else f"NULL::VARCHAR AS {each}"
            for each in KNOWN_BY
        )
        given = " OR ".join(f"{quoted(each)} IS NOT NULL" for each in known_by.values())
        parts.append(
            f"""SELECT vid, subject_id, {quote(rule.code)} AS rule, {quote(rule.population)} AS population,
            {rule.within} AS within, {values} FROM {_rows_of(own, rule)} WHERE _op = 'put' AND ({given})"""
        )
    nothing = ", ".join(f"NULL::VARCHAR AS {each}" for each in KNOWN_BY)
    empty = f"SELECT 0::BIGINT AS vid, '' AS subject_id, '' AS rule, '' AS population, false AS within, {nothing} WHERE false"
    db.execute(f"CREATE TEMP TABLE named AS {' UNION ALL '.join(parts) or empty}")
    db.execute(
        f"""CREATE TEMP TABLE refs AS SELECT row_number() OVER () AS ref, * FROM (
          SELECT DISTINCT subject_id, population, within, {columns} FROM named)"""
    )


def _ties(
    db: duckdb.DuckDBPyConnection,
    populations: Sequence[Linked],
    own: Mapping[str, tuple[Linked, Feed]],
    rules: Sequence[Rule],
) -> None:
    """`ties` (vid, resource, key, about, kind, code, other …): what versions say of subjects that are known."""
    kinds = {each.code: each.kind for each in populations}
    db.execute(
        """CREATE TEMP TABLE bound AS SELECT n.vid, n.rule, s.other, s.how FROM named n JOIN refs r
        ON r.subject_id = n.subject_id AND r.population = n.population AND r.within = n.within
        AND """
        + " AND ".join(f"r.{each} IS NOT DISTINCT FROM n.{each}" for each in KNOWN_BY)
        + " JOIN resolved s USING (ref)"
    )
    db.execute(
        """CREATE TEMP TABLE loose (vid BIGINT, about VARCHAR, kind VARCHAR, word VARCHAR, other VARCHAR, other_kind VARCHAR,
        fields VARCHAR[], since VARCHAR, ended VARCHAR, how VARCHAR)"""
    )
    for rule in rules:
        rows = _rows_of(own, rule)
        since = f"coalesce({quoted(rule.since)}, '')" if rule.since else "''"
        word = f"coalesce({quoted(rule.relation)}, '')" if rule.relation else quote(rule.fixed_code)
        ended, bindings = "''", []
        if rule.ends_when:
            feed = own[rule.resource][1]
            fields = {each.name: _kind_of(each.element) for each in feed.fields}
            condition, values = expressions.to_sql(expressions.parse(rule.ends_when), kinds=fields)
            ended, bindings = f"CASE WHEN ({condition}) IS TRUE THEN {since} ELSE '' END", list(values)
        whom = "SELECT vid, other, how FROM bound WHERE rule = " + quote(rule.code)
        if rule.at:
            whom = _at_place(populations, own, rule)
        if not whom or rule.population not in kinds:
            continue
        db.execute(
            f"""INSERT INTO loose SELECT r.vid, r.subject_id, {quote(rule.kind)}, {word}, b.other,
            {quote(kinds[rule.population])}, {_list(rule.says_so())}, {since}, {ended}, b.how
            FROM {rows} r JOIN ({whom}) b USING (vid) WHERE r._op = 'put' AND b.other <> r.subject_id""",
            bindings,
        )
    _words(db, "loose", "word")
    # A guardian who is the mother is both: what the word says, and what the rule says.
    db.execute(
        """CREATE TEMP TABLE meant AS
        SELECT l.* EXCLUDE (word), CASE WHEN w.kind = l.kind THEN w.code ELSE '' END AS code
        FROM loose l LEFT JOIN words w USING (word)
        UNION SELECT l.vid, l.about, w.kind, l.other, l.other_kind, l.fields, l.since, l.ended, l.how, w.code
        FROM loose l JOIN words w USING (word) WHERE w.kind NOT IN ('', l.kind) AND l.other_kind = 'person'"""
    )
    limits = [(each.code, each.most) for each in KINDS.values() if each.most]
    many = " OR ".join(f"(kind = {quote(code)} AND number > {most})" for code, most in limits)
    inverse = " OR ".join(
        f"(kind = {quote(each.code)} AND number > {KINDS[each.inverse].most})"
        for each in KINDS.values()
        if KINDS[each.inverse].most
    )
    # Somebody of whom dozens of records say they are the mother is a placeholder, not a mother.
    db.execute(
        f"""CREATE TEMP TABLE ties AS SELECT v.resource, v.key, m.* FROM meant m JOIN versions v USING (vid)
        WHERE (m.about, m.kind) NOT IN (SELECT (about, kind) FROM (
            SELECT about, kind, count(DISTINCT other) AS number FROM meant GROUP BY ALL) WHERE {many})
          AND (m.other, m.kind) NOT IN (SELECT (other, kind) FROM (
            SELECT other, kind, count(DISTINCT about) AS number FROM meant GROUP BY ALL) WHERE {inverse})"""
    )


def _at_place(populations: Sequence[Linked], own: Mapping[str, tuple[Linked, Feed]], rule: Rule) -> str:
    """The place to which the record itself is linked, for the versions with the address it was linked by."""
    place = next((each for each in populations if each.code == rule.population), None)
    feed = next((each for each in place.feeds if each.resource == rule.resource), None) if place else None
    if place is None or feed is None or rule.at not in feed.by_attribute().get("address", ()):
        return ""
    address = quoted(rule.at)
    return f"""SELECT r.vid, l.subject_id AS other, l.how FROM (
          SELECT *, last_value({address}) OVER (PARTITION BY _key ORDER BY _recorded_at, _valid_from NULLS FIRST
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS latest
          FROM {_rows_of(own, rule)} WHERE _op = 'put') r
        JOIN read_parquet({quote(str(place.links))}) l ON l.resource = {quote(rule.resource)} AND l.source_key = r._key
        WHERE r.{address} = r.latest"""


def _deaths(
    db: duckdb.DuckDBPyConnection, own: Mapping[str, tuple[Linked, Feed]], rules: Sequence[Rule]
) -> None:
    """`deaths` (subject_id, told): the day of death by the record that was known first."""
    parts = [
        f"""SELECT subject_id, {quoted(rule.died_on)} AS died, _recorded_at FROM {_rows_of(own, rule)}
        WHERE _op = 'put' AND {quoted(rule.died_on)} IS NOT NULL"""
        for rule in rules
    ]
    empty = "SELECT '' AS subject_id, '' AS died, NULL::TIMESTAMPTZ AS _recorded_at WHERE false"
    db.execute(
        f"""CREATE TEMP TABLE deaths AS SELECT subject_id, to_json(struct_pack("on" := arg_max(died, _recorded_at),
          recorded_at := strftime(min(_recorded_at), {quote(INSTANT)})))::VARCHAR AS told
        FROM ({" UNION ALL ".join(parts) or empty}) GROUP BY subject_id"""
    )


def _mentions(db: duckdb.DuckDBPyConnection) -> None:
    """`records` that say something, `mentions` (about, resource, key) and `left_out` (about, role, number)."""
    db.execute(
        """CREATE TEMP TABLE records AS SELECT resource, key, any_value(subject_id) AS subject_id, any_value(kind) AS kind,
          max(_recorded_at) AS latest
        FROM versions WHERE vid IN (SELECT vid FROM ties UNION SELECT vid FROM homes) GROUP BY resource, key"""
    )
    db.execute(
        "CREATE TEMP TABLE housed AS SELECT DISTINCT h.number, v.resource, v.key FROM homes h JOIN versions v USING (vid)"
    )
    inverse = " ".join(f"WHEN {quote(each.code)} THEN {quote(each.inverse)}" for each in KINDS.values())
    db.execute(
        f"""CREATE TEMP TABLE all_mentions AS
        SELECT subject_id AS about, resource, key, '' AS role, latest FROM records
        UNION SELECT t.other, t.resource, t.key, CASE t.kind {inverse} END, r.latest
          FROM ties t JOIN records r USING (resource, key)
        UNION SELECT m.subject_id, h.resource, h.key, '', r.latest
          FROM members m JOIN housed h USING (number) JOIN records r USING (resource, key)
        UNION SELECT mine.about, other.resource, other.key, '', r.latest
          FROM ties mine JOIN ties other ON other.other = mine.other AND other.about <> mine.about
          JOIN records r ON r.resource = other.resource AND r.key = other.key
          WHERE mine.kind = 'parent' AND other.kind = 'parent'"""
    )
    db.execute(
        """CREATE TEMP TABLE placed AS SELECT *, row_number() OVER
        (PARTITION BY about, role ORDER BY latest DESC, resource, key) AS place FROM all_mentions"""
    )
    db.execute(
        f"""CREATE TEMP TABLE mentions AS SELECT DISTINCT about, resource, key FROM placed
        WHERE place <= {MOST_OF_A_KIND} OR role = ''"""
    )
    db.execute(
        f"""CREATE TEMP TABLE left_out AS SELECT about, role, count(*) AS number FROM placed
        WHERE role <> '' AND place > {MOST_OF_A_KIND} GROUP BY about, role"""
    )
    pairs = " UNION ALL ".join(
        f"SELECT {quote(prefix)} AS prefix, {quote(kind)} AS kind"
        for kind, prefix in (("person", "P"), ("enterprise", "E"), ("place", "L"))
    )
    db.execute(f"CREATE TEMP TABLE kinds AS {pairs}")


def _list(names: Sequence[str]) -> str:
    return "[" + ", ".join(map(quote, names)) + "]::VARCHAR[]"


def _kind_of(code: str) -> str:
    return "yes_no" if code == "yes_no" else element(code).kind
