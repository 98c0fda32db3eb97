"""Whom the number or name in a record means: references resolved to subjects, or left open when there is doubt.

In this order, the first that finds exactly one subject counts; a name beside the number must agree with one the subject
bears somewhere:
    number       the same identity number, passport or credit code
    near number  a number with one slip of the pen (a digit wrong, two exchanged, one lost), and the same name
    phone        the same name with the same phone, or with the same birth date
    household    the same name, borne by exactly one member of the subject's household
    name         the registered name of an enterprise, borne by exactly one
A person's name alone never counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from rapidfuzz.distance import OSA

from tongchou.standards import names
from tongchou.standards.elements import element

from ..engine.connection import name as quoted
from ..engine.connection import quote
from ..logs import versions_sql
from ..plans import Feed
from ..rules import fold_as

_ATTRIBUTES = ("name", "id_number", "passport_number", "uscc", "phone", "birth_date")


def claim(
    db: duckdb.DuckDBPyConnection, root: Path, populations: Sequence[tuple[str, str, Sequence[Feed], Path]]
) -> None:
    """Fill `claims`: population, kind, subject_id and what its records ever said of it, each combination once.

    populations: (code, kind, feeds, file of its links).
    """
    parts = []
    for code, kind, feeds, links in populations:
        for feed in feeds:
            versions, have = versions_sql(root, feed), feed.by_attribute()
            if versions is None or not any(each in have for each in _ATTRIBUTES):
                continue
            values = ", ".join(
                f"coalesce({', '.join(f'v.{quoted(each)}' for each in have[column])}) AS {quoted(column)}"
                if column in have
                else f"NULL::VARCHAR AS {quoted(column)}"
                for column in _ATTRIBUTES
            )
            parts.append(
                f"""SELECT DISTINCT {quote(code)} AS population, {quote(kind)} AS kind, l.subject_id, {values} FROM ({versions}) v
                JOIN read_parquet({quote(str(links))}) l
                ON l.resource = {quote(feed.resource)} AND l.source_key = v._key WHERE v._op = 'put'"""
            )
    nothing = ", ".join(
        f"NULL::VARCHAR AS {quoted(each)}" for each in ("population", "kind", "subject_id", *_ATTRIBUTES)
    )
    db.execute(f"CREATE TEMP TABLE claims AS {' UNION '.join(parts) or f'SELECT {nothing} WHERE false'}")


def resolve(db: duckdb.DuckDBPyConnection) -> None:
    """Fill `resolved` (ref, other, how) for the table `refs`.

    refs: ref, population, subject_id, within (boolean), and the columns name, id_number, passport_number, uscc, phone,
    birth_date, null where the record does not give them. Needs `claims`, and `members` (number, subject_id) of
    households.
    """
    db.execute("CREATE TEMP TABLE resolved (ref BIGINT, other VARCHAR, how VARCHAR)")
    _fold(db)
    for column in ("id_number", "passport_number", "uscc"):
        _by_number(db, column)
    _by_near_number(db)
    for column in ("phone", "birth_date"):
        _take(
            db,
            f"""SELECT r.ref, c.subject_id FROM open_refs r JOIN bearers c ON c.population = r.population
            AND c.folded = r.folded AND c.{column} = r.{column}""",
            column.split("_")[0],
        )
    _take(
        db,
        """SELECT r.ref, n.subject_id FROM open_refs r JOIN members m ON m.subject_id = r.subject_id
        JOIN members o ON o.number = m.number AND o.subject_id <> m.subject_id
        JOIN bearers n ON n.subject_id = o.subject_id AND n.folded = r.folded WHERE r.within""",
        "household",
    )
    _take(
        db,
        """SELECT r.ref, c.subject_id FROM open_refs r JOIN bearers c ON c.population = r.population
        AND c.folded = r.folded WHERE c.kind = 'enterprise'""",
        "name",
    )


def _fold(db: duckdb.DuckDBPyConnection) -> None:
    """Names as they are compared, beside the references and the subjects that bear them."""
    found = db.execute(
        "SELECT name FROM claims WHERE name IS NOT NULL UNION SELECT name FROM refs WHERE name IS NOT NULL"
    ).fetchall()
    plain = [row[0] for row in found]
    db.register("folding", pa.table({"name": pa.array(plain, pa.string()),
                                     "folded": pa.array([fold_as("name", each) for each in plain], pa.string())}))  # fmt: skip
    db.execute("CREATE TEMP TABLE folded_names AS SELECT * FROM folding")
    db.execute(
        """CREATE TEMP TABLE bearers AS SELECT DISTINCT c.population, c.kind, c.subject_id, f.folded, c.phone, c.birth_date
        FROM claims c JOIN folded_names f USING (name)"""
    )
    db.execute(
        "CREATE TEMP VIEW all_refs AS SELECT r.*, f.folded FROM refs r LEFT JOIN folded_names f USING (name)"
    )
    db.execute(
        "CREATE TEMP VIEW open_refs AS SELECT * FROM all_refs WHERE ref NOT IN (SELECT ref FROM resolved)"
    )


def _take(db: duckdb.DuckDBPyConnection, candidates: str, how: str) -> None:
    """Resolve the references for which a query (ref, subject_id) finds exactly one subject."""
    db.execute(
        f"""INSERT INTO resolved SELECT ref, min(subject_id), {quote(how)} FROM ({candidates})
        GROUP BY ref HAVING count(DISTINCT subject_id) = 1"""
    )


def _by_number(db: duckdb.DuckDBPyConnection, column: str) -> None:
    """The same number. With a name, one of the subject's must be like it; without, the number must pass its check."""
    db.execute(
        f"""CREATE OR REPLACE TEMP TABLE numbered AS SELECT DISTINCT r.ref, c.subject_id, r.name, r.{column} AS number
        FROM open_refs r JOIN (SELECT DISTINCT population, subject_id, {column} FROM claims WHERE {column} IS NOT NULL) c
        ON c.population = r.population AND c.{column} = r.{column}"""
    )
    same = """SELECT n.ref, n.subject_id FROM numbered n JOIN all_refs r ON r.ref = n.ref
        JOIN bearers b ON b.subject_id = n.subject_id AND b.folded = r.folded"""
    _take(db, same, "number")
    # The few whose names are written differently, or missing, are looked at one by one.
    left = db.execute(
        """SELECT n.ref, n.subject_id, n.name, n.number, list(DISTINCT c.name) FILTER (c.name IS NOT NULL)
        FROM numbered n JOIN claims c ON c.subject_id = n.subject_id
        WHERE n.ref NOT IN (SELECT ref FROM resolved) GROUP BY ALL"""
    ).fetchall()
    check = element(column).standardise
    accepted = [
        (ref, subject_id)
        for ref, subject_id, name, number, borne in left
        if (any(alike(name, each) for each in borne or ()) if name else check(number).problem is None)
        or (column == "uscc" and check(number).problem is None)  # companies change their names
    ]
    _take_rows(db, accepted, "number")


def _by_near_number(db: duckdb.DuckDBPyConnection) -> None:
    """An identity number with one slip, beside the same name."""
    halves = "c.folded = r.folded AND c.population = r.population AND r.id_number IS NOT NULL"
    left = db.execute(
        f"""WITH c AS (SELECT DISTINCT c.population, c.subject_id, f.folded, c.id_number FROM claims c
          JOIN folded_names f USING (name) WHERE c.id_number IS NOT NULL),
        r AS (SELECT * FROM open_refs WHERE id_number IS NOT NULL AND length(id_number) BETWEEN 17 AND 19)
        SELECT DISTINCT r.ref, c.subject_id, r.id_number, c.id_number FROM r JOIN c
          ON {halves} AND c.id_number[1:9] = r.id_number[1:9]
        UNION SELECT DISTINCT r.ref, c.subject_id, r.id_number, c.id_number FROM r JOIN c
          ON {halves} AND right(c.id_number, 8) = right(r.id_number, 8)"""
    ).fetchall()
    _take_rows(
        db,
        [(ref, subject) for ref, subject, one, other in left if OSA.distance(one, other) <= 1],
        "near_number",
    )


def _take_rows(db: duckdb.DuckDBPyConnection, pairs: list[tuple[Any, Any]], how: str) -> None:
    db.register("looked_at", pa.table({"ref": pa.array([each[0] for each in pairs], pa.int64()),
                                       "subject_id": pa.array([each[1] for each in pairs], pa.string())}))  # fmt: skip
    _take(db, "SELECT ref, subject_id FROM looked_at", how)


def alike(one: str, other: str) -> bool:
    """Whether two names may be one person's, where a number already says so: same characters, sounds, or one slip."""
    left, right = fold_as("name", one), fold_as("name", other)
    if left == right:
        return True
    sounds = sorted(names.pinyin(one)), sorted(names.pinyin(other))
    if sounds[0] and sounds[0] == sounds[1]:
        return True
    return (
        OSA.distance(left, right) == 1
        and min(len(left), len(right)) >= 2
        and (len(left) >= 3 or len(right) >= 3 or left[0] == right[0])
    )
