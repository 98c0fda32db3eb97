"""Backup and restore through the front door: the copy is of one moment, whole or refused, and answers as the original."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys import front_door
from tests.journeys.front_door import House, pack
from tests.journeys.test_kill import PACK, in_log, roll

PASSPHRASE = "four lotus ponds behind the hall"
#: Every subject's document and every id, as the installation itself reads them.
ANSWERS = """
import json
from tongchou.pool import links, queries
table = links.tables('roll')[0]
found = {subject: queries.document(subject) for subject in table['subject_id'].unique().to_pylist()}
print(json.dumps([found, queries.find('phone', found[min(found)]['versions'][0]['values']['phone'])], sort_keys=True))
"""


def fill(house: House) -> None:
    """Two deliveries gathered, linked and served."""
    files = house.data.parent / "files"
    files.mkdir()
    house.run("pack", "apply", str(pack(files.parent / "roll", PACK)), "--set", f"path={files}")
    for day in (1, 2):
        roll(files, day, rows=300)
    house.run("gather", "run")
    house.run("link")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[House], None]]:
    """Fills installations alike."""
    with front_door.filled_once(tmp_path_factory.mktemp("filled"), fill) as filling:
        yield filling


@pytest.fixture
def filled(house: House, once: Callable[[House], None]) -> House:
    """An installation of this test alone with two deliveries gathered, linked and served."""
    house.environment["TONGCHOU_BACKUP_PASSPHRASE"] = PASSPHRASE
    once(house)
    return house


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[House]:
    """Another machine: an installation where no command was ever run."""
    with front_door.house(tmp_path / "elsewhere", fresh=True, TONGCHOU_BACKUP_PASSPHRASE=PASSPHRASE) as made:
        yield made


def test_a_restored_copy_verifies_and_answers_the_same(
    filled: House, elsewhere: House, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    made = filled.ask("backup", str(copy), "--with-keys")
    assert made["files"] > 10
    assert not list(copy.rglob("serving*")), "what can be derived is left out"
    secrets = {
        path.read_bytes()
        for path in (filled.data / "keys").iterdir()
        if path.suffix not in (".pub", ".head", ".lock")
    }
    held = b"".join(path.read_bytes() for path in copy.rglob("*") if path.is_file())
    assert not any(secret in held for secret in secrets), "no secret key lies open in a backup"
    restored = elsewhere.ask("restore", str(copy))
    assert restored["ledger"]["ok"] is True
    assert elsewhere.python(ANSWERS) == filled.python(ANSWERS)
    assert elsewhere.links() == filled.links()
    for path in (elsewhere.data / "keys").iterdir():
        assert path.suffix == ".pub" or not stat.S_IMODE(path.stat().st_mode) & 0o077
    statuses = [house.ask("gather", "status") for house in (filled, elsewhere)]
    assert statuses[0] == statuses[1]
    # And it goes on: another day, the same on both.
    roll(tmp_path / "files", 3, rows=300)
    for house in (filled, elsewhere):
        assert [one["state"] for one in house.ask("gather", "run")] == ["done"]
        house.run("link")
        assert "sound" in house.run("ledger", "verify").stdout
    assert elsewhere.links().keys() == filled.links().keys()


def test_a_backup_taken_while_a_delivery_comes_in_is_of_one_moment(
    filled: House, elsewhere: House, tmp_path: Path
) -> None:
    roll(tmp_path / "files", 3, rows=30_000)
    running = filled.begin("gather", "run", "--json")
    assert running.stdout is not None
    for line in running.stdout:
        if "roll.people · " in line:
            break
    filled.run("backup", str(tmp_path / "copy"), "--with-keys")
    running.communicate(timeout=120)
    assert elsewhere.ask("restore", str(tmp_path / "copy"))["ledger"]["ok"] is True
    elsewhere.run("gather", "run", ends=None)
    assert set(in_log(elsewhere).values()) == set(in_log(filled).values())
    assert "sound" in elsewhere.run("ledger", "verify").stdout


@pytest.mark.any_database
def test_a_killed_backup_is_refused_and_gone_on_with(filled: House, elsewhere: House, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    process = filled.begin("backup", str(copy), "--with-keys")
    assert process.stdout is not None
    for line in process.stdout:
        if "data" in line:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.stdout.close()
    process.wait(timeout=30)
    assert "[backup.unfinished]" in elsewhere.run("restore", str(copy), ends=2).stderr
    kept = {path: path.stat().st_ino for path in copy.rglob("*.parquet")}
    filled.run("backup", str(copy), "--with-keys")
    assert all(path.stat().st_ino == number for path, number in kept.items()), (
        "what was copied is not copied again"
    )
    assert elsewhere.ask("restore", str(copy))["ledger"]["ok"] is True
    assert "[backup.folder_taken]" in filled.run("backup", str(copy), ends=2).stderr


@pytest.mark.any_database
def test_damage_of_any_file_is_named_before_anything_is_written(
    filled: House, elsewhere: House, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    filled.run("backup", str(copy), "--with-keys")
    names = [each[0] for each in json.loads((copy / "backup.json").read_text())["files"]]
    chance = random.Random(7)
    for kind in ("data/pool/log/", "data/pool/raw/", "control", "keys", "data/pool/issued/"):
        name = chance.choice([each for each in names if each.startswith(kind)])
        file, before = copy / name, (copy / name).read_bytes()
        os.chmod(file, 0o600)
        file.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
        refused = elsewhere.run("restore", str(copy), ends=2).stderr
        assert "[backup.damaged]" in refused
        assert name in refused
        file.unlink()
        assert name in elsewhere.run("restore", str(copy), ends=2).stderr
        file.write_bytes(before)
    told = (copy / "backup.json").read_text()
    (copy / "backup.json").write_text(told.replace('"ledger": ', '"ledger": 1'))
    assert "[backup.damaged]" in elsewhere.run("restore", str(copy), ends=2).stderr
    (copy / "backup.json").write_text(told)
    assert not elsewhere.data.exists() or not any(elsewhere.data.iterdir())
    assert elsewhere.ask("restore", str(copy))["ledger"]["ok"] is True


@pytest.mark.any_database
def test_a_restore_asks_for_the_keys_and_never_writes_over_anything(
    filled: House, elsewhere: House, tmp_path: Path
) -> None:
    copy, sealed = tmp_path / "copy", tmp_path / "sealed"
    filled.run("backup", str(copy))
    filled.run("backup", str(sealed), "--with-keys")
    assert (
        "[backup.passphrase_wrong]"
        in elsewhere.run(
            "restore", str(sealed), ends=2, TONGCHOU_BACKUP_PASSPHRASE="three lotus ponds behind"
        ).stderr
    )
    assert (
        "[backup.passphrase_short]"
        in filled.run(
            "backup", str(tmp_path / "x"), "--with-keys", ends=2, TONGCHOU_BACKUP_PASSPHRASE="short"
        ).stderr
    )
    assert "[backup.keys_needed]" in elsewhere.run("restore", str(copy), ends=2).stderr
    shutil.copytree(filled.data / "keys", elsewhere.data / "keys", dirs_exist_ok=True)
    (elsewhere.data / "keys" / "lookup.secret").write_text("x" * 64)
    assert "[backup.keys_differ]" in elsewhere.run("restore", str(copy), ends=2).stderr
    shutil.copyfile(filled.data / "keys" / "lookup.secret", elsewhere.data / "keys" / "lookup.secret")
    assert elsewhere.ask("restore", str(copy))["ledger"]["ok"] is True
    assert elsewhere.python(ANSWERS) == filled.python(ANSWERS)
    assert "[backup.not_empty]" in elsewhere.run("restore", str(copy), ends=2).stderr
    assert "[backup.not_empty]" in filled.run("restore", str(copy), ends=2).stderr
    assert "[backup.folder_inside]" in filled.run("backup", str(filled.data / "copy"), ends=2).stderr
    assert "[backup.none]" in elsewhere.run("restore", str(tmp_path / "files"), ends=2).stderr
