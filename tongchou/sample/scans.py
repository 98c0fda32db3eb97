"""Scans that offices deliver beside their rows: small pictures and printed pages of invented papers.

They show lines, a frame and a stamp, and say in plain letters that they are invented. A few are wrong as scans are wrong
in offices: forgotten, empty, or a web page saved under the name of a picture.
"""

from __future__ import annotations

import hashlib
import struct
import zlib

import numpy as np
import pyarrow as pa

from .dirt import Rates

#: Of so many papers of one delivery the offices have scanned the first; the rest lies in the cupboard.
MOST = 60
_EVERY_WRONG = 17
_WIDTH, _HEIGHT = 420, 300
_WRONG_PAGE = b"<!doctype html><title>Session expired</title><p>Please sign in again.</p>"


def scanned(
    keys: pa.StringArray, folder: str, ending: str, title: str, rates: Rates
) -> tuple[pa.StringArray, dict[str, bytes]]:
    """The column that names the scans, and the files: path below `folder`'s parent → bytes.

    keys: of the rows. folder: where the rows' office puts scans, "health_vital/scans". ending: "png" or "pdf".
    """
    wrong = rates != Rates(**dict.fromkeys(vars(rates), 0.0))
    names: list[str | None] = []
    files: dict[str, bytes] = {}
    for place, key in enumerate(keys.to_pylist()):
        if place >= MOST:
            names.append(None)
            continue
        name = f"{key}.{ending}"
        names.append(name)
        slip = place // _EVERY_WRONG % 3 if wrong and place % _EVERY_WRONG == _EVERY_WRONG - 1 else -1
        if slip == 0:
            continue  # forgotten
        made = picture(key) if ending == "png" else page(title, key)
        files[f"{folder}/{name}"] = made if slip < 0 else (b"", _WRONG_PAGE)[slip - 1]
    return pa.array(names, pa.string()), files


def picture(key: str) -> bytes:
    """A scanned form as PNG: a frame, lines of different lengths, a round red stamp; different for each key."""
    drawn = np.frombuffer(hashlib.sha256(key.encode()).digest(), np.uint8).astype(int)
    paper = np.full((_HEIGHT, _WIDTH, 3), 250, np.uint8)
    paper[12:-12, 12] = paper[12:-12, -13] = paper[12, 12:-12] = paper[-13, 12:-12] = (60, 80, 120)
    paper[30:40, 120:300] = (40, 40, 40)
    for line in range(9):
        top = 70 + 20 * line
        paper[top : top + 6, 40:100] = (120, 120, 120)
        paper[top : top + 6, 115 : 150 + int(drawn[line]) // 2 + 60] = (70, 70, 70)
    rows, columns = np.ogrid[:_HEIGHT, :_WIDTH]
    away = np.hypot(rows - 215 - drawn[10] % 12, columns - 330 + drawn[11] % 12)
    paper[(away < 48) & (away > 44)] = (200, 40, 40)
    paper[away < 8] = (200, 40, 40)
    lines = np.concatenate([np.zeros((_HEIGHT, 1), np.uint8), paper.reshape(_HEIGHT, -1)], axis=1)
    heading = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", heading), (b"IDAT", zlib.compress(lines.tobytes(), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(*each) for each in parts)


def _part(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def page(title: str, key: str) -> bytes:
    """A printed paper as PDF: a title, its number, and that it is invented. title, key: Latin letters and digits."""
    said = f"BT /F1 20 Tf 60 520 Td ({title}) Tj 0 -40 Td /F1 12 Tf (No. {key}) Tj 0 -24 Td (Invented for tests.) Tj ET"
    stream = f"{said}\n0.8 0.15 0.15 RG 2 w 330 380 70 70 re S\n".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 420 595] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length " + str(len(stream)).encode() + b" >>\nstream\n" + stream + b"endstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    made, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    start = len(made)
    made += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    return made + f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
