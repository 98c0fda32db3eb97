"""The past read through grants: a record's versions, what changed, where a value came from, whole tables as of two days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests import district
from tests.actions import erased
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.exchange.actions import access, history, tables
from tongchou.exchange.models import Grant
from tongchou.exchange.queries import accesses
from tongchou.ledger import queries as ledger
from tongchou.pool import queries
from tongchou.standards.errors import HouseError

pytestmark = [pytest.mark.usefixtures("data"), pytest.mark.any_database]

WANG = "440604199005011237"
MOVED = "佛山市禅城区石湾镇街道江湾路88号"
FIRST, SECOND, THIRD = date(2026, 11, 1), date(2026, 11, 5), date(2026, 11, 9)
WHY = {"purpose": "relief_check"}


@pytest.fixture
def clerk() -> Actor:
    return erased.begun("history", _past)["clerk"]


def _past() -> None:
    erased.delivered("ps.residents", [district.WANG, district.LI], FIRST)
    erased.delivered("hr.insured", [district.WANG_INSURED], FIRST)
    erased.delivered("ps.residents", [{**district.WANG, "address": MOVED}, district.LI], SECOND)
    erased.delivered("ps.residents", [{**district.WANG, "address": MOVED}], THIRD)
    erased.linked()
    district.grant("ps.residents", unmasked=["*"], number="G-RES")
    district.grant("hr.insured", fields=["name", "phone"], number="G-INS")
    bulk = district.grant("ps.residents", number="G-BULK", fields=["record_no", "name", "address", "sex"])
    Grant.objects.filter(pk=bulk.pk).update(forms=["batch"], masking={"address": "none", "record_no": "none"})


def wang() -> str:
    (found,) = queries.find("id_number", WANG)
    return found


def reference(by: Actor, resource: str) -> str:
    read = access.read(by=by, subject_id=wang(), **WHY)
    return next(each.record for group in read.groups for each in group.records if each.resource == resource)


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(HouseError) as caught:
        call()
    return caught.value.code


def test_a_record_tells_its_versions_and_what_each_changed(clerk: Actor) -> None:
    found = history.record(
        by=clerk, subject_id=wang(), resource="ps.residents", record=reference(clerk, "ps.residents"), **WHY
    )
    newest, first = found.versions
    assert (first.valid_from, newest.valid_from) == ("2026-11-01", "2026-11-05")
    assert [each.field for each in newest.values if each.changed] == ["address"]
    assert not any(each.changed for each in first.values)
    assert "88" not in str(newest.values) and found.receipt is not None
    assert accesses.of_subject(wang()).filter(kind="access.read").exists()


def test_what_changed_between_two_days_on_either_time(clerk: Actor) -> None:
    (change,) = history.changes(by=clerk, subject_id=wang(), earlier=FIRST, later=SECOND, **WHY).changes
    assert (change.kind, [each.field for each in change.fields]) == ("changed", ["address"])
    assert history.changes(by=clerk, subject_id=wang(), earlier=SECOND, later=THIRD, **WHY).changes == ()
    (gone,) = history.changes(by=clerk, subject_id=li(), earlier=SECOND, later=THIRD, **WHY).changes
    assert gone.kind == "ended" and all(each.after == "" for each in gone.fields)
    # All of it was learned today: what was known yesterday is nothing.
    today = timezone.localdate()
    known = history.changes(
        by=clerk, subject_id=wang(), earlier=today - timedelta(days=1), later=today, axis="known", **WHY
    )
    assert {each.kind for each in known.changes} == {"new"}


def li() -> str:
    (found,) = queries.find("id_number", "440604198812125527")
    return found


def test_fields_and_records_that_are_not_granted_are_in_no_change(clerk: Actor) -> None:
    Grant.objects.filter(number="G-RES").update(fields=["name"])
    assert history.changes(by=clerk, subject_id=wang(), earlier=FIRST, later=SECOND, **WHY).changes == ()
    Grant.objects.filter(number="G-RES").update(rows="address starts with '佛山市禅城区祖庙'", fields=["*"])
    (change,) = history.changes(by=clerk, subject_id=wang(), earlier=FIRST, later=SECOND, **WHY).changes
    assert change.kind == "left" and MOVED not in str(change)
    read = history.record(by=clerk, subject_id=wang(), resource="ps.residents", record="R1", **WHY)
    assert len(read.versions) == 1


def test_a_value_is_followed_back_to_the_cell_of_the_file(clerk: Actor) -> None:
    asked = {"by": clerk, "subject_id": wang(), "resource": "ps.residents", "record": "R1", **WHY}
    told = history.origin(field="sex", **asked)
    assert (told.row, told.kept, told.heading) == (2, "whole", "sex")
    assert (
        told.source is not None
        and told.source.item.endswith("20261105.csv")
        and len(told.source.digest) == 64
    )
    assert told.raw in ("", district.WANG["sex"])
    early = history.origin(field="address", valid_on=date(2026, 11, 2), **asked)
    assert early.source is not None and early.source.item.endswith("20261101.csv")
    assert early.raw == "" and "12号" not in early.shown  # masked: the file's text is not told either


def test_a_table_as_of_both_times_masked_and_traced_for_everyone_on_it(clerk: Actor) -> None:
    before = tables.table(by=clerk, grant="G-BULK", valid_on=date(2026, 11, 2), **WHY)
    names = [name for name, _ in before.fields]
    assert before.total == 2 and names == ["record_no", "name", "sex", "address"]
    addresses = {line.values[names.index("address")] for line in before.lines}
    assert district.WANG["address"] in addresses and MOVED not in addresses
    assert tables.table(by=clerk, grant="G-BULK", valid_on=THIRD, **WHY).total == 1
    yesterday = timezone.localdate() - timedelta(days=1)
    assert tables.table(by=clerk, grant="G-BULK", valid_on=THIRD, known_on=yesterday, **WHY).total == 0
    (listed, *_) = ledger.entries(subject_id=wang(), kind="access.listed")
    assert ledger.trace(listed).body["grants"] == ["G-BULK"]
    page = tables.table(by=clerk, grant="G-BULK", valid_on=date(2026, 11, 2), start=1, limit=1, **WHY)
    assert [each.row_ref for each in page.lines] == [before.lines[1].row_ref]


def test_what_changed_of_a_table(clerk: Actor) -> None:
    found = tables.changes(by=clerk, grant="G-BULK", earlier=FIRST, later=THIRD, **WHY)
    assert (found.new, found.ended, found.changed) == (0, 1, 1)
    changed = next(each for each in found.lines if each.kind == "changed")
    assert (
        changed.changed == ("address",)
        and MOVED in changed.values
        and district.WANG["address"] in changed.before
    )


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ({"grant": "G-RES"}, "exchange.refused.wrong_form"),
        ({"grant": "G-NONE"}, "exchange.refused.no_grant"),
        ({"grant": "G-BULK", "purpose": "other"}, "exchange.purpose_missing"),
    ],
)
def test_a_table_is_read_under_a_batch_grant_only(clerk: Actor, what: dict[str, str], code: str) -> None:
    assert refusal(lambda: tables.table(by=clerk, **{**WHY, **what})) == code


def test_days_must_be_two_and_in_order(clerk: Actor) -> None:
    for axis, days in (("valid", (FIRST, FIRST)), ("valid", (SECOND, FIRST)), ("other", (FIRST, SECOND))):
        asked = {"earlier": days[0], "later": days[1], "axis": axis, **WHY}
        assert (
            refusal(lambda asked=asked: history.changes(by=clerk, subject_id=wang(), **asked))
            == "exchange.history_days"
        )
        assert (
            refusal(lambda asked=asked: tables.changes(by=clerk, grant="G-BULK", **asked))
            == "exchange.history_days"
        )


def test_without_a_grant_the_past_is_as_closed_as_the_present(clerk: Actor) -> None:
    Grant.objects.update(state="suspended")
    asked = {"by": clerk, "subject_id": wang(), **WHY}
    for call in (
        lambda: history.record(resource="ps.residents", record="R1", **asked),
        lambda: history.origin(resource="ps.residents", record="R1", field="sex", **asked),
        lambda: history.changes(earlier=FIRST, later=SECOND, **asked),
    ):
        assert refusal(call) == "exchange.refused.no_grant"
