"""Groups of people for whom linking may err more often than for others. Pure.

A machine that is right for most may still fail those whose names its makers did not think of, whose papers come from
elsewhere, or who have few papers yet. So errors are told for each group beside those of everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from tongchou.standards.text import Text

#: Below this age a person is a child (the Personal Information Protection Law 2021, art. 31: under fourteen).
CHILD_UNTIL = 14
#: From this age a person is old (Law on the Protection of the Rights and Interests of the Elderly, art. 2: sixty).
OLD_FROM = 60

GROUPS: dict[str, Text] = {
    "minority": Text("少数民族姓名", "Minority people and names"),
    "migrant": Text("外来人口", "Migrants"),
    "child": Text("儿童", "Children"),
    "old": Text("老年人", "Old people"),
}

EVERYBODY = Text("全部", "Everybody")


def groups_of(records: Iterable[Mapping[str, str | None]], on: date, home: str) -> frozenset[str]:
    """The groups a file belongs to: those any of its records says.

    records: name, id_number, birth_date, ethnicity where known, standardised. on: the day ages are reckoned for.
    home: the first four digits (prefecture, GB/T 2260) with which most identity numbers of the population begin, ""
    when not known.
    """
    found = set()
    for record in records:
        name, number = record.get("name") or "", record.get("id_number") or ""
        ethnicity = record.get("ethnicity")
        if "·" in name or (ethnicity is not None and ethnicity not in ("", "01")):
            found.add("minority")
        whole = len(number) == 18 and number[:17].isdigit()
        if home and whole and not number.startswith(home):
            found.add("migrant")
        born = record.get("birth_date") or (
            f"{number[6:10]}-{number[10:12]}-{number[12:14]}" if whole else ""
        )
        age = _age(born, on)
        if age is not None and 0 <= age < CHILD_UNTIL:
            found.add("child")
        if age is not None and OLD_FROM <= age < 130:
            found.add("old")
    return frozenset(found)


def told(code: str) -> Text:
    """What a group is called; "" is everybody."""
    return GROUPS.get(code, EVERYBODY)


def _age(born: str, on: date) -> int | None:
    """Full years; what a birth date does not say is taken to be late. None when it cannot be read."""
    parts = [int(part) for part in born.split("-") if part.isdigit()]
    if not parts or parts[0] < 1800:
        return None
    month = parts[1] if len(parts) > 1 else 12
    day = parts[2] if len(parts) > 2 else 31
    return on.year - parts[0] - ((on.month, on.day) < (month, day))
