"""SM2 with SM3 as a profile of the heads' signatures, beside or instead of Ed25519."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tongchou.config import environment
from tongchou.ledger import signatures
from tongchou.ledger.keys import KeyFolder
from tongchou.ledger.notes import (
    BadNote,
    Checkpoint,
    Signer,
    VerifierKey,
    open_checkpoint,
    signed,
    split_note,
)
from tongchou.ledger.signatures import COSIGNATURE, ED25519, SM2

TEXT = Checkpoint("log", 3, bytes(range(32))).text()


@pytest.fixture
def both() -> tuple[Signer, Signer]:
    return Signer.generate("log"), Signer.generate("log", SM2)


def test_a_head_with_both_is_checked_with_either(both: tuple[Signer, Signer]) -> None:
    note = signed(TEXT, both)
    for one in both:
        assert VerifierKey.parse(str(one.verifier)) == one.verifier
        assert open_checkpoint(note, [one.verifier]).size == 3
        assert open_checkpoint(signed(TEXT, [one]), [each.verifier for each in both]).size == 3
    assert Signer.parse(both[1].encoded()).verifier == both[1].verifier


def test_neither_stands_for_the_other(both: tuple[Signer, Signer]) -> None:
    ed25519, sm2 = both
    for note, keys in [
        (signed(TEXT, [ed25519]), [sm2.verifier]),
        (signed(TEXT, [sm2]), [ed25519.verifier]),
        (signed(TEXT, [Signer.generate("log", SM2)]), [sm2.verifier]),
        (signed(TEXT, [Signer.generate("other", SM2)]), [sm2.verifier]),
        (signed(TEXT, both).replace("\n3\n", "\n4\n"), [sm2.verifier]),
    ]:
        with pytest.raises(BadNote):
            open_checkpoint(note, keys)


def test_a_witness_cannot_sign_for_the_log() -> None:
    witness = Signer.generate("log", COSIGNATURE)
    note = f"{TEXT}\n{witness.line(TEXT, moment=5)}"
    with pytest.raises(BadNote):
        open_checkpoint(note, [witness.verifier])


@pytest.mark.parametrize("change", ["flip", "cut", "empty", "noise", "zeros"])
def test_a_damaged_signature_never_holds(both: tuple[Signer, Signer], change: str) -> None:
    key = both[1].verifier
    good = split_note(signed(TEXT, [both[1]]))[1][0].signature
    bad = {
        "flip": good[:-1] + bytes([good[-1] ^ 1]), "cut": good[:-3], "empty": b"", "noise": b"\x30\x06noise",
        "zeros": bytes.fromhex("3006020100020100"),
    }[change]  # fmt: skip
    assert key.holds(TEXT, good) and not key.holds(TEXT, bad)


@pytest.mark.parametrize("point", [bytes(65), b"\x04" + bytes(64), b"\x04" + b"\xff" * 64])
def test_a_point_that_is_not_on_the_curve_signs_nothing(both: tuple[Signer, Signer], point: bytes) -> None:
    good = split_note(signed(TEXT, [both[1]]))[1][0].signature
    assert not signatures.holds(SM2, point, TEXT.encode(), good)


def test_another_implementation_of_the_standard_agrees(both: tuple[Signer, Signer], tmp_path: Path) -> None:
    """OpenSSL checks our signature: SM2 with SM3 and the standard's identity."""
    version = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=False).stdout
    if not version.startswith("OpenSSL 3"):
        pytest.fail(f"the distribution's OpenSSL 3 is wanted, here is {version!r}")
    header = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
    (tmp_path / "key.der").write_bytes(header + both[1].verifier.public)
    (tmp_path / "signature").write_bytes(split_note(signed(TEXT, [both[1]]))[1][0].signature)
    (tmp_path / "text").write_text(TEXT)
    command = (
        "openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -sigfile signature -in text -rawin "
        "-digest sm3 -pkeyopt distid:1234567812345678"
    )
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_profile_may_change_and_old_heads_stay_valid(tmp_path: Path) -> None:
    notes = []
    for kinds in ([ED25519], [ED25519, SM2], [SM2], [ED25519]):
        signers = KeyFolder(tmp_path, kinds).signers(create=not notes)
        assert len({signer.verifier.name for signer in signers}) == 1
        notes.append(signed(Checkpoint(signers[0].verifier.name, 3, bytes(32)).text(), signers))
    keys = KeyFolder(tmp_path).trusted()
    assert [key.kind for key in keys] == [ED25519, SM2]
    assert all(open_checkpoint(note, keys).size == 3 for note in notes)
    assert (tmp_path / "ledger.sm2").stat().st_mode & 0o777 == 0o600
    (tmp_path / "ledger.sm2").unlink()
    with pytest.raises(Exception, match="key_missing"):
        KeyFolder(tmp_path, [SM2]).signers(create=False)


@pytest.mark.parametrize(
    ("value", "kinds"),
    [("", ("ed25519",)), ("ed25519", ("ed25519",)), ("SM2", ("sm2",)), ("both", ("ed25519", "sm2"))],
)
def test_the_setting(value: str, kinds: tuple[str, ...]) -> None:
    assert environment.ledger_signature({"TONGCHOU_LEDGER_SIGNATURE": value}) == kinds


def test_a_wrong_setting_stops_the_start_and_is_named() -> None:
    with pytest.raises(ImproperlyConfigured, match="TONGCHOU_LEDGER_SIGNATURE='rsa'"):
        environment.ledger_signature({"TONGCHOU_LEDGER_SIGNATURE": "rsa"})


def test_without_the_library_the_start_stops_and_what_to_do_is_said(tmp_path: Path) -> None:
    """In an interpreter where tongsuopy cannot be found: the setting is named, heads with Ed25519 are checked, and
    those with SM2 alone are told to be uncheckable, not wrong.
    """
    signers = [Signer.generate("log"), Signer.generate("log", SM2)]
    (tmp_path / "both").write_text(signed(TEXT, signers), encoding="utf-8")
    (tmp_path / "sm2").write_text(signed(TEXT, signers[1:]), encoding="utf-8")
    (tmp_path / "keys").write_text("".join(f"{signer.verifier}\n" for signer in signers))
    code = """
import importlib.machinery, pathlib, sys
finder = importlib.machinery.PathFinder
class Without:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return None if name.split(".")[0] == "tongsuopy" else finder.find_spec(name, path, target)
sys.meta_path[:] = [Without if one is finder else one for one in sys.meta_path]
from tongchou.ledger.notes import BadNote, open_checkpoint, parse_keys
keys = parse_keys(pathlib.Path("keys").read_text())
assert open_checkpoint(pathlib.Path("both").read_text(encoding="utf-8"), keys).size == 3
try:
    open_checkpoint(pathlib.Path("sm2").read_text(encoding="utf-8"), keys)
except BadNote as bad:
    print(bad)
from tongchou.config import settings
"""
    root = Path(__file__).resolve().parents[2]
    env = {
        **os.environ,
        "PYTHONPATH": str(root),
        "TONGCHOU_LEDGER_SIGNATURE": "sm2",
        "TONGCHOU_DATA": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert "need the library tongsuopy" in done.stdout
    assert done.returncode == 1
    assert "TONGCHOU_LEDGER_SIGNATURE=sm2 needs the library tongsuopy" in done.stderr.splitlines()[-1]
