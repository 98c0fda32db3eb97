"""Writes a copy that can be checked with no database and nothing of ours running (`exported`)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from .canonical import envelope
from .errors import problem
from .exported import (
    ENTRIES,
    ENTRIES_PER_FILE,
    HEADS,
    KEYS,
    LEAVES,
    MANIFEST,
    ORDER,
    README,
    README_TEXT,
    WITNESSES,
    Manifest,
)
from .models import Head
from .sequencer import alias, key_folder
from .stored import Stretch, as_bytes, stored_heads, stored_leaves, stored_rows, stretches
from .witnesses import known


def export(folder: Path) -> Manifest:
    """Write the ledger up to its last head into `folder`, which must be new or empty. Returns what was
    written.

    The entries are written as they are stored, sound or not: a copy of a damaged ledger is evidence. Entries
    that no head covers yet are left out. Raises HouseError `ledger.export_occupied` or `ledger.empty`.
    """
    database = alias()
    last = Head.objects.using(database).order_by("-number").first()
    if last is None:
        raise problem(
            "empty",
            "账本尚无签名的树头，没有可导出的内容。",
            "The ledger has no signed head yet; there is nothing to export.",
            "请先运行 tongchou ledger sequence。",
            "Run tongchou ledger sequence first.",
        )
    if folder.exists() and any(folder.iterdir()):
        raise problem(
            "export_occupied",
            "导出目录不是空的。",
            "The folder to export into is not empty.",
            "请另选一个目录。",
            "Choose another folder.",
            str(folder),
        )
    (folder / ENTRIES).mkdir(parents=True, exist_ok=True)
    (folder / README).write_text(README_TEXT, encoding="utf-8")
    keys = key_folder().trusted()
    (folder / KEYS).write_text("".join(f"{key}\n" for key in keys), encoding="utf-8")
    (folder / WITNESSES).write_text("".join(f"{key}\n" for key in known()), encoding="utf-8")
    with (folder / HEADS).open("w", encoding="utf-8") as out:
        for head in stored_heads(database, last.number):
            out.write(json.dumps({"number": head.number, "head": head.note}, ensure_ascii=False) + "\n")
    entries = 0
    writer = _Files(folder / ENTRIES)
    try:
        with (
            gzip.open(folder / ORDER, "wt", compresslevel=1, encoding="ascii") as order,
            (folder / LEAVES).open("wb") as leaves,
        ):
            for batch in stretches(database, last.size):
                for run in batch:
                    order.write(json.dumps(list(run)) + "\n")
                leaves.write(
                    stored_leaves(database, batch[0].first_index, batch[-1].first_index + batch[-1].length)
                )
                for line in _lines(database, batch):
                    writer.write(line)
                    entries += 1
    finally:
        writer.close()
    manifest = Manifest(size=last.size, heads=last.number, entries=entries)
    (folder / MANIFEST).write_text(manifest.text(), encoding="utf-8")
    return manifest


def _lines(database: str, batch: list[Stretch]) -> Iterator[bytes]:
    for stream, seq, at, kind, body, _, _ in stored_rows(database, batch):
        yield envelope(str(stream), seq, str(at), str(kind), as_bytes(body)) + b"\n"


class _Files:
    """The entries in files of ENTRIES_PER_FILE lines."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, 0
        self._out: gzip.GzipFile | None = None

    def write(self, line: bytes) -> None:
        if self._count % ENTRIES_PER_FILE == 0:
            self.close()
            name = self._folder / f"{self._count // ENTRIES_PER_FILE:06d}.jsonl.gz"
            self._out = gzip.GzipFile(name, "wb", compresslevel=1, mtime=0)
        assert self._out is not None
        self._out.write(line)
        self._count += 1

    def close(self) -> None:
        if self._out is not None:
            self._out.close()
            self._out = None
