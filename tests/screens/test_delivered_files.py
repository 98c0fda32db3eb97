"""Files beside rows that were not taken: the delivery's page says which rows, why, and what to do, and no name."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tongchou.accounts.actor import Actor
from tongchou.catalogue.models import ResourceField
from tongchou.gather import kept, work
from tongchou.gather.models import Delivery, Mapping
from tongchou.sample.scans import picture

ClientAs = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("sample_pack", "data")
CODE = "health.births"
SCANS = ["李静.png", "王伟.pdf", "陈强.pdf", ""]


def hand_in(client: Client) -> Delivery:
    """Four births: one scan is good, one is a page of the web, one did not come along, one row names none."""
    columns = {field: names[0] for field, names in Mapping.objects.get(resource__code=CODE).columns.items()}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns.values()))
    writer.writeheader()
    for number, scan in enumerate(SCANS):
        row = dict.fromkeys(columns.values(), "")
        row[columns["certificate_no"]] = f"T44017{number}"
        row[columns["scan"]] = scan
        writer.writerow(row)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("births_2026.csv", out.getvalue())
        archive.writestr("scans/李静.png", picture("1"))
        archive.writestr("scans/王伟.pdf", "<html>not a paper</html>")
    file = SimpleUploadedFile("births.zip", packed.getvalue(), content_type="application/zip")
    client.post(reverse("gather:upload", args=[CODE]), {"file": file})
    delivery = work.next_waiting()
    assert delivery is not None
    return work.perform(delivery, by=Actor.house("worker"))


@pytest.mark.parametrize("on_failure", ["keep", "quarantine"])
def test_files_that_were_not_taken_are_told_on_the_delivery(client_as: ClientAs, on_failure: str) -> None:
    ResourceField.objects.filter(resource__code=CODE).exclude(name="scan").update(
        on_failure="keep", required=False
    )
    ResourceField.objects.filter(resource__code=CODE, name="scan").update(on_failure=on_failure)
    steward = client_as("steward")
    delivery = hand_in(steward)
    assert (delivery.state, delivery.rows_read) == ("done", 4)
    found = {each.reason.rule: each for each in kept.found(delivery).refused}
    assert set(found) == {"document.mistyped", "document.missing"}
    assert all(each.kept is (on_failure == "keep") for each in found.values())
    lines = [found[rule].reason.lines for rule in ("document.mistyped", "document.missing")]
    assert [len(each) for each in lines] == [1, 1] and lines[0][0] < lines[1][0]

    text = steward.get(reverse("gather:delivery", args=[delivery.number])).content.decode()
    assert "data-refused" in text and "没有收下的文件" in text
    assert "文件内容与扩展名不符" in text and "请把文件与数据一并报送" in text
    assert ("该行已入库，只缺文件" if on_failure == "keep" else "整行列入问题数据") in text
    assert not any(name.partition(".")[0] in text for name in SCANS if name)
