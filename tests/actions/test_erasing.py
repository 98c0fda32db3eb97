"""Erasing a person: two people decide; nothing of them is left anywhere; they do not come back; a kill changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.conf import settings

from tests import district
from tests.actions import erased
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.gather.models import Delivery
from tongchou.ledger import sequencer
from tongchou.pool import erasing, erasure_work, links, queries
from tongchou.pool.actions import erasures, holds
from tongchou.pool.actions.linkage import link
from tongchou.pool.engine.log import RecordLog
from tongchou.pool.models import Erasure, Population, Tombstone
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.usefixtures("data")

WANG = "440604199005011237"
LI = "440604198812125527"
LI_PATIENT = {
    "card_no": "H2",
    "name": "李佳怡",
    "birth_date": "1988-12-12",
    "phone": "13800138055",
    "diagnosis": "10",
}
REASON = "粤禅法函〔2026〕12号"
#: Bytes that must be nowhere once Wang is gone, as any of the departments' files writes them.
LEFT = [
    text.encode(code) for text in (WANG, "王小明", "王小名") for code in ("utf-8", "gb18030", "utf-16-le")
]


@pytest.fixture
def people() -> dict[str, Actor]:
    return erased.begun("erasing", _delivered)


def _delivered() -> None:
    bad = {**district.WANG, "record_no": "R1", "moved_in_on": "去年"}
    erased.delivered("ps.residents", [district.WANG, district.LI], date(2026, 11, 1))
    erased.delivered("ps.residents", [{**district.WANG, "sex": "2"}, district.LI], date(2026, 11, 2))
    erased.delivered("ps.residents", [bad, district.LI], date(2026, 11, 3))
    erased.delivered("hr.insured", [district.WANG_INSURED], date(2026, 11, 1))
    erased.delivered("health.patients", [district.WANG_PATIENT, LI_PATIENT], date(2026, 11, 1))
    erased.linked()


def wang() -> str:
    (found,) = queries.find("id_number", WANG)
    return found


def asked(people: dict[str, Actor], subject: str = "") -> Erasure:
    return erasures.ask(by=people["asker"], subject_id=subject or wang(), ground="order", reason=REASON)


def agreed(people: dict[str, Actor], made: Erasure) -> Erasure:
    return erasures.decide(by=people["decider"], number=made.number, agree=True)


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(HouseError) as caught:
        call()
    said = caught.value.say("zh") + caught.value.say("en")
    assert WANG not in said and "王小明" not in said
    return caught.value.code


def root() -> Path:
    return Path(settings.TONGCHOU_DATA)


def files_with(left: Sequence[bytes] = LEFT) -> list[str]:
    """Files under the data folder in which something of Wang can be read, columns of tables unpacked."""
    folder, found = root(), []
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or "departments" in path.parts:
            continue
        content = path.read_bytes()
        if content.startswith(b"PAR1"):
            told = pq.read_metadata(path)
            groups = [told.row_group(index).to_dict() for index in range(told.num_row_groups)]
            content += f"{pq.read_table(path).to_pylist()} {groups}".encode()
        if any(each in content for each in left):
            found.append(str(path.relative_to(folder)))
    return found


def worked_off() -> None:
    while erasure_work.perform_next(by=erased.HOUSE):
        pass


@pytest.mark.parametrize("alone", [True, False])
def test_their_home_goes_with_them_unless_somebody_else_lives_there(
    people: dict[str, Actor], alone: bool
) -> None:
    if not alone:
        moved = {**district.LI, "address": district.WANG["address"]}
        erased.delivered("ps.residents", [district.WANG, moved], date(2026, 11, 4))
        erased.linked()
    homes = Population.objects.create(code="places", kind="place", model="zh_places")
    link(by=erased.HOUSE, population=homes)
    home = links.subject_of("places", "ps.residents", "R1")
    assert home is not None
    where = ["人民路12号".encode(code) for code in ("utf-8", "gb18030")]
    assert any(each.startswith("pool/base/places") for each in files_with(where))
    agreed(people, asked(people))
    worked_off()
    assert links.subject_of("places", "ps.residents", "R1") is None
    assert (queries.document(home) is None) == alone
    (library,) = (root() / "pool" / "base" / "places").glob("base-*.parquet")
    assert (home in pq.read_table(library)["subject_id"].to_pylist()) == (not alone)
    assert files_with() == []
    if alone:
        assert files_with(where) == [] and queries.find("address", district.WANG["address"]) == []
    others = links.subject_of("places", "ps.residents", "R2")
    assert others is not None and queries.document(others) is not None and (others == home) == (not alone)
    link(by=erased.HOUSE, population=homes)
    assert links.subject_of("places", "ps.residents", "R2") == others
    assert files_with() == []


def test_nothing_of_the_person_is_left_and_the_others_stay(people: dict[str, Actor]) -> None:
    RecordLog(root(), "ps.residents", ()).compact()
    before = files_with()
    assert any(each.startswith("pool/raw") for each in before) and any(
        "quarantine" in each for each in before
    )
    subject, made = wang(), asked(people)
    agreed(people, made)
    worked_off()
    made.refresh_from_db()
    assert (made.state, bytes(made.sealed)) == ("done", b"")
    assert files_with() == []
    assert queries.document(subject) is None and queries.find("id_number", WANG) == []
    assert all(LI in str(queries.document(each)) for each in queries.find("id_number", LI))
    assert set(links.tables("people")[0]["source_key"].to_pylist()) == {"R2", "H2"}
    assert {step.name for step in erasing.steps()} == set(made.steps)
    assert made.records == {"health.patients": 1, "hr.insured": 1, "ps.residents": 1}


def test_the_next_delivery_does_not_bring_them_back(people: dict[str, Actor]) -> None:
    agreed(people, asked(people))
    worked_off()
    done = erased.delivered("ps.residents", [district.WANG, {**district.LI, "sex": "1"}], date(2026, 11, 4))
    assert (done.state, done.rows_kept, done.rows_quarantined, done.rows_changed) == ("done", 1, 0, 1)
    # Under another key, and in another department's file, it is the number that tells.
    erased.delivered("ps.residents", [{**district.WANG, "record_no": "R77"}, district.LI], date(2026, 11, 5))
    li = {"insured_no": "S2", "name": "李佳怡", "id_number": LI, "birth_date": "1988-12-12"}
    erased.delivered("hr.insured", [{**district.WANG_INSURED, "insured_no": "S9"}, li], date(2026, 11, 5))
    erased.linked()
    assert files_with() == [] and queries.find("id_number", WANG) == []
    assert len(queries.find("id_number", LI)) == 1


def test_the_same_bytes_again_bring_nobody_back(people: dict[str, Actor]) -> None:
    agreed(people, asked(people))
    worked_off()
    erased.delivered("hr.insured", [district.WANG_INSURED], date(2026, 11, 2))
    assert Delivery.objects.filter(state="done", resource__code="hr.insured").count() == 2
    assert files_with() == []


def test_two_people_decide(people: dict[str, Actor]) -> None:
    made = asked(people)
    same = Actor("asker", "asker", "data", "steward", frozenset({"erasures.decide"}))
    assert (
        refusal(lambda: erasures.decide(by=same, number=made.number, agree=True))
        == "pool.erasure_same_person"
    )
    assert (
        refusal(lambda: erasures.decide(by=people["decider"], number=made.number, agree=False))
        == "pool.erasure_reason"
    )
    refused = erasures.decide(by=people["decider"], number=made.number, agree=False, opinion="没有依据")
    assert (refused.state, Tombstone.objects.count()) == ("refused", 0)
    worked_off()
    assert queries.document(wang()) is not None


@pytest.mark.parametrize("reason", ["", "同意", f"本人 {WANG} 申请", "电话 138 0013 8000"])
def test_a_reason_is_given_and_names_nobody(people: dict[str, Actor], reason: str) -> None:
    ask = lambda: erasures.ask(by=people["asker"], subject_id=wang(), ground="order", reason=reason)  # noqa: E731
    assert refusal(ask) == "pool.erasure_reason"


def test_a_hold_blocks_asking_deciding_and_doing(people: dict[str, Actor]) -> None:
    made = asked(people)
    hold = holds.place(by=people["holder"], basis="粤禅法保〔2026〕7号", subject_id=wang())
    assert refusal(lambda: agreed(people, made)) == "pool.erasure_held"
    erasures.withdraw(by=people["asker"], number=made.number)
    assert refusal(lambda: asked(people)) == "pool.erasure_held"
    holds.lift(by=people["holder"], number=hold.number, reason="案件已结")
    again = agreed(people, asked(people))
    holds.place(by=people["holder"], basis="粤禅法保〔2026〕8号", resource="hr.insured")
    worked_off()
    again.refresh_from_db()
    assert (again.state, Tombstone.objects.count()) == ("held", 0)
    assert queries.document(wang()) is not None and files_with() != []


#: Steps by their place; all but three are about files, which are the same on every database.
_PLACES = [
    0,
    7,
    30,
    *(pytest.param(each, marks=pytest.mark.any_database) for each in (1, 2, 4, 5, 9, 11, 13)),
]


@pytest.mark.parametrize("place", _PLACES)
def test_a_kill_after_any_step_is_gone_on_from(people: dict[str, Actor], place: int) -> None:
    """Each step's work is done, and its note is lost: what a kill between the two leaves."""
    agreed(people, asked(people))
    names = [each.name for each in erasing.steps()]
    for step in list(erasing.steps())[: place + 1]:
        step.carry_out(target())
    noted = dict.fromkeys(names[:place], 0)
    Erasure.objects.update(steps=noted)
    worked_off()
    assert Erasure.objects.get().state == "done" and files_with() == []


def target() -> erasing.Target:
    from tongchou.pool.targets import target_of

    return target_of(Erasure.objects.get())


def test_a_step_that_finds_its_place_in_use_is_tried_again(people: dict[str, Actor]) -> None:
    agreed(people, asked(people))
    with links.changing("people"):
        assert erasure_work.perform(Erasure.objects.get(), by=erased.HOUSE) is False
        assert Erasure.objects.get().waits_for == "pool.linking_already"
    worked_off()
    assert Erasure.objects.get().state == "done"


def test_whoever_is_let_in_again_comes_with_the_next_delivery(people: dict[str, Actor]) -> None:
    made = agreed(people, asked(people))
    worked_off()
    erasures.readmit(by=people["decider"], number=made.number, reason="本人重新办理参保")
    erased.delivered("hr.insured", [{**district.WANG_INSURED, "wage": "9000"}], date(2026, 11, 9))
    erased.linked()
    assert len(queries.find("id_number", WANG)) == 1


def test_the_ledger_still_verifies_and_says_no_value(people: dict[str, Actor]) -> None:
    agreed(people, asked(people))
    worked_off()
    sequencer.sequence()
    from tongchou.ledger.models import Entry
    from tongchou.ledger.verification import verify

    told = [bytes(each).decode() for each in Entry.objects.values_list("body", flat=True)]
    assert any("erasure" in each for each in told)
    assert not any(text in each for each in told for text in (WANG, "王小明"))
    assert verify().ok


def test_a_number_that_another_also_bears_shuts_nobody_out(people: dict[str, Actor]) -> None:
    twice = {
        **district.LI,
        "record_no": "R3",
        "id_number": WANG,
        "name": "陈美玲",
        "birth_date": "1971-02-03",
    }
    erased.delivered("ps.residents", [district.WANG, district.LI, twice], date(2026, 11, 6))
    erased.linked()
    mine = next(each for each in queries.find("id_number", WANG) if "王小明" in str(queries.document(each)))
    agreed(people, asked(people, mine))
    worked_off()
    assert Tombstone.objects.filter(kind="number").count() == 0
    assert "陈美玲" in str([queries.document(each) for each in queries.find("id_number", WANG)])
