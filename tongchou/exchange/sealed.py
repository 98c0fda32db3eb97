"""Files at rest: encrypted in frames (AES-256-GCM), written and read as streams.

A sealed file is a mark, 8 random bytes, then frames: length, ciphertext. Each frame's nonce is the random bytes and its
number; bound to it are the file's name, its number and whether it is the last, so that frames cannot be moved, dropped
or cut off, nor files exchanged, unnoticed.
"""

from __future__ import annotations

import hashlib
import io
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

_MARK = b"TCS1"
FRAME_BYTES = 1 << 20


def key_for(use: str) -> bytes:
    """A key of this installation for one use, 32 bytes."""
    return hashlib.sha256(f"tongchou {use}\0{settings.EXPORT_KEY}".encode()).digest()


class Writer(io.RawIOBase):
    """Writes a sealed file; it is only there, under its name, once `close` was called. name: bound to its content."""

    def __init__(self, path: Path, name: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path, self._unfinished = path, path.with_name(f".{path.name}.unfinished")
        handle = os.open(self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(handle, "wb")
        self._name, self._cipher = name.encode(), AESGCM(key_for("exports"))
        self._prefix, self._number, self._held = os.urandom(8), 0, bytearray()
        self._digest, self.size = hashlib.sha256(), 0
        self._file.write(_MARK + self._prefix)

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        """Add bytes."""
        part = bytes(memoryview(data))  # type: ignore[arg-type]
        self._digest.update(part)
        self.size += len(part)
        self._held += part
        while len(self._held) > FRAME_BYTES:
            self._frame(bytes(self._held[:FRAME_BYTES]), last=False)
            del self._held[:FRAME_BYTES]
        return len(part)

    def _frame(self, part: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(
            self._prefix + struct.pack(">I", self._number), part, _bound(self._name, self._number, last)
        )
        self._file.write(struct.pack(">I", len(sealed)) + sealed)
        self._number += 1

    @property
    def digest(self) -> str:
        """SHA-256 of what was written so far, in hexadecimal."""
        return self._digest.hexdigest()

    def finish(self) -> None:
        """Write the last frame and give the file its name."""
        self._frame(bytes(self._held), last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        os.replace(self._unfinished, self._path)

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        self._unfinished.unlink(missing_ok=True)


def chunks(path: Path, name: str) -> Iterator[bytes]:
    """The content of a sealed file, frame by frame. Raises HouseError "exchange.file_damaged"."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != _MARK:
            raise damaged(name)
        cipher, number, last = AESGCM(key_for("exports")), 0, False
        while not last:
            sealed = _next(file, name)
            last = not file.peek(1)
            try:
                yield cipher.decrypt(
                    head[4:] + struct.pack(">I", number), sealed, _bound(name.encode(), number, last)
                )
            except InvalidTag:
                raise damaged(name) from None
            number += 1


def _next(file: BinaryIO, name: str) -> bytes:
    length = file.read(4)
    if len(length) < 4:
        raise damaged(name)
    size = struct.unpack(">I", length)[0]
    sealed = file.read(size) if size <= FRAME_BYTES + 16 else b""
    if len(sealed) < size:
        raise damaged(name)
    return sealed


def _bound(name: bytes, number: int, last: bool) -> bytes:
    return name + struct.pack(">IB", number, last)


class Reader(io.RawIOBase):
    """A sealed file as a stream to read from."""

    def __init__(self, path: Path, name: str) -> None:
        self._chunks, self._held = chunks(path, name), memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, space: object) -> int:
        """Fill as much of `space` as one frame gives."""
        view = memoryview(space)  # type: ignore[arg-type]
        while not self._held:
            part = next(self._chunks, None)
            if part is None:
                return 0
            self._held = memoryview(part)
        size = min(len(view), len(self._held))
        view[:size] = self._held[:size]
        self._held = self._held[size:]
        return size


def opened(path: Path, name: str) -> io.BufferedReader:
    """A sealed file as a stream that gives as many bytes as are asked for."""
    return io.BufferedReader(Reader(path, name), FRAME_BYTES)


def damaged(where: str) -> HouseError:
    return HouseError(
        "exchange.file_damaged",
        Text(
            "文件无法解密：内容被改动，或密钥不符。", "The file cannot be decrypted: altered, or another key."
        ),
        Text("请检查 keys/exports.secret，然后重新导出。", "Check keys/exports.secret, then export again."),
        where,
    )
