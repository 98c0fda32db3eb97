"""Relations documents told out of the tables that `building` made: which would be another, and the documents themselves.

Tables on the way: `marks` (a number per document), `needed` (records that wanted documents speak of), `told` (each as
JSON).
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa

from ..engine.connection import one, quote
from .building import INSTANT

_BATCH = 5_000
#: What a document says of a tie and of a home.
_TIE = ", ".join(f"{each} := {each}" for each in (
    "kind", "code", "other", "other_kind", "fields", "since", "ended", "how",
))  # fmt: skip
_HOME = ", ".join(f"{each} := {each}" for each in ("number", "code", "fields", "born", "sex"))


def mark(db: duckdb.DuckDBPyConnection) -> None:
    """Make `marks` (subject_id, mark): a number for each document that is another when the document would be.

    It is made of all the document is made of, by hashing and adding, which costs a fraction of writing it; a change passes
    unseen once in 2^64.
    """
    db.execute(
        f"""CREATE TEMP TABLE marks AS
        WITH tied AS (SELECT vid, sum(hash(struct_pack({_TIE}))::HUGEINT) AS mark FROM ties GROUP BY vid),
        lodged AS (SELECT vid, sum(hash(struct_pack({_HOME}))::HUGEINT) AS mark FROM homes GROUP BY vid),
        said AS (
          SELECT v.resource, v.key, hash(v.resource, v.key, any_value(v.subject_id), any_value(v.kind),
            sum(hash(v.op, v._valid_from, v._valid_to, v._recorded_at, t.mark, h.mark)::HUGEINT)) AS mark
          FROM versions v SEMI JOIN records r ON r.resource = v.resource AND r.key = v.key
          LEFT JOIN tied t ON t.vid = v.vid LEFT JOIN lodged h ON h.vid = v.vid GROUP BY v.resource, v.key),
        spoken AS (
          SELECT DISTINCT about, subject_id FROM (
            SELECT m.about, r.subject_id FROM mentions m JOIN records r USING (resource, key)
            UNION ALL SELECT m.about, t.other FROM mentions m JOIN ties t USING (resource, key)
            UNION ALL SELECT DISTINCT about, about FROM mentions)
          WHERE subject_id IN (SELECT subject_id FROM deaths)),
        parts AS (
          SELECT about, 'record' AS part, sum(s.mark::HUGEINT) AS mark FROM mentions m JOIN said s USING (resource, key)
            GROUP BY about
          UNION ALL SELECT about, 'died', sum(hash(s.subject_id, d.told)::HUGEINT)
            FROM spoken s JOIN deaths d USING (subject_id) GROUP BY about
          UNION ALL SELECT about, 'beyond', sum(hash(role, number)::HUGEINT) FROM left_out GROUP BY about)
        SELECT about AS subject_id, hash(sum(hash(part, mark)::HUGEINT)) AS mark FROM parts GROUP BY about"""
    )


def tell(db: duckdb.DuckDBPyConnection) -> int:
    """Make `told`, of the records that the documents of the subjects in the table `wanted` need; returns how many those
    subjects are.
    """
    db.execute(
        """CREATE TEMP TABLE needed AS SELECT DISTINCT resource, key FROM mentions
        WHERE about IN (SELECT subject_id FROM wanted)"""
    )
    _told(db)
    return int(one(db, "SELECT count(*) FROM wanted")[0])


def documents(db: duckdb.DuckDBPyConnection, prefix: str = "") -> Iterator[pa.RecordBatch]:
    """Batches of (subject_id, document (JSON text)), of the `wanted` whose id begins with `prefix`, in their order."""
    only = "WHERE about IN (SELECT subject_id FROM wanted)"
    only += f" AND starts_with(about, {quote(prefix)})" if prefix else ""
    yield from db.sql(
        f"""WITH mine AS (SELECT * FROM mentions {only}),
        files AS (SELECT m.about, string_agg(t.told, ',' ORDER BY m.resource, m.key) AS records
          FROM mine m JOIN told t USING (resource, key) GROUP BY m.about),
        spoken AS (
          SELECT DISTINCT about, subject_id FROM (
            SELECT m.about, r.subject_id FROM mine m JOIN records r USING (resource, key)
            UNION ALL SELECT m.about, t.other FROM mine m JOIN ties t USING (resource, key)
            UNION ALL SELECT DISTINCT about, about FROM mine)
          WHERE subject_id IN (SELECT subject_id FROM deaths)),
        died AS (SELECT about, string_agg(to_json(s.subject_id)::VARCHAR || ':' || d.told, ',' ORDER BY s.subject_id) AS died
          FROM spoken s JOIN deaths d USING (subject_id) GROUP BY about),
        beyond AS (SELECT about, string_agg(to_json(role)::VARCHAR || ':' || number, ',' ORDER BY role) AS beyond
          FROM left_out GROUP BY about)
        SELECT f.about AS subject_id, '{{"subject_id":"' || f.about || '","kind":"' || k.kind || '","records":['
          || f.records || '],"died":{{' || coalesce(d.died, '') || '}},"left_out":{{' || coalesce(b.beyond, '') || '}}}}'
          AS document
        FROM files f JOIN kinds k ON k.prefix = f.about[1:1] LEFT JOIN died d ON d.about = f.about
        LEFT JOIN beyond b ON b.about = f.about ORDER BY f.about"""
    ).to_arrow_reader(_BATCH)


def _told(db: duckdb.DuckDBPyConnection) -> None:
    """`told`: each of the `needed` records with all its versions, as JSON."""
    db.execute(
        f"""CREATE TEMP TABLE told AS
        WITH mine AS (SELECT vid FROM versions v SEMI JOIN needed n ON n.resource = v.resource AND n.key = v.key),
        tied AS (SELECT vid, string_agg(to_json(struct_pack({_TIE}))::VARCHAR, ','
            ORDER BY kind, other, code) AS ties FROM ties SEMI JOIN mine USING (vid) GROUP BY vid),
        lodged AS (SELECT vid, string_agg(to_json(struct_pack({_HOME}))::VARCHAR, ',' ORDER BY number) AS homes
            FROM homes SEMI JOIN mine USING (vid) GROUP BY vid)
        SELECT v.resource, v.key, '{{"resource":' || to_json(v.resource)::VARCHAR || ',"key":' || to_json(v.key)::VARCHAR
          || ',"subject":"' || any_value(v.subject_id) || '","kind":"' || any_value(v.kind) || '","versions":['
          || string_agg('{{"op":"' || v.op || '","valid_from":' || coalesce('"' || v._valid_from || '"', 'null')
            || ',"valid_to":' || coalesce('"' || v._valid_to || '"', 'null') || ',"recorded_at":"'
            || strftime(v._recorded_at, {quote(INSTANT)}) || '","ties":[' || coalesce(t.ties, '') || '],"homes":['
            || coalesce(h.homes, '') || ']}}', ',' ORDER BY v._recorded_at, v._valid_from, v.op) || ']}}' AS told
        FROM versions v SEMI JOIN needed n ON n.resource = v.resource AND n.key = v.key
        LEFT JOIN tied t ON t.vid = v.vid LEFT JOIN lodged h ON h.vid = v.vid GROUP BY v.resource, v.key"""
    )
