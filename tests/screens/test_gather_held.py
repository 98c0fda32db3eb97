"""A delivery whose columns changed places: held, shown with the columns, released or refused by a steward, on record."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tongchou.accounts.actor import Actor
from tongchou.gather import work
from tongchou.gather.models import Delivery, Mapping
from tongchou.ledger.models import Entry

ClientAs = Callable[..., Client]
pytestmark = pytest.mark.usefixtures("sample_pack", "data")
CODE = "edu.schools"


def hand_in(client: Client, *, swapped: bool, prefix: str) -> Delivery:
    """Forty schools handed in and worked on; swapped: names and addresses under each other's heading."""
    columns = {field: names[0] for field, names in Mapping.objects.get(resource__code=CODE).columns.items()}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns.values()))
    writer.writeheader()
    for number in range(40):
        row = dict.fromkeys(columns.values(), f"{prefix}{number:03d}")
        name, address = f"{'城南' * (1 + number % 2)}小学", f"佛山市禅城区祖庙街道人民路{number + 1}号"
        row[columns["name"]], row[columns["address"]] = (address, name) if swapped else (name, address)
        writer.writerow(row)
    file = SimpleUploadedFile(f"学校{prefix}.csv", out.getvalue().encode("gbk"), content_type="text/csv")
    client.post(reverse("gather:upload", args=[CODE]), {"file": file})
    delivery = work.next_waiting()
    assert delivery is not None
    return work.perform(delivery, by=Actor.house("worker"))


def told(kind: str) -> bytes:
    entry = Entry.objects.filter(kind=kind).order_by("-at").first()
    assert entry is not None
    return bytes(entry.body)


def test_held_then_released_or_refused(client_as: ClientAs) -> None:
    officer, steward = client_as("officer"), client_as("steward")
    assert hand_in(officer, swapped=False, prefix="A").state == "done"
    held = hand_in(officer, swapped=True, prefix="B")
    assert (held.state, held.rows_kept) == ("held", 0)
    assert b'"name"' in told("delivery.held") and b'"address"' in told("delivery.held")
    url = reverse("gather:delivery", args=[held.number])
    text = officer.get(url).content.decode()
    assert "data-moved" in text and "好像互换了位置" in text and "城南" not in text
    assert officer.post(reverse("gather:release", args=[held.number])).status_code == 403
    assert "待确认" in steward.get("/").content.decode()

    steward.post(reverse("gather:refuse", args=[held.number]))
    held.refresh_from_db()
    assert (held.state, held.decided_by) == ("refused", "steward")
    assert held.number.encode() in told("delivery.refused")
    assert "data-moved" in steward.get(url).content.decode()
    # It is decided: it cannot be released any more, nor is it tried again.
    assert steward.post(reverse("gather:release", args=[held.number])).status_code >= 400
    assert work.next_waiting() is None

    again = hand_in(officer, swapped=True, prefix="C")
    assert again.state == "held"
    steward.post(reverse("gather:release", args=[again.number]))
    waiting = work.next_waiting()
    assert waiting is not None and waiting.number == again.number
    assert work.perform(waiting, by=Actor.house("worker")).state == "done"
    assert again.number.encode() in told("delivery.released")
    # What was released is what later deliveries may look like, too.
    assert hand_in(officer, swapped=True, prefix="D").state == "done"
