"""Acting as a witness of another node's ledger: fetch its head, see that it grew, sign it, send the signature.

Needs no database and no Django. The witness's state is a folder of its own:

witness.key     its private key, for its owner alone
witness.pub     its public key, to be added by the auditor of the ledger it watches
log.pub         the public keys of that ledger, taken over once from where it publishes them
last.head       the head it signed last, with its signature: keep a copy, it is what catches a cut ledger
alarms/         what it refused, both heads in one file each
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import http.client
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tongchou.standards.errors import HouseError

from .errors import problem
from .keys import write_private
from .notes import BadNote, Checkpoint, Signer, VerifierKey, parse_checkpoint, parse_keys
from .signatures import COSIGNATURE
from .witnessing import MOST_PROOF_LINES, SplitView, consider

PREFIX = "/api/log"
LARGEST_ANSWER = 65_536
TIMEOUT_S = 30.0

Fetch = Callable[[str, bytes | None], str]
"""fetch(path below the log's prefix, body to be sent or None) -> the answer's text."""


@dataclass(frozen=True)
class Witnessed:
    """A round: the size signed before (None: the first), the size signed now, and how the ledger took it."""

    before: int | None
    size: int
    kept: str


class WitnessFolder:
    """A witness's state; see the module."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.private, self.public = folder / "witness.key", folder / "witness.pub"
        self.log_keys, self.last = folder / "log.pub", folder / "last.head"

    def signer(self, name: str) -> Signer:
        """The witness's key, made at the first use under `name`. Raises HouseError."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self.private.exists():
            if not name:
                raise problem(
                    "witness_name",
                    "首次见证须给出见证方名称。",
                    "The first time, the witness needs a name.",
                    "请加 --name，例如 audit.example.gov.cn/witness。",
                    "Add --name, for example audit.example.gov.cn/witness.",
                    str(self.folder),
                )
            try:
                made = Signer.generate(name, COSIGNATURE)
                VerifierKey.parse(str(made.verifier))
            except BadNote:
                raise problem(
                    "witness_name",
                    "见证方名称不能含空格或加号。",
                    "A witness's name holds neither blanks nor plus signs.",
                    "请换一个名称。",
                    "Choose another name.",
                    name,
                ) from None
            write_private(self.private, made.encoded() + "\n")
            write_private(self.public, f"{made.verifier}\n")
        try:
            return Signer.parse(self.private.read_text(encoding="ascii"))
        except (BadNote, UnicodeDecodeError):
            raise problem(
                "key_damaged",
                "见证密钥文件已损坏。",
                "The file of the witness's key is damaged.",
                "请从备份恢复，或另建状态目录并请监督方登记新公钥。",
                "Restore it, or begin a new folder and have the auditor add the new key.",
                str(self.private),
            ) from None

    def keys_of_log(self, given: Path | None) -> list[VerifierKey]:
        """The ledger's public keys: those given, which are then kept, or those kept. Raises HouseError."""
        source = given or self.log_keys
        try:
            text = source.read_text(encoding="utf-8")
            keys = parse_keys(text)
        except (OSError, UnicodeDecodeError, BadNote):
            keys = []
        if not keys:
            raise problem(
                "key_unreadable",
                "没有该账本的公钥。",
                "The public keys of the ledger are not there.",
                "请用 --key 指定该账本公布的 ledger.pub。",
                "Name the ledger.pub it publishes with --key.",
                str(source),
            )
        if given is not None:
            write_private(self.log_keys, text)
        return keys

    def seen(self) -> str | None:
        """The note signed last."""
        try:
            return self.last.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def alarm(self, split: SplitView) -> Path:
        """Keep both heads of a split view; returns the file."""
        folder = self.folder / "alarms"
        folder.mkdir(exist_ok=True, mode=0o700)
        path = folder / f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{split.shown.size}.txt"
        write_private(path, f"SEEN\n{split.seen.note}\nSHOWN\n{split.shown.note}")
        return path


def witness(
    fetch: Fetch, folder: WitnessFolder, *, name: str = "", key: Path | None = None, now: int | None = None
) -> Witnessed:
    """One round of witnessing. now: POSIX seconds, by default the clock's.

    The new state is on disk before the signature leaves. Raises HouseError; SplitView when the ledger shows a
    head that does not grow from the last one: nothing is signed, both heads are kept as evidence, and the ledger's
    own node is shown the head it seems to have forgotten, so that its auditor is alarmed too.
    """
    signer, keys = folder.signer(name), folder.keys_of_log(key)
    with os.fdopen(os.open(folder.folder / "lock", os.O_WRONLY | os.O_CREAT, 0o600), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note, seen = fetch("checkpoint", None), folder.seen()
        shown, before = _parse(note), _parse(seen) if seen else None
        proof: list[bytes] = []
        if before is not None and 0 < before.size < shown.size:
            proof = _proof(fetch(f"consistency/{before.size}/{shown.size}", None))
        try:
            signed = consider(
                note, seen=seen, proof=proof, log_keys=keys, signer=signer, now=int(now or time.time())
            )
        except SplitView as split:
            folder.alarm(split)
            if seen:
                _show(fetch, seen)
            raise
        write_private(folder.last, signed)
        kept = fetch("add-cosignature", signed.encode())
    return Witnessed(before.size if before else None, shown.size, kept.strip())


def _show(fetch: Fetch, seen: str) -> None:
    """Show the ledger's node what it signed before. That it does not want to see it changes nothing here."""
    try:
        fetch("add-cosignature", seen.encode())
    except HouseError:
        return


def _parse(note: str) -> Checkpoint:
    try:
        return parse_checkpoint(note)
    except BadNote as bad:
        raise problem(
            "head_unsigned",
            "地址返回的不是账本的树头。",
            "What the address answered is no head of a ledger.",
            "请核对地址。",
            "Check the address.",
            str(bad),
        ) from None


def _proof(text: str) -> list[bytes]:
    try:
        steps = [base64.b64decode(line, validate=True) for line in text.split("\n") if line]
    except (binascii.Error, ValueError):
        return [b""]
    return steps[: MOST_PROOF_LINES + 1]


def over_http(url: str) -> Fetch:
    """A `Fetch` from the platform's address (https://host), or the log's prefix itself. Raises HouseError
    `ledger.log_unreachable`, or `ledger.cosignature_refused` with what the node said.
    """
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise _unreachable(url, "https://host")
    prefix = url.rstrip("/") if parts.path.rstrip("/").endswith(PREFIX) else url.rstrip("/") + PREFIX

    def fetch(path: str, body: bytes | None) -> str:
        request = urllib.request.Request(  # noqa: S310 – the scheme was checked
            f"{prefix}/{path}", data=body, headers={"Content-Type": "text/plain; charset=utf-8"}
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
                return str(answer.read(LARGEST_ANSWER).decode("utf-8"))
        except urllib.error.HTTPError as refused:
            with refused:
                said = refused.read(2000).decode("utf-8", "replace").strip()
            if body is None:
                raise _unreachable(f"{prefix}/{path}", str(refused.code)) from None
            raise problem(
                "cosignature_refused",
                "账本没有接受见证签名。",
                "The ledger did not take the cosignature.",
                "请监督方在“见证方”页登记本见证方的公钥（witness.pub）后重试。",
                "Have the auditor add this witness's key (witness.pub) on the page of witnesses, then try again.",
                f"{refused.code}: {said[:300]}",
            ) from None
        except (OSError, UnicodeDecodeError, http.client.HTTPException) as failure:
            raise _unreachable(f"{prefix}/{path}", type(failure).__name__) from None

    return fetch


def _unreachable(url: str, why: str) -> Exception:
    return problem(
        "log_unreachable",
        "无法取得账本的树头或证明。",
        "The ledger's head or proof could not be fetched.",
        "请核对地址与网络后重试。",
        "Check the address and the network, then try again.",
        f"{url} ({why})",
    )
