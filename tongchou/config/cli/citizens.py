"""Binding the sample district's applicants to two of its (invented) persons, so that they see who looked at their data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

#: Accounts of packs/sample.
ACCOUNTS = ("applicant", "applicant_two")
#: What the first of them should have, best first: such a person is looked at, and has something to correct.
WANTED: tuple[Sequence[str], ...] = (
    ("civil.relief", "vehicle.vehicles", "land.property"),
    ("civil.relief", "vehicle.vehicles"),
    ("civil.relief",),
    ("ps.residents",),
)


def bind_samples(example: tuple[str, str] | None = None) -> list[str]:
    """Bind the applicants that are not bound yet; returns their user names.

    example: name and birth date of the person the demo speaks of, where there is one. Whoever is chosen must have an
    identity number that no other subject bears; a district in which nobody has one leaves the accounts as they are.
    """
    from tongchou.accounts.actor import Actor
    from tongchou.exchange.actions.own_files import bind
    from tongchou.exchange.queries.own_files import applicants, of_user
    from tongchou.standards.errors import HouseError

    bound = []
    waiting = [each for each in ACCOUNTS if applicants(each) is not None and of_user(each) is None]
    for username in waiting:
        for number in _numbers(_candidates(example if username == ACCOUNTS[0] else None)):
            try:
                bind(by=Actor.house("demo"), username=username, id_number=number, card_checked=True)
            except HouseError as refusal:
                if refusal.code not in _NEXT:
                    raise
                continue
            bound.append(username)
            break
    return bound


#: Why the next person is tried: this one is bound to the other account, or their number is not theirs alone.
_NEXT = ("exchange.refused.bind_taken", "exchange.refused.bind_unclear", "exchange.refused.bind_unknown",
         "exchange.bind_number")  # fmt: skip


def _candidates(example: tuple[str, str] | None) -> Iterator[str]:
    """Subject ids of persons, those of the example first, then by what they have; always in the same order."""
    from tongchou.pool import links
    from tongchou.pool import queries as pool
    from tongchou.pool.engine.connection import connect, quote
    from tongchou.pool.models import Population

    if example:
        yield from pool.find("name_and_birth", *example)
    population = Population.objects.filter(kind="person").first()
    version = links.current(population.code) if population else None
    if version is None:
        return
    for wanted in WANTED:
        held = " AND ".join(f"count(*) FILTER (resource = {quote(code)}) > 0" for code in wanted)
        with connect() as db:
            rows = db.execute(
                f"""SELECT subject_id FROM read_parquet({quote(str(version.parts["links"]))})
                GROUP BY subject_id HAVING {held} ORDER BY min(source_key) LIMIT 30"""
            ).fetchall()
        yield from (row[0] for row in rows)


def _numbers(subjects: Iterable[str]) -> Iterator[str]:
    """The identity numbers in the persons' records."""
    from tongchou.pool import queries as pool

    for subject_id in subjects:
        document = pool.document(subject_id) or {"versions": []}
        found = {each["values"].get("id_number") for each in document["versions"]}
        yield from sorted(each for each in found if each)
