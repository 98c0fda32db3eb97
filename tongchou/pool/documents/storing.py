"""Where documents lie: one sealed file for each content, named by its keyed digest.

A sealed file is a mark, 16 random bytes that belong to it, and pieces of at most 1 MB, each encrypted (AES-256-GCM under
`keys/documents.key`) with its place and whether it is the last bound to it: none can be left out, moved or taken from
another file. The name is checked, too, when the bytes are read, so that two files cannot change places.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from tongchou.accounts.sealing import cipher_of
from tongchou.standards.documents import Reference
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from ..folders import data_root

KEY_FILE = "documents.key"
_MARK = b"TCD1"
_PIECE = 1 << 20
_NONCE = 12
_TAG = 16
_ADDRESS_BYTES = 20


class Readable(Protocol):
    """Whatever gives bytes, in pieces of at most so many, b"" at its end."""

    def read(self, size: int, /) -> bytes: ...


class Kept(NamedTuple):
    """What was written. address: keyed digest of the bytes. size: how many."""

    address: str
    size: int


class TooLarge(Exception):
    """The bytes go on beyond what is kept; nothing of them was."""


class DocumentStore:
    """The documents of one data folder. apart: those that were refused, which nothing refers to."""

    def __init__(self, root: Path, apart: bool = False) -> None:
        self.root, self.apart = root, apart
        self.folder = root / "pool" / "documents" / ("refused" if apart else "kept")

    def keep(self, source: Readable, most: int) -> Kept:
        """Seal what `source` holds, piece by piece; bytes that are there already are kept once.

        most: bytes. Raises TooLarge beyond it, OSError when the disk is full. The file is complete or absent.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f".sealing-{os.getpid()}-{os.urandom(6).hex()}"
        keyed = hashlib.blake2b(key=_naming_key(), digest_size=_ADDRESS_BYTES)
        size = 0
        try:
            with unfinished.open("xb") as file:
                own = os.urandom(16)
                file.write(_MARK + own)
                for place, piece, last in _pieces(source):
                    size += len(piece)
                    if size > most:
                        raise TooLarge
                    keyed.update(piece)
                    nonce = os.urandom(_NONCE)
                    file.write(nonce + self._cipher().encrypt(nonce, piece, _bound(own, place, last)))
                file.flush()
                os.fsync(file.fileno())
            kept = Kept(keyed.hexdigest(), size)
            path = self._path(kept.address)
            path.parent.mkdir(exist_ok=True)
            os.chmod(unfinished, 0o400)
            os.replace(unfinished, path)
            return kept
        finally:
            unfinished.unlink(missing_ok=True)

    def has(self, reference: Reference) -> bool:
        """Whether the document is there."""
        return self._path(reference.address).is_file()

    def read(self, reference: Reference) -> bytes:
        """The document's bytes, whole and as they were delivered.

        Raises HouseError "pool.document_gone" when it is not there, "pool.document_file_damaged" when it was altered
        or the key is another.
        """
        path = self._path(reference.address)
        try:
            sealed = path.open("rb")
        except FileNotFoundError:
            raise HouseError(
                "pool.document_gone",
                Text("该文件已不在文件库中。", "The file is no longer in the store of documents."),
                Text("请联系提供部门重新报送。", "Ask the supplying department to deliver it again."),
                reference.form,
            ) from None
        keyed = hashlib.blake2b(key=_naming_key(), digest_size=_ADDRESS_BYTES)
        with sealed:
            try:
                data = b"".join(self._unsealed(sealed))
            except InvalidTag:
                raise _damaged(reference) from None
        keyed.update(data)
        if not hmac.compare_digest(keyed.hexdigest(), reference.address) or len(data) != reference.size:
            raise _damaged(reference)
        return data

    def remove(self, reference: Reference) -> bool:
        """Forget a document (erasure, retention); whether it was there. Overwritten first, for disks that obey."""
        path = self._path(reference.address)
        with suppress(FileNotFoundError):
            size = path.stat().st_size
            os.chmod(path, 0o600)
            with path.open("r+b") as file:
                file.write(bytes(min(size, len(_MARK) + 16 + _NONCE + _TAG)))
                file.flush()
                os.fsync(file.fileno())
            path.unlink()
            return True
        return False

    def kept_at(self, address: str) -> float:
        """When a document came, in seconds since 1970; now when it is gone."""
        try:
            return self._path(address).stat().st_mtime
        except FileNotFoundError:
            return time.time()

    def addresses(self) -> Iterator[str]:
        """The addresses of all documents there are, in no order."""
        for path in self.folder.glob("??/*.sealed"):
            yield path.stem

    def _path(self, address: str) -> Path:
        return self.folder / address[:2] / f"{address}.sealed"

    def _cipher(self) -> AESGCM:
        return cipher_of(str(self.root), KEY_FILE)

    def _unsealed(self, sealed: BinaryIO) -> Iterator[bytes]:
        if sealed.read(len(_MARK)) != _MARK:
            raise InvalidTag
        own = sealed.read(16)
        size = _NONCE + _PIECE + _TAG
        piece, place = sealed.read(size), 0
        while True:
            following = sealed.read(size)
            if len(piece) < _NONCE + _TAG:
                raise InvalidTag
            yield self._cipher().decrypt(
                piece[:_NONCE], piece[_NONCE:], _bound(own, place, last=not following)
            )
            if not following:
                return
            piece, place = following, place + 1


def store(*, apart: bool = False) -> DocumentStore:
    """The documents of this installation; apart: the refused ones."""
    return DocumentStore(data_root(), apart)


def _pieces(source: Readable) -> Iterator[tuple[int, bytes, bool]]:
    """(place, bytes, whether they are the last) of pieces of the whole; one empty piece of an empty source."""
    piece, place = _filled(source), 0
    while True:
        following = _filled(source) if piece else b""
        yield place, piece, not following
        if not following:
            return
        piece, place = following, place + 1


def _filled(source: Readable) -> bytes:
    """A whole piece, shorter only at the end: some sources give less than they are asked for."""
    found = bytearray()
    while len(found) < _PIECE and (more := source.read(_PIECE - len(found))):
        found += more
    return bytes(found)


def _bound(own: bytes, place: int, last: bool) -> bytes:
    return own + place.to_bytes(8, "big") + bytes([last])


def _naming_key() -> bytes:
    return hashlib.sha256(b"tongchou document\0" + settings.LOOKUP_KEY.encode()).digest()


def _damaged(reference: Reference) -> HouseError:
    return HouseError(
        "pool.document_file_damaged",
        Text(
            "该文件无法解密：内容被改动，或密钥不符。",
            "The file cannot be decrypted: altered, or another key.",
        ),
        Text(
            f"请从备份恢复该文件与 keys/{KEY_FILE}。",
            f"Restore the file and keys/{KEY_FILE} from the backup.",
        ),
        reference.form,
    )
