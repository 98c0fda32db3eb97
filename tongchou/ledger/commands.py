"""What `tongchou ledger …` does: plain arguments in, a report to print or to hand to machines out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import problem
from .exported import verify_export
from .findings import Report
from .notes import BadNote, Checkpoint, VerifierKey, open_checkpoint, parse_keys
from .receipts import verify_receipt


@dataclass(frozen=True)
class Printed:
    """A result: lines per language, the same for machines, and whether all is well (the exit status)."""

    zh: list[str]
    en: list[str]
    data: dict[str, Any]
    ok: bool = True

    def lines(self, language: str = "zh") -> list[str]:
        """The lines in a language."""
        return self.en if language.lower().startswith("en") else self.zh

    def as_json(self) -> dict[str, Any]:
        """The result for machines."""
        return self.data


def verify(*, heads: Sequence[Path] = (), key: Path | None = None) -> Report:
    """`tongchou ledger verify [--head FILE]… [--key FILE]`: the ledger in the database."""
    from .sequencer import key_folder
    from .verification import verify as verify_database

    keys = read_keys(key) if key else key_folder().trusted()
    return verify_database(trusted=[read_head(path, keys) for path in heads], keys=keys)


def verify_copy(folder: Path, *, heads: Sequence[Path] = (), key: Path | None = None) -> Report:
    """`tongchou ledger verify --export DIR`, and `python -m tongchou.ledger verify-export DIR`: a copy, no
    database.
    """
    keys = read_keys(key) if key else None
    if not heads:
        return verify_export(folder, keys=keys)
    believed = keys if keys is not None else read_keys(folder / "keys.txt")
    return verify_export(folder, keys=keys, trusted=[read_head(path, believed) for path in heads])


def export(folder: Path) -> Printed:
    """`tongchou ledger export DIR`: sequences what waits, then writes the copy."""
    from .export import export as write
    from .sequencer import sequence

    sequence()
    manifest = write(folder)
    return Printed(
        [f"已导出 {manifest.entries:,} 条、{manifest.heads:,} 个树头到 {folder}。"],
        [f"{manifest.entries:,} entries and {manifest.heads:,} heads exported to {folder}."],
        {"folder": str(folder), "size": manifest.size, "heads": manifest.heads, "entries": manifest.entries},
    )


def head() -> Printed:
    """`tongchou ledger head`: the latest signed head, to be kept elsewhere, and the public keys."""
    from . import queries
    from .sequencer import key_folder

    checkpoint = queries.head()
    if checkpoint is None:
        nothing = ["账本尚无签名的树头。"], ["The ledger has no signed head yet."]
        return Printed(*nothing, {"size": 0, "head": None, "keys": []})
    keys = [str(known) for known in key_folder().trusted()]
    text = checkpoint.note.splitlines()
    return Printed(
        text,
        text,
        {"size": checkpoint.size, "root": checkpoint.root.hex(), "head": checkpoint.note, "keys": keys},
    )


def receipt(stream: str, seq: int) -> Printed:
    """`tongchou ledger receipt STREAM SEQ`: the receipt as a JSON document."""
    from . import queries

    document = queries.receipt(stream, seq).as_json()
    text = json.dumps(document, ensure_ascii=False, indent=1).splitlines()
    return Printed(text, text, document)


def check_receipt(path: Path, *, key: Path) -> Printed:
    """`python -m tongchou.ledger verify-receipt FILE --key FILE`: a receipt, no database. Raises HouseError
    if false.
    """
    checkpoint = verify_receipt(_text(path), read_keys(key))
    return Printed(
        [f"回执有效：该条在规模 {checkpoint.size:,} 的已签名树头之中。"],
        [f"The receipt holds: the entry is in the signed head of size {checkpoint.size:,}."],
        {"ok": True, "size": checkpoint.size, "root": checkpoint.root.hex()},
    )


def sequence(*, include_retired: bool = False) -> Printed:
    """`tongchou ledger sequence`: bring what waits into the tree and sign."""
    from .sequencer import sequence as run

    done = run(include_retired=include_retired)
    return Printed(
        [f"新入树 {done.added:,} 条，规模 {done.size:,}。"],
        [f"{done.added:,} entries added, size {done.size:,}."],
        {"added": done.added, "size": done.size, "root": done.root.hex(), "head": done.note},
    )


def rotate_key() -> Printed:
    """`tongchou ledger rotate-key`: sign with a new key from now on; the change is recorded. Old heads stay
    valid.
    """
    from .journal import record
    from .sequencer import key_folder

    old, new = key_folder().rotate()
    record("ledger.key_rotated", {"old_key": old.id if old else "", "new_key": new.id})
    return Printed(
        [f"已更换签名密钥，新公钥：{new}", "请把新公钥交给审计方与见证方。"],
        [f"The signing key was changed; the new public key: {new}", "Hand it to auditors and witnesses."],
        {"old": str(old) if old else None, "new": str(new)},
    )


def read_head(path: Path, keys: Sequence[VerifierKey]) -> Checkpoint:
    """A head kept elsewhere. Raises HouseError `ledger.head_unreadable` unless one of `keys` signed it."""
    try:
        return open_checkpoint(_text(path), keys)
    except BadNote as bad:
        raise problem(
            "head_unreadable",
            "该文件不是由本账本公钥签名的树头。",
            "The file is not a head signed with this ledger's public key.",
            "请使用 tongchou ledger head 的输出原文。",
            "Use the output of tongchou ledger head as it was.",
            f"{path}: {bad}",
        ) from None


def read_keys(path: Path) -> list[VerifierKey]:
    """Public keys from a file. Raises HouseError `ledger.key_unreadable`."""
    try:
        keys = parse_keys(_text(path))
    except BadNote as bad:
        raise _bad_key(f"{path}: {bad}") from None
    if not keys:
        raise _bad_key(str(path))
    return keys


def _bad_key(where: str) -> Exception:
    return problem(
        "key_unreadable",
        "该文件不是账本公钥。",
        "The file holds no public key of a ledger.",
        "请使用账本公布的 ledger.pub。",
        "Use the ledger.pub that the ledger publishes.",
        where,
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise problem(
            "file_unreadable",
            "文件无法读取。",
            "The file cannot be read.",
            "请检查路径与权限。",
            "Check the path and its permissions.",
            f"{path}: {type(failure).__name__}",
        ) from None
