"""Deliveries: a real file handed in, what became of it, the rows that failed, and who may see what."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tongchou.accounts.actor import Actor
from tongchou.gather import work
from tongchou.gather.models import Delivery, Mapping
from tongchou.ledger.models import Entry

ClientAs = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("sample_pack")
CODE = "edu.schools"


PUPILS = "学籍号,学生姓名,性别,出生日期,身份证件号,学校,年级,监护人,监护人电话,关系,现住址,入学年月\n"
NO_SUCH_DAY = "G1,王小明,男,2011-02-30,,样例小学,一年级,王五,,父亲,某路1号,2025年9月\n"
NO_DAY = "G2,王小红,女,,,样例小学,一年级,王五,,父亲,某路1号,2025年9月\n"
GOOD = "G3,王小刚,男,2011-03-01,,样例小学,一年级,王五,,父亲,某路1号,2025年9月\n"


def headings() -> dict[str, str]:
    """Field → the heading a file may carry."""
    return {field: names[0] for field, names in Mapping.objects.get(resource__code=CODE).columns.items()}


def school_file(*rows: dict[str, str]) -> SimpleUploadedFile:
    """A CSV as the education bureau would hand it in; GBK, as spreadsheets here write it."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(headings().values()))
    writer.writeheader()
    for row in rows:
        writer.writerow({headings()[field]: value for field, value in row.items()})
    return SimpleUploadedFile("学校.csv", out.getvalue().encode("gbk"), content_type="text/csv")


def required() -> list[str]:
    return [
        field.name
        for field in Mapping.objects.get(resource__code=CODE).resource.fields.all()
        if field.required
    ]


def rows() -> list[dict[str, str]]:
    """Two good schools, and one without what is required."""
    fields = headings()
    good = [{name: f"样例{number}" for name in fields if name in required()} for number in (1, 2)]
    return [*good, dict.fromkeys(required()[:-1], "") | {required()[-1]: "=1+1"}]


def hand_in(client: Client, file: Any) -> Any:
    return client.post(reverse("gather:upload", args=[CODE]), {"file": file})


def worked() -> Delivery:
    """The waiting delivery, taken through the pipeline as the worker would."""
    delivery = work.next_waiting()
    assert delivery is not None
    return work.perform(delivery, by=Actor.house("worker"))


def test_a_file_handed_in_becomes_a_delivery_with_its_counts(client_as: ClientAs, data: Path) -> None:
    mine = client_as("officer")
    form = mine.get(reverse("gather:upload", args=[CODE])).content.decode()
    assert all(heading in form for heading in headings().values())
    answer = hand_in(mine, school_file(*rows()))
    waiting = Delivery.objects.get()
    assert answer.headers["Location"] == reverse("gather:delivery", args=[waiting.number])
    assert "正在排队" in mine.get(answer.headers["Location"]).content.decode()
    delivery = worked()
    assert (delivery.state, delivery.rows_read) == ("done", 3), delivery.error
    assert delivery.rows_kept == 2
    assert delivery.rows_quarantined == 1
    page = mine.get(reverse("gather:delivery", args=[delivery.number])).content.decode()
    assert "为什么有问题" in page
    assert "各字段质量" in page
    progress = mine.get(reverse("gather:progress", args=[delivery.number]))
    assert progress.headers["HX-Refresh"] == "true"
    assert (
        Mapping.objects.get(resource__code=CODE).resource.name
        in mine.get(reverse("gather:deliveries")).content.decode()
    )


def test_a_file_without_a_row_is_not_praised(client_as: ClientAs, data: Path) -> None:
    mine = client_as("officer")
    hand_in(mine, school_file())
    delivery = worked()
    assert (delivery.state, delivery.rows_read) == ("done", 0)
    page = mine.get(reverse("gather:delivery", args=[delivery.number])).content.decode()
    assert "data-no-rows" in page
    assert "全部入库" not in page and "各字段质量" not in page


def test_what_was_said_and_fails_is_told_from_what_was_not_said(client_as: ClientAs, data: Path) -> None:
    mine = client_as("officer")
    mine.post(
        reverse("gather:upload", args=["edu.pupils"]),
        {"file": SimpleUploadedFile("pupils.csv", (PUPILS + NO_SUCH_DAY + NO_DAY + GOOD).encode())},
    )
    delivery = worked()
    assert {each: delivery.quality["birth_date"][each] for each in ("empty", "failed")} == {
        "empty": 1,
        "failed": 1,
    }
    page = mine.get(reverse("gather:delivery", args=[delivery.number]))
    (birth,) = [each for each in page.context["quality"] if each["name"] == "birth_date"]
    assert (birth["filled"], birth["passing"]) == (66.7, 50.0)


def test_quarantined_rows_are_listed_opened_on_record_and_sent_back(client_as: ClientAs, data: Path) -> None:
    mine = client_as("officer")
    hand_in(mine, school_file(*rows()))
    delivery = worked()
    listed = mine.get(reverse("gather:rows", args=[delivery.number]))
    (bad,) = listed.context["rows"]
    assert "=1+1" not in listed.content.decode(), "the list shows reasons, no values"
    row = mine.get(reverse("gather:row", args=[delivery.number, bad["row"]]))
    assert "=1+1" in row.content.decode()
    opened = bytes(Entry.objects.filter(kind="quarantine.opened").latest("at").body).decode()
    assert "=1+1" not in opened
    assert mine.get(reverse("gather:row", args=[delivery.number, 99])).status_code == 404
    sent = mine.post(reverse("gather:send_back", args=[delivery.number]))
    assert sent.headers["Content-Type"].startswith("text/csv")
    text = sent.content.decode("utf-8-sig")
    assert "'=1+1" in text, "no spreadsheet takes a cell for a formula"
    assert next(iter(csv.reader(io.StringIO(text))))[-3:] == ["原行号", "问题", "处理建议"]
    overview = mine.get(reverse("gather:quarantine")).content.decode()
    assert delivery.number in overview


def test_bad_files_are_refused_in_words(client_as: ClientAs, data: Path) -> None:
    mine = client_as("officer")
    assert "请选择一个文件" in mine.post(reverse("gather:upload", args=[CODE])).content.decode()
    answer = hand_in(mine, SimpleUploadedFile("照片.jpg", b"\xff\xd8\xff"))
    assert answer.status_code == 400
    assert "不能读取这类文件" in answer.content.decode()
    assert not Delivery.objects.exists()
    hand_in(mine, SimpleUploadedFile("../../empty.csv", b""))
    failed = worked()
    assert failed.state == "failed"
    assert ".." not in failed.item
    page = mine.get(reverse("gather:delivery", args=[failed.number])).content.decode()
    assert failed.error["what"]["zh"] in page
    assert "重试" in page


def test_a_failed_delivery_is_tried_again_or_cancelled(client_as: ClientAs, data: Path) -> None:
    mine = client_as("officer")
    hand_in(mine, SimpleUploadedFile("empty.csv", b""))
    failed = worked()
    mine.post(reverse("gather:retry", args=[failed.number]))
    failed.refresh_from_db()
    assert failed.state == "waiting"
    mine.post(reverse("gather:cancel", args=[failed.number]))
    failed.refresh_from_db()
    assert failed.state == "cancelled"
    again = mine.post(reverse("gather:cancel", args=[failed.number]))
    assert again.status_code == 400


def test_another_department_sees_counts_and_no_rows(client_as: ClientAs, data: Path) -> None:
    hand_in(client_as("officer"), school_file(*rows()))
    delivery = worked()
    other = client_as("other_officer")
    page = other.get(reverse("gather:delivery", args=[delivery.number]))
    assert page.status_code == 200
    assert "本资源由其他部门负责" in page.content.decode()
    assert other.get(reverse("gather:row", args=[delivery.number, 4])).status_code == 403
    assert other.post(reverse("gather:send_back", args=[delivery.number])).status_code == 403
    assert hand_in(other, school_file(*rows())).status_code == 403
    assert other.post(reverse("gather:retry", args=[delivery.number])).status_code == 403
    steward = client_as("steward")
    assert steward.get(reverse("gather:rows", args=[delivery.number])).status_code == 200
    refused = [bytes(entry.body).decode() for entry in Entry.objects.filter(kind="quarantine.opened")]
    assert any('"refused"' in body for body in refused)


def test_clerks_and_auditors_have_no_business_here(client_as: ClientAs) -> None:
    for part in ("clerk", "auditor", "inspector", "administrator"):
        for url in ("deliveries", "sources", "quarantine"):
            assert client_as(part).get(reverse(f"gather:{url}")).status_code == 403


def test_sources_say_what_they_deliver_and_can_be_looked_at(client_as: ClientAs, data: Path) -> None:
    mine = client_as("steward")
    assert "户籍管理系统" in mine.get(reverse("gather:sources")).content.decode()
    page = mine.get(reverse("gather:source", args=["ps_hukou"])).content.decode()
    assert "立即查收" in page
    looked = mine.post(reverse("gather:look", args=["ps_hukou"]), follow=True)
    assert looked.status_code == 200
    assert mine.get(reverse("gather:source", args=["none"])).status_code == 404


def test_the_desks_show_what_waits(client_as: ClientAs, data: Path) -> None:
    hand_in(client_as("officer"), school_file(*rows()))
    assert "待处理批次" in client_as("steward").get("/").content.decode()
    worked()
    officer = client_as("officer").get("/").content.decode()
    assert "我的资源与质量" in officer
    assert "学校名录" in officer
    steward = client_as("steward").get("/").content.decode()
    for words in ("报送及时性", "最多的问题", "合格记录"):
        assert words in steward
