"""What stands around a subject in its dossier: only what the reader's grants let them see the evidence of; documents."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import district
from tests.actions import families
from tests.actions.families import subject
from tests.actions.pooled import data  # noqa: F401
from tests.actions.test_exchange_access import refusal, traces
from tongchou.accounts.actor import Actor
from tongchou.catalogue.models import Resource, ResourceField
from tongchou.exchange.actions import access
from tongchou.exchange.dossiers import Dossier
from tongchou.exchange.models import Grant
from tongchou.exchange.queries import accesses
from tongchou.pool import erasing
from tongchou.pool.base import label_of
from tongchou.pool.documents import leaving, store
from tongchou.pool.models import RelationRule, SurvivorshipRule
from tongchou.sample.scans import page, picture
from tongchou.standards.documents import Reference
from tongchou.standards.text import Text

pytestmark = pytest.mark.usefixtures("data")


@pytest.fixture
def clerk() -> Actor:
    """The families' district, linked; the clerk holds no grant yet."""
    families.linked()
    return district.cast()["clerk"]


def read(by: Actor, of: str, **more: Any) -> Dossier:
    return access.read(**{"by": by, "subject_id": of, "purpose": "relief_check", **more})


def told(found: Dossier) -> set[tuple[str, str]]:
    return {(each.kind, each.other) for each in found.related}


def test_a_relation_is_told_where_its_evidence_may_be_seen(clerk: Actor) -> None:
    chen, he, son = (subject("ps.hukou", key) for key in ("R1", "R2", "R3"))
    district.grant("hr.work", fields=["name", "phone"])
    assert read(clerk, chen).related == ()  # the fields that name the employer are not granted
    district.grant("civil.marriages", fields=["name", "registered_on"])
    assert read(clerk, chen).related == ()
    district.grant("civil.marriages", fields=["spouse_name", "spouse_id_number"])
    (wife,) = read(clerk, chen).related
    assert (wife.kind, wife.other, wife.household) == ("spouse", he, False)
    assert wife.name == "何**"  # a glimpse, under its element's mask
    assert wife.since == "2010-05-20"
    district.grant("ps.hukou", fields=["name", "household_no", "relation", "birth_date"])
    found = read(clerk, chen)
    assert ("child", son) in told(found)
    assert {each.other for each in found.household} == {
        he,
        son,
        *(subject("ps.hukou", each) for each in ("R4", "R5")),
    }
    assert "household" not in {each.kind for each in found.related}
    (wife,) = [each for each in found.related if each.other == he]
    assert [source.zh for source in wife.sources] == ["人社局 · civil.marriages", "公安分局 · ps.hukou"]
    assert "何美玲" not in str(found.as_json()["related"])
    entry = traces("access.read")[0]
    assert entry["related"] == len(found.related)
    assert {"ps.hukou.household_no", "civil.marriages.spouse_name"} <= set(entry["fields"])


def test_a_grant_on_some_rows_tells_no_relation_by_the_others(clerk: Actor) -> None:
    son, he = subject("ps.hukou", "R3"), subject("ps.hukou", "R2")
    district.grant("health.births", fields=["*"], number="G-B")
    assert ("parent", he) in told(read(clerk, son))
    Grant.objects.filter(number="G-B").update(rows="sex = '2'")
    assert read(clerk, son).related == ()


def test_a_case_opens_one_file_and_not_the_familys(clerk: Actor) -> None:
    chen = subject("ps.hukou", "R1")
    district.grant("ps.hukou", fields=["*"], number="G-H")
    everybody = told(read(clerk, chen))
    assert everybody
    Grant.objects.filter(number="G-H").update(needs_case=True)
    district.grant("hr.work", fields=["name"])
    assert read(clerk, chen).related == ()


def test_a_firm_and_its_people(clerk: Actor) -> None:
    firm, zhao, chen = subject("market.firms", "M1"), subject("ps.hukou", "R6"), subject("ps.hukou", "R1")
    district.grant("market.firms")
    found = read(clerk, firm)
    assert told(found) == {("legal_representative", zhao)}
    assert found.related[0].name == "赵*"  # by the firm's own record: nothing of him is granted
    district.grant("hr.work")
    found = read(clerk, firm)
    assert told(found) == {("legal_representative", zhao), ("employee", chen)}
    assert [each.section for each in found.related] == ["work", "work"]
    assert found.as_json("zh")["household"] == []


def test_relatives_find_in_their_own_trace_that_they_were_shown_and_not_in_whose_file(clerk: Actor) -> None:
    chen, he, son = (subject("ps.hukou", key) for key in ("R1", "R2", "R3"))
    district.grant("civil.marriages")
    district.grant("ps.hukou", fields=["name", "sex"], number="G-H")
    found = read(clerk, chen, via="screen", case_ref="S-1")
    assert told(found) == {("spouse", he)}
    (entry,) = traces("access.related")  # the son was not told of, the employer is nobody
    assert entry["subject_id"] == he
    assert (entry["user"], entry["organisation"], entry["purpose"], entry["via"]) == (
        "clerk", "hall", "relief_check", "screen",
    )  # fmt: skip
    assert {"ps.hukou.name", "ps.hukou.sex"} <= set(entry["fields"])
    assert chen not in str(entry) and "S-1" not in str(entry) and "spouse" not in entry
    assert [each.kind for each in accesses.of_subject(he)] == ["access.related"]
    assert not accesses.of_subject(son)
    Grant.objects.update(quota_per_day=1)
    assert refusal(lambda: read(clerk, chen)) == "exchange.refused.quota"
    assert len(traces("access.related")) == 1  # nothing was shown
    district.grant("health.births", fields=["*"], number="G-B")
    Grant.objects.exclude(number="G-B").delete()
    assert ("parent", he) in told(read(clerk, son))
    latest = next(each for each in traces("access.related") if each["subject_id"] == he)
    assert latest["fields"] == []  # named by her son's record alone


def test_what_was_not_known_is_not_told(clerk: Actor) -> None:
    chen = subject("ps.hukou", "R1")
    district.grant("civil.marriages")
    assert read(clerk, chen).related
    assert read(clerk, chen, known_at=district.moment("2001-01-01")).related == ()
    assert read(clerk, chen, valid_on=timezone.localdate().replace(year=2001)).related == ()


def scanned(reference: str | None) -> str:
    """A birth record with a scan; whose it is."""
    resource = Resource.objects.get(code="health.births")
    ResourceField.objects.get_or_create(
        resource=resource,
        name="scan",
        defaults={"label": "影像", "element": "document", "grade": 4, "position": 9},
    )
    fields = [*families.TABLES["health.births"][2], ("scan", "document", "")]
    rows = [
        {"certificate_no": "B1", "name": "陈家俊", "birth_date": "2012-02-03", "sex": "1", "mother_name": "何美玲",
         "mother_id_number": families.HE, "phone": "13900139000", "scan": reference},
        {"certificate_no": "B2", "name": "陈家怡", "birth_date": "2015-06-07", "sex": "2", "mother_name": "何美玲",
         "mother_id_number": None, "phone": "13900139000", "scan": None},
    ]  # fmt: skip
    district.deliver("health.births", rows, fields=fields)
    families.link()
    return subject("health.births", "B1")


def keep(content: bytes, form: str) -> str:
    kept = store().keep(io.BytesIO(content), 1 << 20)
    return str(Reference(kept.address, kept.size, form))


def ask(by: Actor, found: Dossier, **more: Any) -> dict[str, Any]:
    record = found.groups[0].records[0]
    return {
        "by": by, "subject_id": found.subject_id, "resource": record.resource, "key": record.record, "field": "scan",
        "purpose": "relief_check", **more,
    }  # fmt: skip


def test_a_document_is_told_of_and_opened_where_the_grant_says_so(clerk: Actor) -> None:
    content = picture("T1")
    son = scanned(keep(content, "png"))
    district.grant("health.births", number="G-B")
    found = read(clerk, son)
    (value,) = [each for each in found.groups[0].records[0].values if each.field == "scan"]
    assert value.file is not None
    assert (value.file.form, value.file.size, value.file.may_open) == ("png", len(content), False)
    assert "PNG 文件" in value.shown
    assert refusal(lambda: access.open_document(**ask(clerk, found))) == "exchange.refused.masked_only"
    Grant.objects.filter(number="G-B").update(unmasked=["scan"])
    found = read(clerk, son)
    opened = access.open_document(**ask(clerk, found))
    assert opened.data == content
    assert (opened.media_type, opened.inline, opened.receipt is not None) == ("image/png", True, True)
    assert "陈" not in opened.name
    entry = traces("access.document")[0]
    assert (entry["subject_id"], entry["resource"], entry["field"]) == (son, "health.births", "scan")
    # Its reference tells nothing: revealed, it is form and size; and no other field can be opened as a document.
    assert access.reveal(**ask(clerk, found)).text.startswith("PNG")
    assert refusal(lambda: access.open_document(**ask(clerk, found, field="name"))) in (
        "exchange.refused.masked_only", "exchange.document_not_found",
    )  # fmt: skip


def test_an_erased_persons_documents_go_and_shared_ones_stay(clerk: Actor) -> None:
    own = keep(page("PAPER", "T1"), "pdf")
    scanned(own)
    target = erasing.Target("E1", "people", (("health.births", "B2"),))
    assert leaving.erase(target) == 0  # that record refers to none
    target = erasing.Target("E1", "people", (("health.births", "B1"),))
    assert leaving.erase(target) == 1
    assert leaving.erase(target) == 0
    assert not list(store().addresses())


def test_what_nothing_refers_to_is_swept_in_time(clerk: Actor) -> None:
    used, unused = keep(page("PAPER", "T1"), "pdf"), keep(page("PAPER", "T2"), "pdf")
    scanned(used)
    assert leaving.sweep() == 0
    for path in store().folder.rglob("*.sealed"):
        os.utime(path, (1, 1))
    assert leaving.sweep() == 1
    assert [each for each in store().addresses() if each in unused] == []
    assert [each for each in store().addresses() if each in used]


def test_a_dossier_asks_the_control_database_little_and_notices_every_change(clerk: Actor) -> None:
    chen = subject("ps.hukou", "R1")
    district.grant("ps.hukou", fields=["*"], number="G-H")
    assert len(read(clerk, chen).related) > 3
    with CaptureQueriesContext(connection) as asked:
        before = read(clerk, chen)
    # Whether anything changed, corrections, the entry; on PostgreSQL the documents are asked for as well.
    documents = sum("serving." in each["sql"] or "to_regclass" in each["sql"] for each in asked)
    assert len(asked) - documents <= 4, [each["sql"][:80] for each in asked]
    assert before.household
    RelationRule.objects.all().delete()
    assert not read(clerk, chen).household
    (birth,) = [each for each in before.taken if each.label == label_of("person", "birth_date")]
    assert birth.rule == Text("", "")
    SurvivorshipRule.objects.create(
        population="people", attribute="birth_date", spec={"about": {"zh": "以户籍为准"}}
    )
    (birth,) = [each for each in read(clerk, chen).taken if each.label == label_of("person", "birth_date")]
    assert birth.rule.zh == "以户籍为准"
    Grant.objects.filter(number="G-H").update(state="withdrawn")
    assert refusal(lambda: read(clerk, chen)) == "exchange.refused.no_grant"
