"""An installation whose every answer is a read of somebody's data, asked by many at once; what was answered is kept."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.installation import free_port, started
from tests.journeys.front_door import House, pack, table
from tests.journeys.test_stranger import people

PACK = {
    "pack.yaml": "name: watched\ntitle: watched\nrequires: [core]\nsettings: [{name: path, default: '', about: x}]\n",
    "organisations.yaml": (
        "- {code: police, name: 公安, level: district, kind: department}\n"
        "- {code: bureau, name: 统筹局, level: district, kind: bureau}\n"
    ),
    "accounts.yaml": "- {username: reader, name: 读者, memberships: [{role: steward, organisation: bureau}]}\n",
    "linkage.yaml": "- {population: folk, kind: person, model: zh_people}\n",
    "sources.yaml": (
        "- {code: police, name: 户籍, organisation: police, connector: files, settings: {path: '{path}'}}\n"
    ),
    "grants.yaml": (
        "- {code: G-1, organisation: bureau, role: steward, resource: police.roll, fields: '*', unmasked: [name], "
        "purposes: [data_quality], until: 2099-12-31}\n"
    ),
    "resources/police.yaml": """code: police.roll
name: {zh: 册, en: Roll}
organisation: police
share_class: conditional
cycle: daily
subject: person
population: folk
source: {code: police, locator: {file: "roll_*.csv"}, mode: full}
key: [number]
fields:
  - {name: number, element: identifier, columns: [编号], required: true}
  - {name: name, element: person_name, columns: [姓名]}
  - {name: id_number, element: id_number, columns: [身份证号], on_failure: keep}
""",
}

TOKEN = """
from datetime import timedelta
from django.utils import timezone
from tongchou.accounts.models import ApiToken, Membership
from tongchou.accounts.tokens import digest_of, new_secret
secret = new_secret()
ApiToken.objects.create(name='test', digest=digest_of(secret), expires_on=timezone.localdate() + timedelta(days=1),
    membership=Membership.objects.get(user__username='reader'))
print(secret)
"""


@dataclass
class Reader:
    """A program that reads dossiers. receipts: of the answers it got. refused: (status, code) of the others."""

    base: str
    token: str
    subjects: list[str]
    receipts: list[str] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)

    def read(self, number: int) -> tuple[int, Any]:
        """Ask for one dossier: status and body; status 0 when nobody answered."""
        subject = self.subjects[number % len(self.subjects)]
        address = f"{self.base}/api/v1/subjects/{subject}/dossier?purpose=data_quality"
        asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {self.token}"})
        try:
            with urllib.request.urlopen(asked, timeout=90) as answer:
                body = json.loads(answer.read())
                self.receipts.append(body["receipt"])
                return answer.status, body
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode("utf-8", "replace")
            with contextlib.suppress(ValueError):
                told = json.loads(text)
                self.refused.append((error.code, str(told.get("code", told.get("type", "")))))
                return error.code, told
            self.refused.append((error.code, ""))
            return error.code, text
        except (OSError, ValueError) as failure:
            self.refused.append((0, type(failure).__name__))
            return 0, None

    @contextlib.contextmanager
    def load(self, threads: int = 6) -> Iterator[None]:
        """Many asking without pause while the block runs."""
        stop = threading.Event()

        def work(first: int) -> None:
            number = first
            while not stop.is_set():
                status, _ = self.read(number)
                number += 1
                if not status:
                    time.sleep(0.05)

        crew = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
        for one in crew:
            one.start()
        try:
            yield
        finally:
            stop.set()
            for one in crew:
                one.join()


def furnish(house: House) -> tuple[str, list[str]]:
    """Load thirty people; a reader's token and their subjects."""
    folder = house.data.parent / "files"
    folder.mkdir()
    rows = [[f"N{number}", one["name"], one["number"]] for number, one in enumerate(people(30))]
    table(folder / "roll_1.csv", ["编号", "姓名", "身份证号"], rows)
    house.run("pack", "apply", str(pack(folder / "pack", PACK)), "--set", f"path={folder}")
    house.run("gather", "run")
    house.run("link")
    return house.python(TOKEN).strip(), sorted(set(house.links().values()))


@contextlib.contextmanager
def served(house: House) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`tongchou serve`: the process and its address, once it answers. It may be dead when the block ends."""
    port = free_port()
    server, _ = started(house.environment, "serve", "--port", str(port))
    try:
        yield server, f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=40)


def check_ledger(house: House, reader: Reader) -> int:
    """Every answer is on the ledger exactly once, every stream is dense, and the whole verifies; entries there are."""
    rows = house.query("SELECT stream, seq, kind, body FROM ledger_entry")
    there = Counter(f"{stream}/{seq}" for stream, seq, _, _ in rows)
    assert all(there[receipt] == 1 for receipt in reader.receipts)
    assert len(set(reader.receipts)) == len(reader.receipts)
    done = [
        f"{stream}/{seq}"
        for stream, seq, kind, body in rows
        if kind == "access.read" and json.loads(bytes(body))["outcome"] == "done"
    ]
    assert set(reader.receipts) <= set(done)
    streams: dict[str, list[int]] = {}
    for stream, seq, _, _ in rows:
        streams.setdefault(stream, []).append(seq)
    assert all(sorted(seqs) == list(range(1, len(seqs) + 1)) for seqs in streams.values())
    house.run("ledger", "sequence")
    report = house.ask("ledger", "verify")
    assert report["ok"] and not report["waiting"] and report["size"] >= len(rows), report
    return len(rows)
