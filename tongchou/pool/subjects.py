"""Subject ids that stay: a new clustering is laid over the previous links, and each id goes where most of it went.

- A subject's records that stay together keep their id.
- When a subject is split, the larger part keeps the id; of equal parts, the one with more records that bore it first.
- When subjects are merged, the id of the largest (then the oldest, then the smaller text) stays, and the others become
  aliases of it.
- A part without an id takes back the id its records had before they were once merged into another subject, so
  that undoing a merge restores both files; otherwise it gets a new one.
- Ties are decided by the smallest (resource, key) of a part, never by the order of the input.

Everything is one pass of DuckDB over columns, so that twenty million links take seconds.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from .engine.connection import connect

LINKS = pa.schema(
    [
        ("resource", pa.string()),
        ("source_key", pa.string()),
        ("subject_id", pa.string()),
        ("origin_id", pa.string()),
        ("how", pa.string()),
        ("score", pa.float64()),
        ("sentence_zh", pa.string()),
        ("sentence_en", pa.string()),
        ("since", pa.timestamp("us", "UTC")),
    ]
)
"""origin_id: the first id the record ever had; since: when it was linked to the present one."""

ALIASES = pa.schema(
    [("subject_id", pa.string()), ("merged_into", pa.string()), ("at", pa.timestamp("us", "UTC"))]
)

PREFIXES = {"person": "P", "enterprise": "E", "place": "L"}

_EDGES = pa.schema(
    [
        ("left_resource", pa.string()),
        ("left_key", pa.string()),
        ("right_resource", pa.string()),
        ("right_key", pa.string()),
        ("score", pa.float64()),
        ("how", pa.string()),
        ("decision", pa.string()),
        ("sentence_zh", pa.string()),
        ("sentence_en", pa.string()),
    ]
)


class Assignment(NamedTuple):
    """links and aliases as they shall be published; changed: ids whose file must be rewritten or removed;
    moves: (resource, source_key, before, after) of the records whose subject is another than before."""

    links: pa.Table
    aliases: pa.Table
    changed: pa.Table
    moves: pa.Table


def new_ids(count: int, prefix: str) -> list[str]:
    """Opaque ids: the prefix and 12 base32 characters (60 random bits)."""
    drawn = os.urandom(8 * count)
    return [
        prefix + base64.b32encode(drawn[start : start + 8])[:12].decode() for start in range(0, 8 * count, 8)
    ]


def assign(
    clusters: pa.Table,
    edges: pa.Table | None,
    previous: pa.Table | None,
    aliases: pa.Table | None = None,
    *,
    prefix: str,
    at: datetime,
    make_ids: Callable[[int, str], list[str]] = new_ids,
    data_root: Path | None = None,
    some: bool = False,
) -> Assignment:
    """Give every cluster a subject id.

    clusters: (resource, source_key, cluster). edges: the linkage's, of which those with decision "link" explain
    the links. previous, aliases: what was last published. at: the instant the links stand for. some: the clusters are
    not all there are; the other links stay as they are. A subject has either all its records in the clusters or none.
    """
    with connect(data_root) as db:
        db.register("clusters", clusters)
        db.register("edges", (edges if edges is not None else _EDGES.empty_table()))
        db.register("published", previous if previous is not None else LINKS.empty_table())
        db.register("old_aliases", aliases if aliases is not None else ALIASES.empty_table())
        moment = at.isoformat()
        db.execute(_SOME if some else _ALL)
        db.execute(_ANCHORS)
        db.execute(_KEEP)
        db.execute(_REVIVE)
        vacant = [row[0] for row in db.execute(_VACANT).fetchall()]
        db.register("fresh", pa.table({"cluster": pa.array(vacant, clusters.schema.field("cluster").type),
                                       "subject_id": _unused(db, len(vacant), prefix, make_ids)}))  # fmt: skip
        db.execute(_CHOSEN)
        db.execute(_WHY)
        db.execute(_NEW_LINKS, [moment])
        links = db.sql(_LINKS).to_arrow_table().cast(LINKS)
        db.register("links", links)
        changed = db.sql(_CHANGED).to_arrow_table()
        moves = db.sql(_MOVES).to_arrow_table()
        merged = db.sql(_ALIASES, params=[moment]).to_arrow_table().cast(ALIASES)
    return Assignment(links, merged, changed, moves)


def _unused(db: object, count: int, prefix: str, make_ids: Callable[[int, str], list[str]]) -> pa.Array:
    """`count` distinct ids that no link and no alias ever used."""
    found: list[str] = []
    known: set[str] = set()
    while len(found) < count:
        drawn = make_ids(count - len(found), prefix)
        db.register("drawn", pa.table({"subject_id": pa.array(drawn, pa.string())}))  # type: ignore[attr-defined]
        taken = {row[0] for row in db.execute(_TAKEN).fetchall()}  # type: ignore[attr-defined]
        for each in drawn:
            if each not in taken and each not in known:
                known.add(each)
                found.append(each)
    return pa.array(found, pa.string())


_ALL = """CREATE TEMP VIEW previous AS SELECT * FROM published;
CREATE TEMP VIEW outside AS SELECT * FROM published WHERE false"""

_SOME = """CREATE TEMP TABLE previous AS SELECT * FROM published SEMI JOIN clusters USING (resource, source_key);
CREATE TEMP VIEW outside AS SELECT * FROM published ANTI JOIN clusters USING (resource, source_key)"""

_ANCHORS = """CREATE TEMP TABLE anchors AS
SELECT cluster, min(resource || chr(31) || source_key) AS anchor FROM clusters GROUP BY cluster"""

_KEEP = """CREATE TEMP TABLE overlap AS
SELECT c.cluster, p.subject_id, count(*) AS shared, min(p.since) AS since,
  count(*) FILTER (p.origin_id = p.subject_id) AS own
FROM clusters c JOIN previous p ON p.resource = c.resource AND p.source_key = c.source_key
GROUP BY ALL;
CREATE TEMP TABLE best AS
SELECT o.* FROM overlap o JOIN anchors USING (cluster)
QUALIFY row_number() OVER (PARTITION BY subject_id ORDER BY shared DESC, own DESC, anchor) = 1;
CREATE TEMP TABLE kept AS
SELECT cluster, subject_id FROM best
QUALIFY row_number() OVER (PARTITION BY cluster ORDER BY shared DESC, since, subject_id) = 1"""

_REVIVE = """CREATE TEMP TABLE revived AS
WITH vacant AS (SELECT cluster, anchor FROM anchors WHERE cluster NOT IN (SELECT cluster FROM kept)),
offers AS (
  SELECT v.cluster, v.anchor, p.origin_id, count(*) AS shared
  FROM vacant v JOIN clusters c USING (cluster)
  JOIN previous p ON p.resource = c.resource AND p.source_key = c.source_key
  WHERE p.origin_id NOT IN (SELECT subject_id FROM kept) AND p.origin_id NOT IN (SELECT subject_id FROM outside)
  GROUP BY ALL),
one_cluster AS (
  SELECT * FROM offers QUALIFY row_number() OVER (PARTITION BY origin_id ORDER BY shared DESC, anchor) = 1)
SELECT cluster, origin_id AS subject_id FROM one_cluster
QUALIFY row_number() OVER (PARTITION BY cluster ORDER BY shared DESC, origin_id) = 1"""

_VACANT = """SELECT cluster FROM anchors
WHERE cluster NOT IN (SELECT cluster FROM kept) AND cluster NOT IN (SELECT cluster FROM revived) ORDER BY anchor"""

_TAKEN = """SELECT subject_id FROM drawn WHERE subject_id IN
(SELECT subject_id FROM published UNION ALL SELECT origin_id FROM published
 UNION ALL SELECT subject_id FROM old_aliases UNION ALL SELECT merged_into FROM old_aliases)"""

_CHOSEN = """CREATE TEMP TABLE chosen AS
SELECT * FROM kept UNION ALL SELECT * FROM revived UNION ALL SELECT * FROM fresh"""

# The strongest edge that holds a record in its cluster explains its link; a judgement outranks any score.
_WHY = """CREATE TEMP TABLE why AS
WITH ends AS (
  SELECT left_resource AS resource, left_key AS source_key, score, how, sentence_zh, sentence_en
  FROM edges WHERE decision = 'link'
  UNION ALL
  SELECT right_resource, right_key, score, how, sentence_zh, sentence_en FROM edges WHERE decision = 'link')
SELECT resource, source_key,
  arg_max(struct_pack(how := how, score := score, zh := sentence_zh, en := sentence_en),
          struct_pack(a := (how = 'judgement')::INT, b := (how = 'number')::INT, c := score, d := sentence_zh)) AS said
FROM ends GROUP BY resource, source_key"""

_NEW_LINKS = """CREATE TEMP TABLE given AS SELECT c.resource, c.source_key, n.subject_id,
  coalesce(p.origin_id, n.subject_id) AS origin_id,
  coalesce(CASE WHEN same THEN p.how END, w.said.how, 'single') AS how,
  CASE WHEN same THEN p.score ELSE w.said.score END AS score,
  coalesce(CASE WHEN same THEN p.sentence_zh END, w.said.zh, '') AS sentence_zh,
  coalesce(CASE WHEN same THEN p.sentence_en END, w.said.en, '') AS sentence_en,
  CASE WHEN p.subject_id = n.subject_id THEN p.since ELSE ?::TIMESTAMPTZ END AS since
FROM clusters c JOIN chosen n USING (cluster)
LEFT JOIN previous p ON p.resource = c.resource AND p.source_key = c.source_key
LEFT JOIN why w ON w.resource = c.resource AND w.source_key = c.source_key,
LATERAL (SELECT p.subject_id = n.subject_id AND p.how = coalesce(w.said.how, 'single') AS same)"""

_LINKS = "SELECT * FROM outside UNION ALL SELECT * FROM given ORDER BY resource, source_key"

# Links of records that are not decided about stay as they were: only the given ones are held against the previous.
_CHANGED = """SELECT DISTINCT subject_id FROM (
  SELECT unnest([l.subject_id, p.subject_id]) AS subject_id
  FROM given l FULL JOIN previous p ON p.resource = l.resource AND p.source_key = l.source_key
  WHERE l.subject_id IS DISTINCT FROM p.subject_id OR l.how IS DISTINCT FROM p.how)
WHERE subject_id IS NOT NULL ORDER BY subject_id"""

_MOVES = """SELECT coalesce(l.resource, p.resource) AS resource, coalesce(l.source_key, p.source_key) AS source_key,
  p.subject_id AS before, l.subject_id AS after
FROM given l FULL JOIN previous p ON p.resource = l.resource AND p.source_key = l.source_key
WHERE l.subject_id IS DISTINCT FROM p.subject_id"""

# Aliases point at living ids directly: one that pointed at an id now merged is moved on.
_ALIASES = """WITH alive AS (SELECT DISTINCT subject_id FROM links),
merged AS (
  SELECT b.subject_id, n.subject_id AS merged_into, ?::TIMESTAMPTZ AS at
  FROM best b JOIN chosen n USING (cluster) WHERE b.subject_id NOT IN (SELECT subject_id FROM alive))
SELECT a.subject_id, coalesce(m.merged_into, a.merged_into) AS merged_into, a.at
FROM old_aliases a LEFT JOIN merged m ON m.subject_id = a.merged_into
WHERE a.subject_id NOT IN (SELECT subject_id FROM alive)
UNION ALL SELECT * FROM merged ORDER BY subject_id"""
