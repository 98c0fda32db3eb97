"""Relations and base libraries that follow what changed are those derived anew: days of moves, weddings, slips and
merges, by chance."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pyarrow.parquet as pq
import pytest

from tests.actions import families
from tests.actions.pooled import data  # noqa: F401
from tongchou.pool import base, published, relations
from tongchou.pool.folders import pool_root
from tongchou.pool.models import Population
from tongchou.pool.plans import feeds_of
from tongchou.pool.relations.storing import store

pytestmark = [pytest.mark.usefixtures("data"), pytest.mark.any_database]

SURNAMES, GIVEN = "陈李张黄何", "伟芳娜敏静丽强磊"
Row = dict[str, str | None]


class District:
    """People, their families and their work as five departments tell of them, repeatably."""

    def __init__(self, seed: int, people: int) -> None:
        self.chance = random.Random(seed)
        self.people = [self.person(number) for number in range(people)]
        self.rows: dict[str, dict[str, Row]] = {code: {} for code in families.TABLES}
        for number, person in enumerate(self.people):
            self.register(number, f"FS{number // 4}", ["02", "12", "20", "30"][number % 4])
            if number % 4 > 1:
                self.born(number, self.people[number - number % 4 + 1])
            if number % 3 == 0:
                self.works(number, person)
        self.put("market.firms", "M1", uscc=families.USCC, name="佛山市禅城区恒达五金有限公司",
                 legal_representative=self.people[0]["name"], legal_representative_id=self.people[0]["id_number"])  # fmt: skip

    def person(self, number: int) -> Row:
        chance = self.chance
        born = f"{chance.randint(1950, 2015)}{chance.randint(1, 12):02}{chance.randint(1, 28):02}"
        return {
            "name": chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=2)),
            "id_number": families.number(born, number + 1), "birth_date": f"{born[:4]}-{born[4:6]}-{born[6:]}",
            "sex": "12"[(number + 1) % 2], "phone": f"139{number:08}",
        }  # fmt: skip

    def put(self, table: str, key: str, **values: str | None) -> None:
        names = [name for name, _, _ in families.TABLES[table][2]]
        self.rows[table][key] = {**dict.fromkeys(names), names[0]: key, **values}

    def register(self, number: int, household: str, relation: str) -> None:
        person = {name: value for name, value in self.people[number].items() if name != "phone"}
        self.put("ps.hukou", f"R{number}", **person, household_no=household, relation=relation, ethnicity="01",
                 address=f"佛山市禅城区祖庙街道人民路{number // 4 + 1}号")  # fmt: skip

    def born(self, number: int, mother: Row) -> None:
        child, slip = self.people[number], mother["id_number"] or ""
        if self.chance.random() < 0.3:
            slip = slip[:15] + str((int(slip[15]) + 1) % 10) + slip[16:]
        self.put("health.births", f"B{number}", name=child["name"], birth_date=child["birth_date"], sex=child["sex"],
                 mother_name=mother["name"], mother_id_number=slip, phone=mother["phone"])  # fmt: skip

    def weds(self, key: str, one: Row, two: Row) -> None:
        self.put("civil.marriages", key, name=one["name"], id_number=one["id_number"], kind="结婚登记",
                 spouse_name=two["name"], spouse_id_number=two["id_number"], registered_on="2026-11-02")  # fmt: skip

    def works(self, number: int, person: Row) -> None:
        self.put("hr.work", f"W{number}", name=person["name"], id_number=person["id_number"], phone=person["phone"],
                 employer_uscc=self.chance.choice([families.USCC, None]), employer="佛山市禅城区恒达五金有限公司",
                 contract_from="2019-04-01", ethnicity="01")  # fmt: skip

    def day(self) -> set[str]:
        """One or two things happen; returns the tables that are delivered."""
        chance, touched = self.chance, set()
        for _ in range(chance.randint(1, 2)):
            number, other = chance.sample(range(len(self.people)), 2)
            one, two = self.people[number], self.people[other]
            what = chance.choice(
                ["moves", "marries", "is born", "is named", "gets a number", "dies", "leaves", "takes over"]
            )
            if what == "moves":
                self.register(
                    number, f"FS{chance.randint(0, len(self.people) // 4)}", chance.choice(["02", "20", "98"])
                )
                touched.add("ps.hukou")
            elif what == "marries":
                for name, each, spouse in ((f"J{number}-1", one, two), (f"J{number}-2", two, one)):
                    self.weds(name, each, spouse)
                touched.add("civil.marriages")
            elif what == "is born":
                self.born(number, two)
                touched.add("health.births")
            elif what == "is named":  # also a mother's name, by which others know her
                self.people[number] = one = {**one, "name": chance.choice(SURNAMES) + chance.choice(GIVEN)}
                self.register(number, f"FS{number // 4}", "12")
                touched.add("ps.hukou")
            elif (
                what == "gets a number"
            ):  # another's: the two come to be one, and what names either names both
                self.people[number] = {**one, "id_number": two["id_number"], "name": two["name"]}
                self.register(number, f"FS{number // 4}", "20")
                touched.add("ps.hukou")
            elif what == "dies":
                self.put(
                    "health.deaths",
                    f"D{number}",
                    name=one["name"],
                    id_number=one["id_number"],
                    died_on="2026-09-01",
                )
                touched.add("health.deaths")
            elif what == "leaves":
                self.rows["hr.work"].pop(f"W{number}", None)
                touched.add("hr.work")
            else:
                self.put("market.firms", "M1", uscc=families.USCC, name="佛山市禅城区恒达五金有限公司",
                         legal_representative=one["name"], legal_representative_id=one["id_number"])  # fmt: skip
                touched.add("market.firms")
        return touched

    def deliver(self, tables: set[str], on: date) -> None:
        for code in sorted(tables):
            families.deliver(code, list(self.rows[code].values()), on)


@pytest.mark.parametrize("seed", [3, 8])
def test_what_changed_gives_what_everything_gives(seed: int) -> None:
    families.make()
    district, on = District(seed, 12), date(2026, 11, 1)
    district.deliver({code for code, rows in district.rows.items() if rows}, on)
    families.link()
    assert store().count() >= 10
    written = 0
    for day in range(1, 4):
        district.deliver(district.day(), on + timedelta(day))
        before = dict(digests())
        families.link()
        written += sum(before.get(each) != digest for each, digest in digests())
        assert relations.refresh(everything=True) == 0, (
            f"on day {day} the whole derivation says something else"
        )
        for code in ("people", "enterprises"):
            library_is_whole(code)
    assert written, "nothing ever changed: the days prove nothing"


def library_is_whole(code: str) -> None:
    """The published base library says what one derived anew of all subjects says."""
    population = Population.objects.get(code=code)
    by_changes = published.current(base.base_folder(code))
    assert by_changes is not None
    parts = {name: pq.read_table(file) for name, file in by_changes.parts.items()}
    on = date.fromisoformat(by_changes.facts["on"])
    anew = base.derive(population, feeds_of(code), on)
    assert anew is not None
    for name, file in anew.parts.items():
        assert pq.read_table(file).to_pylist() == parts[name].to_pylist(), name
    told = {**anew.facts, "decided": by_changes.facts["decided"]}
    assert told == by_changes.facts


def digests() -> list[tuple[str, bytes]]:
    with store().writing() as open_writing:
        state, found = store().state(), list(open_writing.digests())
        open_writing.finish(state)
    return found


def test_only_documents_that_would_be_another_are_put_together() -> None:
    families.make()
    district, on = District(1, 24), date(2026, 11, 1)
    district.deliver({code for code, rows in district.rows.items() if rows}, on)
    families.link()
    # A wedding: of the two, and of whoever is told of them; of nobody else.
    district.weds("J1", district.people[1], district.people[14])
    district.deliver({"civil.marriages"}, on + timedelta(1))
    told: list[int] = []
    families.link(lambda phase, done, total: told.append(total) if phase == "derive" else None)
    assert 0 < max(told) <= 10 < store().count()
    library = base.facts_of("people")
    assert 0 < library["decided"] <= 4 < library["subjects"]


def test_marks_that_are_lost_or_forgotten_cost_one_whole_derivation() -> None:
    families.gather()
    families.link()
    count = store().count()
    [marks] = (pool_root() / "relations").iterdir()
    assert relations.forget([families.subject("ps.hukou", "R1")]) == 1
    assert not marks.exists()
    families.deliver("hr.work", [], date(2026, 11, 5))
    families.link()
    assert store().count() == count, "who was forgotten is there again, though nothing of theirs changed"
    assert relations.refresh(everything=True) == 0
