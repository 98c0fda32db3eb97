"""Reading a stretch of a CSV file line by line: slow, exact, and never at a loss.

The quick reader hands over here whatever is not plainly regular: lines in another encoding, quotation marks
that do not balance. Every line ends up in a record or among the refused, with the number a person sees.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..items import Refused

RECORD_LINES = 1000
"""A quoted value that is not closed after this many lines is not a value but a missing quotation mark."""
MAY_BE_UTF8 = re.compile(rb"(?:[\xe4-\xe9][\x80-\xbf]{2}){2}")
"""What Chinese text in UTF-8 looks like among bytes; in GBK text it is rare, so a hit is worth a careful
look."""
_OTHERS = {"utf-8": ("gb18030",), "gb18030": ("utf-8",), "big5": ("utf-8",)}


class Record(NamedTuple):
    """One record: its values, the bytes it took, and the rule it breaks as a whole (encoding, quotes), if
    any."""

    values: list[str]
    size: int
    problem: str | None
    text: str


def records(
    data: bytes, codec: str, delimiter: str, *, last: bool, strict_marks: bool = False
) -> Iterator[Record]:
    """The records of `data`, which begins at a record.

    last: nothing follows. Otherwise an unfinished record at the end is left for the next stretch: the
    caller sees it in the sizes not adding up. strict_marks: U+FFFD in a line means that its bytes were lost
    in decoding.
    """
    lines = data.split(b"\n")
    ends_open = lines[-1] != b""
    if not ends_open:
        lines.pop()
    index = 0
    while index < len(lines):
        final_line = index == len(lines) - 1
        if final_line and ends_open and not last:
            return
        text, problem = _decoded(lines[index], codec, strict_marks)
        if '"' not in text:
            yield Record(_split(text, delimiter), _size(lines, index, index + 1, ends_open), problem, text)
            index += 1
            continue
        taken, values, whole, trouble = _quoted(lines, index, codec, delimiter, strict_marks)
        if trouble == "open":
            if index + taken >= len(lines) and taken < RECORD_LINES and not last:
                return
            yield Record([], _size(lines, index, index + 1, ends_open), "row.unbalanced_quote", text)
            index += 1
            continue
        yield Record(values, _size(lines, index, index + taken, ends_open), trouble, whole)
        index += taken


def _size(lines: Sequence[bytes], start: int, end: int, ends_open: bool) -> int:
    newlines = end - start - (1 if ends_open and end == len(lines) else 0)
    return sum(len(each) for each in lines[start:end]) + newlines


def _split(text: str, delimiter: str) -> list[str]:
    return text.split(delimiter) if text else []


def _decoded(line: bytes, codec: str, strict_marks: bool) -> tuple[str, str | None]:
    """A line as text without its line end, and the rule its encoding breaks."""
    line = line.removesuffix(b"\r").replace(b"\r", b" ")
    try:
        text = line.decode(codec)
    except UnicodeDecodeError:
        for other in _OTHERS.get(codec, ()):
            try:
                return line.decode(other), "row.mixed_encoding"
            except UnicodeDecodeError:
                continue
        return line.decode(codec, "backslashreplace"), "row.encoding"
    if strict_marks and "\ufffd" in text:
        return text, "row.encoding"
    if codec != "utf-8" and is_utf8_chinese(line):
        return line.decode("utf-8"), "row.mixed_encoding"
    return text, None


def is_utf8_chinese(line: bytes) -> bool:
    """Whether a line of a GBK or Big5 file is really UTF-8: valid as such, with at least two Chinese
    characters."""
    if line.isascii():
        return False
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return sum(character >= "\u2e80" for character in text) >= 2


def _quoted(
    lines: Sequence[bytes], index: int, codec: str, delimiter: str, strict_marks: bool
) -> tuple[int, list[str], str, str | None]:
    """The record that begins at `index`: lines taken, values, text, and "open", an encoding problem or
    None."""
    whole: list[str] = []
    problems: list[str] = []

    def feed() -> Iterator[str]:
        for line in lines[index : index + RECORD_LINES]:
            text, problem = _decoded(line, codec, strict_marks)
            whole.append(text)
            if problem:
                problems.append(problem)
            yield text + "\n"

    try:
        values = next(csv.reader(feed(), delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration) as trouble:
        if "unexpected end" in str(trouble) or "field limit" in str(trouble):
            return len(whole), [], "\n".join(whole), "open"
        # Marks where none belong («"5" pipe»): the lenient reading takes them as written, on this line alone,
        # unless the line itself opens a value that it does not close.
        text, problem = _decoded(lines[index], codec, strict_marks)
        try:
            next(csv.reader([text], delimiter=delimiter, strict=True))
        except (csv.Error, StopIteration) as alone:
            if "unexpected end" in str(alone):
                return 1, [], "", "open"
        try:
            values = next(csv.reader([text], delimiter=delimiter))
        except (csv.Error, StopIteration):
            return 1, [], "", "open"
        return 1, values, text, problem
    return len(whole), values, "\n".join(whole), problems[0] if problems else None


def refused(row: int, rule: str, text: str) -> Refused:
    """A row that does not split into columns, kept whole."""
    return Refused(row, rule, json.dumps({"line": text}, ensure_ascii=False))
