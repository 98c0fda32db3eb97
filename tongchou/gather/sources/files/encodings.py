"""Which encoding a text file is in. Offices export UTF-8, GB 18030 (GBK), UTF-16 from Excel, and Big5 from
afar."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import BinaryIO

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

SAMPLE = 1 << 20
_ENOUGH_LINES = 4000
_ENOUGH_BYTES = 64 << 20


def detect(head: bytes, more: Callable[[], bytes] | None = None) -> tuple[str, int]:
    """The encoding of a file from its first bytes. Returns (codec name, length of the byte order mark).

    head: the first megabyte. more: gives the next bytes, asked while everything so far was ASCII, because a
    long file of numbers may carry its first Chinese name far down. A file with lines in several encodings
    is taken for the one most of its lines are in; the others are found when they are read.
    """
    for mark, codec in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(mark):
            return codec, len(mark)
    if head[:4].count(0) >= 1 or head.count(0) > len(head) // 5:
        even, odd = head[0:4096:2].count(0), head[1:4096:2].count(0)
        if max(even, odd) * 5 > len(head[:4096]):
            return ("utf-16-le" if odd > even else "utf-16-be"), 0
    seen = 0
    lines = _telling(head)
    while not lines and more is not None and seen < _ENOUGH_BYTES:
        block = more()
        if not block:
            break
        seen += len(block)
        lines = _telling(block)
    if not lines:
        return "utf-8", 0
    as_utf8 = sum(_reads(line, "utf-8") for line in lines)
    # GB 18030 and Big5 can read most bytes; valid UTF-8 of several characters is hardly ever an accident.
    if as_utf8 * 2 >= len(lines):
        return "utf-8", 0
    return ("gb18030" if _plausible(lines, "gb18030") >= _plausible(lines, "big5") else "big5"), 0


def named(encoding: str) -> str:
    """The codec a locator names. Raises HouseError "gather.unknown_encoding"."""
    try:
        found = codecs.lookup(encoding).name
    except LookupError:
        raise HouseError(
            "gather.unknown_encoding",
            Text("没有这种字符编码。", "There is no such encoding."),
            Text("请写 utf-8、gb18030、utf-16 或 big5。", "Write utf-8, gb18030, utf-16 or big5."),
            encoding,
        ) from None
    return {"gbk": "gb18030", "gb2312": "gb18030", "utf-8-sig": "utf-8", "utf-16": "utf-16-le"}.get(
        found, found
    )


def _telling(block: bytes) -> list[bytes]:
    """Lines that are not plain ASCII; the last one, which may be cut, is left out unless it is the only
    one."""
    if block.isascii():
        return []
    lines = block.split(b"\n")
    telling = [line for line in lines[:-1] if not line.isascii()][:_ENOUGH_LINES]
    return telling or [line for line in lines[-1:] if not line.isascii()]


def _reads(line: bytes, codec: str) -> bool:
    try:
        line.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _plausible(lines: list[bytes], codec: str) -> float:
    """Share of the two-byte characters that are everyday ones: the first level of GB 2312, or of Big5."""
    first, last = (0xB0, 0xD7) if codec == "gb18030" else (0xA4, 0xC6)
    everyday = total = 0
    for line in lines:
        if not _reads(line, codec):
            total += 4
            continue
        position = 0
        while position < len(line) - 1:
            if line[position] < 0x80:
                position += 1
                continue
            total += 1
            trail = line[position + 1]
            everyday += first <= line[position] <= last and (trail >= 0xA1 or codec == "big5")
            position += 2
    return everyday / total if total else 0.0


class Recoded:
    """A UTF-16 stream read as UTF-8 bytes. What cannot be decoded becomes U+FFFD."""

    def __init__(self, source: BinaryIO, codec: str) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder(codec)("replace")
        self._rest = b""

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; empty at the end."""
        while len(self._rest) < size:
            block = self._source.read(size)
            self._rest += self._decoder.decode(block, final=not block).encode("utf-8", "replace")
            if not block:
                break
        given, self._rest = self._rest[:size], self._rest[size:]
        return given

    def readinto(self, space: memoryview) -> int:
        """Fill `space` as far as there is text. Returns how many bytes; 0 at the end."""
        given = self.read(len(space))
        space[: len(given)] = given
        return len(given)

    def skip(self, size: int) -> None:
        """Read over `size` bytes."""
        while size > 0:
            given = self.read(min(size, 1 << 20))
            if not given:
                return
            size -= len(given)

    def close(self) -> None:
        """Close the stream below."""
        self._source.close()
