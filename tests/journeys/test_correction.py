"""A wrong value, from the citizen who says so through 转 and 汇 into 存, and back: by the front door, with the real worker."""

from __future__ import annotations

import json
import re
import shutil
import time
import urllib.parse
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from tests.installation import District, Visitor, form_value

NEW = "佛山市禅城区祖庙街道校核路99号3栋1501"


def waited_for(found: Callable[[], bool], seconds: float = 90) -> None:
    """The worker does its part in its own time."""
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.5)


def correctable(page: str) -> tuple[str, str]:
    """(address of the form, value now) of the registered address on the page of one's own data."""
    found = re.search(
        r'<dt>户籍地址</dt>\s*<dd>\s*<span data-value[^>]*>([^<]*)</span>\s*<a\s[^>]*href="(/my/data/ps\.residents/[^"]+)"',
        page,
    )
    assert found, "no registered address that can be corrected"
    return found[2], found[1]


def own_address(visitor: Visitor) -> str:
    return correctable(visitor.get("/my/data/").text)[1]


def deliver_again(district: District, days: int) -> None:
    """The police deliver the same file as on another day: what it says is as wrong as before."""
    from datetime import date

    folder = district.data / "sample" / "ps_hukou"
    last = max(folder.glob("residents_*.csv"))
    stamp = re.search(r"(\d{8})", last.name)
    assert stamp
    day = date.fromisoformat(f"{stamp[1][:4]}-{stamp[1][4:6]}-{stamp[1][6:]}") + timedelta(days=days)
    shutil.copy(last, folder / last.name.replace(stamp[1], f"{day:%Y%m%d}"))
    done = district.command("gather", "run", "ps.residents")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_citizen_corrects_an_address_and_takes_it_back(district: District, tmp_path: Path) -> None:
    citizen, officer = district.visitor("applicant"), district.visitor("officer_ps")
    form, before = correctable(citizen.get("/my/data/").text)
    assert before and before != NEW
    sent = citizen.post(form, says="搬家后没有改", proposed=NEW, evidence="2026 年的房产证")
    number = re.search(r"C-\d{4}-\d{6}", sent.url)
    assert sent.status == 200 and number, sent.text[-2000:]

    page = officer.get(f"/corrections/{number[0]}/").text
    assert "搬家后没有改" in page and before in page and NEW in page
    other = district.visitor("officer_edu").get(f"/corrections/{number[0]}/")
    assert other.status == 404 and NEW not in other.text
    officer.post(
        f"/corrections/{number[0]}/", version=form_value(page, "version"), verdict="accept", value=NEW
    )
    waited_for(lambda: own_address(citizen) == NEW)
    assert before in citizen.get("/my/data/").text  # beside it, with why

    deliver_again(district, 1)
    assert own_address(citizen) == NEW

    # A clerk sees the corrected value, masked, and that it was corrected; and as it was known before, the old one.
    clerk = district.visitor("clerk")
    subject = re.search(
        r"[PE][A-Z2-7]{12}", district.visitor("auditor").get("/ledger/?kind=correction.asked").text
    )
    assert subject
    clerk.get("/search/")
    clerk.post("/purpose/", purpose="relief_check", next=f"/dossiers/{subject[0]}/")
    assert number[0] in clerk.get(f"/dossiers/{subject[0]}/").text
    earlier = clerk.get(f"/dossiers/{subject[0]}/?known_on=2020-01-01").text
    assert number[0] not in earlier

    # The citizen sees the officer's and the clerk's readings, and takes a receipt that checks without the house.
    trace = citizen.get("/my/accesses/").text
    assert "公安" in trace and "校核" in trace and "行政服务中心" in trace
    receipt = re.search(r'href="(/my/accesses/[^"]+/receipt/)"', trace)
    assert receipt
    file = tmp_path / "receipt.json"
    file.write_text(citizen.get(urllib.parse.urljoin("/", receipt[1])).text, encoding="utf-8")
    assert json.loads(file.read_text(encoding="utf-8"))["format"].startswith("tongchou.ledger.receipt")
    checked = district.command(
        "ledger", "check-receipt", str(file), "--key", str(district.data / "keys" / "ledger.pub")
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr

    citizen.post(f"/my/corrections/{number[0]}/", do="withdraw")
    waited_for(lambda: own_address(citizen) == before)

    second = district.visitor("applicant_two")
    assert second.get(f"/my/corrections/{number[0]}/").status == 404
    assert second.get(receipt[1]).status == 404
