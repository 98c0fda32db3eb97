"""Retention 保存期限: which records of a resource are over their time, and what is done about it once a day.

A rule says from when time counts: from the day a record ended at its source, from when it was last recorded, or from a
date the record holds. Records under a legal hold, their own or their subject's, are passed over and counted. What is
over is erased as a person is (`erasing`), tombstones included, so that a source that still delivers it does not bring it
back; by itself, or once somebody agreed, as the rule says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from tongchou.accounts.actor import Actor

from . import holding, links
from .engine.connection import connect, name, quote, rows
from .engine.log import RecordLog
from .erasing import Target
from .erasure_rules import over_before
from .folders import data_root
from .models import LegalHold, RetentionRule

#: Records one erasure takes at most; the next day takes more.
MOST = 200_000


@dataclass(frozen=True)
class Over:
    """What of a resource is over its time. before: the day from which time counts no more. held: passed over.

    places: (source key, subject id or "") of the records that may go, `MOST` at most; personal. count: all that may go.
    """

    resource: str
    before: date
    count: int
    held: int
    places: tuple[tuple[str, str], ...]

    @property
    def subjects(self) -> int:
        """How many subjects they are of."""
        return len({subject for _, subject in self.places if subject})


def over(rule: RetentionRule, today: date, *, population: str, most: int = MOST) -> Over:
    """The records of a rule's resource that are over their time. population: whose links say whom they are of.

    Reads the whole log of the resource once.
    """
    before = over_before(today, rule.months)
    log = RecordLog(data_root(), rule.resource, (rule.field,) if rule.field else ())
    if not log.files():
        return Over(rule.resource, before, 0, 0, ())
    if holding.in_force().filter(resource=rule.resource).exists():
        everything = _found(log, rule, before, population, ())
        return Over(rule.resource, before, 0, len(everything), ())
    held_ids = tuple(holding.in_force().exclude(subject_id="").values_list("subject_id", flat=True))
    found = _found(log, rule, before, population, _with_merged(held_ids, population))
    free = [(key, subject) for key, subject, is_held in found if not is_held]
    return Over(rule.resource, before, len(free), len(found) - len(free), tuple(free[:most]))


def _with_merged(ids: tuple[str, ...], population: str) -> tuple[str, ...]:
    """The ids, and those they were merged into since: a hold stays on whoever it was placed on."""
    if not ids or not population:
        return ids
    _, aliases = links.tables(population)
    into = dict(zip(aliases["subject_id"].to_pylist(), aliases["merged_into"].to_pylist(), strict=True))
    return (*ids, *(into[each] for each in ids if each in into))


def _found(
    log: RecordLog, rule: RetentionRule, before: date, population: str, held: tuple[str, ...]
) -> list[tuple[str, str, bool]]:
    version = links.current(population) if population else None
    of = (
        f"SELECT source_key, subject_id FROM read_parquet({quote(str(version.parts['links']))}) "
        f"WHERE resource = {quote(rule.resource)}"
        if version
        else "SELECT NULL::VARCHAR AS source_key, NULL::VARCHAR AS subject_id WHERE false"
    )
    listed = ", ".join(quote(each) for each in held) or "''"
    sql = f"""SELECT o._key, coalesce(l.subject_id, ''), coalesce(l.subject_id IN ({listed}), false)
        FROM ({_over_sql(log, rule, before)}) o LEFT JOIN ({of}) l ON l.source_key = o._key ORDER BY o._key"""
    with connect(data_root()) as db:
        return [(str(key), str(subject), bool(is_held)) for key, subject, is_held in rows(db, sql)]


def _over_sql(log: RecordLog, rule: RetentionRule, before: date) -> str:
    """The keys of the records over their time."""
    day = f"DATE '{before}'"
    current = log.current_sql(("_key",))
    if rule.counted_from == RetentionRule.CountedFrom.ENDED:
        return f"""SELECT _key FROM ({log.rows_sql(("_key", "_op", "_valid_from"))})
            GROUP BY _key HAVING max(_valid_from) FILTER (_op = 'end') < {day}
            AND _key NOT IN (SELECT _key FROM ({current}))"""
    if rule.counted_from == RetentionRule.CountedFrom.RECORDED:
        notes = log.deliveries()
        # A source that delivers everything each time says of what stands unchanged that it still is.
        stands = (
            f"AND _key NOT IN (SELECT _key FROM ({current}))" if notes and notes[-1].mode == "full" else ""
        )
        return f"""SELECT _key FROM ({log.rows_sql(("_key", "_recorded_at"))})
            GROUP BY _key HAVING max(_recorded_at) < {day} {stands}"""
    field = name(rule.field)
    # Of a date known less exactly the whole month or year must be over.
    return f"""SELECT _key FROM ({log.rows_sql(("_key", "_op", "_recorded_at", rule.field))}) WHERE _op = 'put'
        GROUP BY _key HAVING arg_max({field}, _recorded_at) < left('{before}', length(arg_max({field}, _recorded_at)))"""


def target_of(found: Over, number: str, population: str) -> Target:
    """What is over as an erasure takes it."""
    return Target(
        number=number,
        population=population,
        records=tuple((found.resource, key) for key, _ in found.places),
        affected=tuple(sorted({subject for _, subject in found.places if subject})),
    )


def look_next(*, by: Actor, today: date) -> bool:
    """Look at one rule that was not looked at today, and begin what it says; False when all were."""
    from .actions.retention import look

    rule = RetentionRule.objects.exclude(looked_on=today).order_by("resource").first()
    if rule is None:
        return False
    look(by=by, rule=rule, today=today)
    return True


def holds_on(resource: str) -> list[LegalHold]:
    """The holds in force on a resource."""
    return list(holding.in_force().filter(resource=resource))
