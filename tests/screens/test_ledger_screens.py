"""The auditor's screens: filters, the proof of what happened, heads and witnesses, verification."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.actions import ledger_case
from tests.cast import Cast
from tongchou.ledger import commands, journal, runs, searching, witnesses
from tongchou.ledger.events import Event, declare
from tongchou.ledger.models import Entry, Verification, Witness
from tongchou.ledger.notes import Signer
from tongchou.ledger.proofs import verify_proof
from tongchou.ledger.sequencer import key_folder, sequence
from tongchou.ledger.signatures import COSIGNATURE
from tongchou.ledger.watching import WitnessFolder, witness
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

ledger = ledger_case.ledger
declare(
    Event(
        "trial.used",
        Text("试用", "Used"),
        ("subject_id", "other_subject_id", "grants", "grant", "case_ref", "purpose"),
    )
)
USES = [
    {
        "user": "wang",
        "organisation": "hall",
        "subject_id": "PA1",
        "grants": ["G-1", "G-2"],
        "case_ref": "C-1",
    },
    {"user": "wang", "organisation": "hall", "subject_id": "PA2", "grants": ["G-2"], "case_ref": "C-2"},
    {"user": "li", "organisation": "edu", "subject_id": "PA1", "grants": ["G-3"], "outcome": "refused"},
    {"user": "li", "organisation": "edu", "subject_id": "PA3", "other_subject_id": "PA1"},
    {"user": 'q"u\\o', "organisation": "hall", "grant": "G-1", "case_ref": "wang"},
]


@pytest.fixture
def used(ledger: Path) -> None:
    for body in USES:
        journal.append("trial.used", {"outcome": "done", **body})
    sequence()


def seen(about: dict[str, str], **more: str) -> list[int]:
    """Which of USES are found, newest first."""
    found = searching.look(searching.Wanted({**about}, kind="trial.used", **more))
    bodies = [{"outcome": "done", **body} for body in USES]
    return [bodies.index(json.loads(bytes(entry.body))) for entry in found.entries]


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({}, [4, 3, 2, 1, 0]),
        ({"user": "wang"}, [1, 0]),
        ({"user": "wan"}, []),
        ({"user": 'q"u\\o'}, [4]),
        ({"organisation": "hall"}, [4, 1, 0]),
        ({"subject": "PA1"}, [2, 0]),
        ({"grant": "G-1"}, [4, 0]),
        ({"grant": "G-2"}, [1, 0]),
        ({"grant": "G"}, []),
        ({"case": "C-2"}, [1]),
        ({"case": "wang"}, [4]),
        ({"outcome": "refused"}, [2]),
        ({"organisation": "hall", "grant": "G-2", "case": "C-1"}, [0]),
        ({"user": "%"}, []),
        ({"user": "' OR 1=1 --"}, []),
        ({"surprise": "x"}, []),
    ],
)
def test_entries_are_found_by_what_they_say(used: None, about: dict[str, str], expected: list[int]) -> None:
    assert seen(about) == expected


def test_a_long_search_goes_on_where_it_stopped(used: None) -> None:
    wanted = searching.Wanted(kind="trial.used")
    first = searching.look(wanted, most=2)
    assert len(first.entries) == 2 and first.before is not None
    rest = searching.look(wanted, before=first.before, most=50)
    assert len(rest.entries) == 3 and rest.before is None
    stopped = searching.look(searching.Wanted({"user": "nobody"}), within_s=-1)
    assert stopped.before is None or stopped.back_to


def test_days_bound_the_search(used: None) -> None:
    at = Entry.objects.filter(kind="trial.used").order_by("pk").values_list("at", flat=True)
    assert seen({}, since=at[2]) == [4, 3, 2]
    assert seen({}, until=at[2]) == [1, 0]
    assert seen({}, since="2099-01-01T00:00:00.000000Z") == []
    assert seen({}, until="2001-01-01T00:00:00.000000Z") == []


def test_the_proof_of_what_happened_holds_offline_and_breaks_when_changed(used: None) -> None:
    keys = key_folder().trusted()
    proof = searching.prove(searching.Wanted({"subject": "PA1"}))
    document = json.dumps(proof.as_json(), ensure_ascii=False)
    told, checkpoint = verify_proof(document, keys)
    # Also the entry that names her second, which no index knows.
    assert len(told.entries) == 3 and checkpoint.size == 5
    for change in (
        lambda d: d["entries"][0]["entry"]["body"].update(user="somebody"),
        lambda d: d["entries"][1]["entry"].update(seq=9),
        lambda d: d["entries"][2].update(index=0),
        lambda d: d["entries"][0]["proof"].pop(),
        lambda d: d.update(head=d["head"].replace("\n5\n", "\n6\n")),
        lambda d: d.update(about={"subject": "PA2"}),
        lambda d: d.update(about={"anything": "PA1"}),
        lambda d: d.update(entries=[]),
        lambda d: d.update(entries=[{}]),
        lambda d: d.update(about=[]),
        lambda d: d.pop("head"),
        lambda d: d.update(format="else"),
    ):
        data = json.loads(document)
        change(data)
        with pytest.raises(HouseError):
            verify_proof(json.dumps(data), keys)
    with pytest.raises(HouseError) as nothing:
        searching.prove(searching.Wanted({"case": "none"}))
    assert nothing.value.code == "ledger.nothing_to_prove"


def page(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_auditor_filters_and_proves(used: None, cast: Cast, language: str) -> None:
    auditor = cast.client("auditor", language)
    every = page(auditor.get(reverse("exchange:ledger")))
    assert "C-1" in every and "C-2" in every
    some = page(
        auditor.get(reverse("exchange:ledger"), {"case": "C-1", "organisation": "hall", "outcome": "done"})
    )
    assert "C-1" in some and "C-2" not in some
    for noise in (
        {"before": "x"},
        {"before": "9" * 30},
        {"since": "never"},
        {"kind": "x"},
        {"user": "\0" * 3},
    ):
        assert auditor.get(reverse("exchange:ledger"), noise).status_code == 200
    proved = page(auditor.get(reverse("exchange:prove"), {"grant": "G-2"}))
    assert "C-1" in proved and "C-2" in proved and "download/?grant=G-2" in proved
    assert auditor.get(reverse("exchange:prove")).status_code == 200
    download = auditor.get(reverse("exchange:proof"), {"grant": "G-2"})
    assert "proof-G-2.json" in download.headers["Content-Disposition"]
    assert len(verify_proof(download.content, key_folder().trusted())[0].entries) == 2
    assert auditor.get(reverse("exchange:proof")).status_code == 404
    assert auditor.get(reverse("exchange:proof"), {"grant": "none"}).status_code == 400
    growth = auditor.get(reverse("exchange:growth"), {"old": "5", "new": "5"})
    assert growth.status_code == 200
    for old, new in (("4", "5"), ("6", "5"), ("", "5"), ("x", "1"), ("9" * 40, "1")):
        assert auditor.get(reverse("exchange:growth"), {"old": old, "new": new}).status_code in (400, 404)
    for name in ("prove", "witnesses", "verify", "heads", "proof", "growth"):
        assert cast.client("clerk").get(reverse(f"exchange:{name}")).status_code == 403


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_auditor_adds_and_withdraws_a_witness(
    used: None, cast: Cast, tmp_path: Path, language: str
) -> None:
    auditor, url = cast.client("auditor", language), reverse("exchange:witnesses")
    state = WitnessFolder(tmp_path / "w")
    key = str(state.signer("audit.example/witness").verifier)
    head_key = str(Signer.generate("audit.example/log").verifier)
    for wrong in ("", "nonsense", head_key, key[:-3], key.replace("audit", "other")):
        refused = auditor.post(url, {"key": wrong, "organisation": "市局"})
        assert refused.status_code == 400 and "市局" in page(refused)
    added = auditor.post(url, {"key": key, "organisation": "市审计局"}, follow=True)
    assert "audit.example/witness" in page(added) and "市审计局" in page(added)
    assert auditor.post(url, {"key": key}).status_code == 400
    assert Entry.objects.filter(kind="witness.added").count() >= 2  # with the refusals
    client = Client()

    def fetch(path: str, body: bytes | None) -> str:
        address = f"/api/log/{path}"
        answer = client.post(address, body, content_type="text/plain") if body else client.get(address)
        assert answer.status_code == 200, answer.content
        return page(answer)

    sequence()
    done = witness(fetch, state, key=key_folder().public)
    assert done.kept == "1"
    shown = page(auditor.get(reverse("exchange:head", args=[done.size])))
    assert "audit.example/witness" in shown and "市审计局" in shown
    text = auditor.get(reverse("exchange:head", args=[done.size]), {"download": ""})
    (tmp_path / "head.txt").write_bytes(text.content)
    assert commands.verify(heads=[tmp_path / "head.txt"]).ok
    assert "audit.example/witness" in page(auditor.get(reverse("exchange:heads")))
    number = Witness.objects.get().pk
    gone = auditor.post(reverse("exchange:witness_withdraw", args=[number]), follow=True)
    assert gone.status_code == 200 and not Witness.objects.get().live
    assert auditor.post(reverse("exchange:witness_withdraw", args=[number])).status_code == 400
    with pytest.raises(HouseError):
        witnesses.receive(state.last.read_text())
    assert auditor.get(reverse("exchange:head", args=[999])).status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_verification_is_kept_with_its_result(used: None, cast: Cast, language: str) -> None:
    auditor, url = cast.client("auditor", language), reverse("exchange:verify")
    done = auditor.post(url, follow=True)
    first = Verification.objects.get()
    assert first.state == "done" and first.report is not None and first.report["ok"]
    assert f"/ledger/verify/{first.pk}/" in page(auditor.get(url)) and done.status_code == 200
    victim = Entry.objects.filter(kind="trial.used")[0]
    ledger_case.as_attacker("UPDATE ledger_entry SET body = %s WHERE id = %s", b"{}", victim.pk)
    broken = page(auditor.post(url, follow=True))
    assert victim.stream in broken
    report = auditor.get(reverse("exchange:verification", args=[first.pk]), {"download": ""})
    assert json.loads(report.content)["ok"] is True


def test_a_large_ledger_is_verified_by_the_worker_with_progress(used: None, cast: Cast) -> None:
    auditor = cast.client("auditor")
    waiting = Verification.objects.create(asked_by="auditor", asked_at=Entry.objects.all()[0].happened_at)
    url = reverse("exchange:verification", args=[waiting.pk])
    part = page(auditor.get(url, headers={"HX-Request": "true"}))
    assert "hx-get" in part and "<html" not in part
    # Asking again while one waits does not queue a second; a killed worker's is taken up again.
    assert runs.perform_next() and not runs.perform_next()
    waiting.refresh_from_db()
    assert waiting.state == "done" and waiting.done == waiting.total > 0
    lost = Verification.objects.create(
        asked_by="auditor",
        asked_at=waiting.asked_at,
        state="running",
        heartbeat_at=waiting.asked_at.replace(year=2020),
    )
    assert runs.perform_next()
    lost.refresh_from_db()
    assert lost.state == "done"
    assert "hx-get" not in page(auditor.get(url, headers={"HX-Request": "true"}))


def test_a_witness_key_names_its_kind(used: None, cast: Cast) -> None:
    with pytest.raises(HouseError) as wrong:
        witnesses.parse_key(str(Signer.generate("x").verifier))
    assert wrong.value.code == "ledger.witness_key"
    assert witnesses.parse_key(str(Signer.generate("x", COSIGNATURE).verifier)).name == "x"
