"""What a file really is, by its bytes: only forms that are safe to keep and to hand on are known. Pure.

A file is known by its first bytes and by how it ends, never by its name alone; a name that says something else is a
mistake worth telling (a web page saved as .pdf). Forms that can run something in the reader's program (pages, drawings
with scripts, office files with macros, programs) are not known at all.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass

from tongchou.standards.text import Text

#: More picture points than these are not a scan but a trap for whoever opens it.
MOST_PIXELS = 120_000_000
_TAIL = 2048


@dataclass(frozen=True)
class Form:
    """One form. inline: whether a browser may show it in the page; all others are handed over to be saved."""

    code: str
    name: Text
    media_type: str
    endings: tuple[str, ...]
    inline: bool = False


FORMS: dict[str, Form] = {
    each.code: each
    for each in (
        Form("pdf", Text("PDF 文件", "PDF file"), "application/pdf", (".pdf",)),
        Form("jpg", Text("JPEG 图片", "JPEG picture"), "image/jpeg", (".jpg", ".jpeg", ".jfif"), inline=True),
        Form("png", Text("PNG 图片", "PNG picture"), "image/png", (".png",), inline=True),
        Form("tif", Text("TIFF 图片", "TIFF picture"), "image/tiff", (".tif", ".tiff")),
        Form("ofd", Text("OFD 版式文件", "OFD file (GB/T 33190)"), "application/ofd", (".ofd",)),
    )
}
"""Every form a document may have, by its code."""


def recognise(data: bytes, name: str = "") -> tuple[Form | None, str | None]:
    """(the form, None), or (None, the rule the file fails). name: as delivered; only its ending is looked at.

    Rules: document.empty, document.form (of no known form), document.mistyped (another form than its name says),
    document.damaged (cut off or inconsistent), document.active (it would run something).
    """
    if not data.strip(b"\0 \r\n\t"):
        return None, "document.empty"
    promised = _ending(name)
    for code, begins, check in _KNOWN:
        if begins(data):
            form = FORMS[code]
            if promised and promised not in form.endings:
                return None, "document.mistyped"
            problem = check(data)
            return (None, problem) if problem else (form, None)
    known = any(promised in form.endings for form in FORMS.values())
    return None, "document.mistyped" if known else "document.form"


def _ending(name: str) -> str:
    found = re.search(r"\.[A-Za-z0-9]{1,8}$", name.rsplit("/", 1)[-1])
    return found[0].lower() if found else ""


_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA)\b")


def _pdf(data: bytes) -> str | None:
    if b"%%EOF" not in data[-_TAIL:]:
        return "document.damaged"
    return "document.active" if _ACTIVE.search(data) else None


def _jpeg(data: bytes) -> str | None:
    if b"\xff\xd9" not in data[-_TAIL:]:
        return "document.damaged"
    size = _jpeg_size(data)
    return None if size and 0 < size <= MOST_PIXELS else "document.damaged"


def _jpeg_size(data: bytes) -> int:
    """Width × height out of the frame's heading; 0 when there is none."""
    at = 2
    while at + 9 < len(data):
        if data[at] != 0xFF:
            return 0
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in (0x01, *range(0xD0, 0xD8)):
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 5 : at + 7], "big") * int.from_bytes(data[at + 7 : at + 9], "big")
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return 0


def _png(data: bytes) -> str | None:
    if data[12:16] != b"IHDR" or b"IEND" not in data[-_TAIL:]:
        return "document.damaged"
    size = int.from_bytes(data[16:20], "big") * int.from_bytes(data[20:24], "big")
    return None if 0 < size <= MOST_PIXELS else "document.damaged"


def _tiff(data: bytes) -> str | None:
    order = "little" if data[:2] == b"II" else "big"
    first = int.from_bytes(data[4:8], order)  # type: ignore[arg-type]
    return None if 8 <= first < len(data) else "document.damaged"


def _ofd(data: bytes) -> str | None:
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "document.damaged"
    if "OFD.xml" not in names:
        return "document.form"
    return (
        "document.active" if any(each.lower().endswith((".js", ".exe", ".dll")) for each in names) else None
    )


def _begins(*heads: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(heads)


_KNOWN: tuple[tuple[str, Callable[[bytes], bool], Callable[[bytes], str | None]], ...] = (
    ("pdf", _begins(b"%PDF-"), _pdf),
    ("jpg", _begins(b"\xff\xd8\xff"), _jpeg),
    ("png", _begins(b"\x89PNG\r\n\x1a\n"), _png),
    ("tif", _begins(b"II*\0", b"MM\0*"), _tiff),
    ("ofd", _begins(b"PK\x03\x04"), _ofd),
)
