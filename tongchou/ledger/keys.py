"""The ledger's key files: the private keys in `<data>/keys/ledger.ed25519` and `ledger.sm2`, for their owner alone.

Beside them `ledger.pub` lists every public key this ledger ever signed with, the newest last. That file is what
is handed to auditors; it may be published. `ledger.head` is the last head that was signed: kept outside the
database, so that a tail cut off the tables together with its heads is found.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path

from .errors import problem
from .notes import BadNote, Checkpoint, Signer, VerifierKey, open_checkpoint, parse_checkpoint, parse_keys
from .signatures import ED25519, HEAD_KINDS, Kind


class KeyFolder:
    """The key files in `<data>/keys`. kinds: with which heads are signed from now on."""

    def __init__(self, folder: Path, kinds: Sequence[Kind] = (ED25519,)) -> None:
        self.folder, self.kinds = folder, tuple(kinds)
        self.private = self._private(self.kinds[0])
        self.public = folder / "ledger.pub"
        self.head = folder / "ledger.head"

    def _private(self, kind: Kind) -> Path:
        return self.folder / f"ledger.{kind.code}"

    def signers(self, *, create: bool) -> list[Signer]:
        """The current key of each kind; with create=True a new one when there is none (two processes at once
        make only one). A kind that this ledger never signed with gets its key at first use.

        Raises HouseError when a file is missing, damaged or readable by others.
        """
        known = self.trusted()
        first_use = {kind for kind in self.kinds if known and not any(key.kind == kind for key in known)}
        name = known[-1].name if known else None
        found = []
        for kind in self.kinds:
            path = self._private(kind)
            if (create or kind in first_use) and not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._place(Signer.generate(name, kind), first=True)
            signer = self._read(path)
            name = name or signer.verifier.name
            if signer.verifier not in known:
                self._publish(signer.verifier)
            found.append(signer)
        return found

    def _read(self, path: Path) -> Signer:
        try:
            mode = path.stat().st_mode
            text = path.read_text(encoding="ascii")
        except FileNotFoundError:
            raise problem(
                "key_missing",
                "存证签名密钥不存在，而账本已有签名的树头。",
                "The ledger's signing key is missing, though heads have been signed with it.",
                "请从备份恢复该文件；确已丢失时，用 rotate_key 更换密钥。",
                "Restore the file from the backup; if it is really lost, change the key with rotate_key.",
                path.name,
            ) from None
        if stat.S_IMODE(mode) & 0o077:
            raise problem(
                "key_exposed",
                "存证签名密钥可被其他用户读取。",
                "The ledger's signing key can be read by other users.",
                "请执行 chmod 600，并考虑更换密钥。",
                "Run chmod 600 on it and consider changing the key.",
                path.name,
            )
        try:
            return Signer.parse(text)
        except BadNote:
            raise problem(
                "key_damaged",
                "存证签名密钥文件已损坏。",
                "The file of the ledger's signing key is damaged.",
                "请从备份恢复该文件。",
                "Restore the file from the backup.",
                path.name,
            ) from None

    def trusted(self) -> list[VerifierKey]:
        """Every public key this ledger signed with, oldest first; empty before the first head. Raises
        HouseError.
        """
        try:
            keys = parse_keys(self.public.read_text(encoding="utf-8"))
            if all(key.kind in HEAD_KINDS for key in keys):
                return keys
            raise BadNote("a witness's key among the ledger's own")
        except FileNotFoundError:
            return []
        except (BadNote, UnicodeDecodeError):
            raise problem(
                "public_keys_damaged",
                "存证公钥文件已损坏。",
                "The file of the ledger's public keys is damaged.",
                "请从备份或已交付审计的副本恢复。",
                "Restore it from the backup or from the copy handed to the auditors.",
                self.public.name,
            ) from None

    def rotate(self) -> list[tuple[VerifierKey | None, VerifierKey]]:
        """Replace the private keys under the same name; returns the old and the new public key of each kind."""
        known = self.trusted()
        changed: list[tuple[VerifierKey | None, VerifierKey]] = []
        for kind in self.kinds:
            old = next((key for key in reversed(known) if key.kind == kind), None)
            signer = Signer.generate(known[-1].name if known else None, kind)
            # Published first: a head signed with a key that verifiers do not know would look forged.
            self._publish(signer.verifier)
            self._place(signer, first=False)
            known.append(signer.verifier)
            changed.append((old, signer.verifier))
        return changed

    def last_head(self) -> Checkpoint | None:
        """The last head that was signed, as kept here; None where none was. Raises HouseError when the file is
        damaged or signed by none of this ledger's keys.
        """
        try:
            return open_checkpoint(self.head.read_text(encoding="utf-8"), self.trusted())
        except FileNotFoundError:
            return None
        except (BadNote, UnicodeDecodeError):
            raise problem(
                "last_head_damaged",
                "最近树头文件已损坏或不是本账本签名的。",
                "The file of the last signed head is damaged, or not signed by this ledger.",
                "请从备份恢复该文件，或在核验账本后运行 tongchou ledger accept-loss。",
                "Restore it from the backup, or run tongchou ledger accept-loss after verifying the ledger.",
                self.head.name,
            ) from None

    def keep_head(self, note: str, *, even_smaller: bool = False) -> None:
        """Keep `note` as the last head, unless a larger one is kept already."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(
            os.open(self.folder / "ledger.head.lock", os.O_WRONLY | os.O_CREAT, 0o600), "w"
        ) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not even_smaller and self._kept_size() >= parse_checkpoint(note).size:
                return
            write_private(self.head, note)

    def _kept_size(self) -> int:
        try:
            return parse_checkpoint(self.head.read_text(encoding="utf-8")).size
        except (OSError, BadNote, UnicodeDecodeError):
            return -1

    def _place(self, signer: Signer, *, first: bool) -> None:
        path = self._private(signer.verifier.kind)
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
        write_private(fresh, signer.encoded() + "\n")
        try:
            if not first:
                os.replace(fresh, path)
                return
            try:
                os.link(fresh, path)
            except FileExistsError:
                return
        finally:
            fresh.unlink(missing_ok=True)

    def _publish(self, key: VerifierKey) -> None:
        with self.public.open("a", encoding="utf-8") as file:
            file.write(f"{key}\n")
            file.flush()
            os.fsync(file.fileno())


def write_private(path: Path, text: str) -> None:
    """Write a file that its owner alone may read, whole or not at all, and wait for the disk."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
