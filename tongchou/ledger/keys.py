"""The signing key of this installation: `<data>/keys/ledger.ed25519`, readable by its owner alone.

Beside it `ledger.pub` lists every public key this ledger ever signed with, the newest last. That file is what
is handed to auditors; it may be published.
"""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from .errors import problem
from .notes import BadNote, Signer, VerifierKey, parse_keys


class KeyFolder:
    """The key files in `<data>/keys`."""

    def __init__(self, folder: Path) -> None:
        self.private = folder / "ledger.ed25519"
        self.public = folder / "ledger.pub"

    def signer(self, *, create: bool) -> Signer:
        """The current key; with create=True a new one when there is none (two processes at once make only
        one).

        Raises HouseError when the file is missing, damaged or readable by others.
        """
        if create and not self.private.exists():
            self.private.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._place(Signer.generate(), first=True)
        try:
            mode = self.private.stat().st_mode
            text = self.private.read_text(encoding="ascii")
        except FileNotFoundError:
            raise problem(
                "key_missing",
                "存证签名密钥不存在，而账本已有签名的树头。",
                "The ledger's signing key is missing, though heads have been signed with it.",
                "请从备份恢复该文件；确已丢失时，用 rotate_key 更换密钥。",
                "Restore the file from the backup; if it is really lost, change the key with rotate_key.",
                self.private.name,
            ) from None
        if stat.S_IMODE(mode) & 0o077:
            raise problem(
                "key_exposed",
                "存证签名密钥可被其他用户读取。",
                "The ledger's signing key can be read by other users.",
                "请执行 chmod 600，并考虑更换密钥。",
                "Run chmod 600 on it and consider changing the key.",
                self.private.name,
            )
        try:
            signer = Signer.parse(text)
        except BadNote:
            raise problem(
                "key_damaged",
                "存证签名密钥文件已损坏。",
                "The file of the ledger's signing key is damaged.",
                "请从备份恢复该文件。",
                "Restore the file from the backup.",
                self.private.name,
            ) from None
        if signer.verifier not in self.trusted():
            self._publish(signer.verifier)
        return signer

    def trusted(self) -> list[VerifierKey]:
        """Every public key this ledger signed with, oldest first; empty before the first head. Raises
        HouseError.
        """
        try:
            return parse_keys(self.public.read_text(encoding="utf-8"))
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

    def rotate(self) -> tuple[VerifierKey | None, VerifierKey]:
        """Replace the private key under the same name; returns the old and the new public key."""
        known = self.trusted()
        old = known[-1] if known else None
        signer = Signer.generate(old.name if old else None)
        # Published first: a head signed with a key that verifiers do not know would look forged.
        self._publish(signer.verifier)
        self._place(signer, first=False)
        return old, signer.verifier

    def _place(self, signer: Signer, *, first: bool) -> None:
        fresh = self.private.with_name(f"{self.private.name}.{secrets.token_hex(4)}.new")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(signer.encoded() + "\n")
                file.flush()
                os.fsync(file.fileno())
            if not first:
                os.replace(fresh, self.private)
                return
            try:
                os.link(fresh, self.private)
            except FileExistsError:
                return
        finally:
            fresh.unlink(missing_ok=True)

    def _publish(self, key: VerifierKey) -> None:
        with self.public.open("a", encoding="utf-8") as file:
            file.write(f"{key}\n")
            file.flush()
            os.fsync(file.fileno())
