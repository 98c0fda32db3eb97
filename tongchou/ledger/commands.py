"""What `tongchou ledger …` does: plain arguments in, a report to print or to hand to machines out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .errors import problem
from .exported import last_head, verify_export
from .findings import Report
from .notes import BadNote, Checkpoint, VerifierKey, open_checkpoint, parse_keys
from .proofs import verify_growth, verify_proof
from .receipts import verify_receipt
from .watching import WitnessFolder, over_http
from .watching import witness as witness_once
from .witnessing import cosignatures


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


def verify(
    *,
    heads: Sequence[Path] = (),
    key: Path | None = None,
    witnesses: Path | None = None,
    quorum: int | None = None,
) -> Report:
    """`tongchou ledger verify [--head FILE]… [--key FILE] [--witnesses FILE] [--quorum N]`: the ledger in the
    database.
    """
    from .sequencer import key_folder
    from .verification import verify as verify_database
    from .witnesses import demand

    keys = read_keys(key) if key else key_folder().trusted()
    wanted = demand()
    if witnesses is not None:
        wanted = replace(wanted, witnesses=tuple(read_keys(witnesses)))
    if quorum is not None:
        wanted = replace(wanted, quorum=quorum)
    return verify_database(trusted=[read_head(path, keys) for path in heads], keys=keys, demand=wanted)


def verify_copy(
    folder: Path,
    *,
    heads: Sequence[Path] = (),
    key: Path | None = None,
    witnesses: Path | None = None,
    quorum: int = 0,
) -> Report:
    """`tongchou ledger verify --export DIR`, and `python -m tongchou.ledger verify-export DIR`: a copy, no
    database.
    """
    keys = read_keys(key) if key else None
    trusted: list[Checkpoint] = []
    if heads:
        believed = keys if keys is not None else read_keys(folder / "keys.txt")
        trusted = [read_head(path, believed) for path in heads]
    known = read_keys(witnesses) if witnesses is not None else None
    return verify_export(folder, keys=keys, trusted=trusted, witnesses=known, quorum=quorum)


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

    return _document(queries.receipt(stream, seq).as_json())


def check_receipt(path: Path, *, key: Path, witnesses: Path | None = None, quorum: int = 0) -> Printed:
    """`python -m tongchou.ledger verify-receipt FILE --key FILE`: a receipt, no database. Raises HouseError
    if false.
    """
    checkpoint = verify_receipt(_text(path), read_keys(key))
    names = _witnessed(checkpoint, witnesses, quorum)
    return Printed(
        [
            f"回执有效：该条在规模 {checkpoint.size:,} 的已签名树头之中。",
            *_named(names, "zh"),
        ],
        [
            f"The receipt holds: the entry is in the signed head of size {checkpoint.size:,}.",
            *_named(names, "en"),
        ],
        {"ok": True, "size": checkpoint.size, "root": checkpoint.root.hex(), "witnesses": names},
    )


def consistency(old: int, new: int) -> Printed:
    """`tongchou ledger consistency OLD NEW`: that the ledger at one head is the beginning of it at another."""
    from . import queries

    return _document(queries.growth(old, new).as_json())


def check_consistency(path: Path, *, key: Path, witnesses: Path | None = None, quorum: int = 0) -> Printed:
    """`tongchou ledger check-consistency FILE --key FILE`: such a proof, no database. Raises HouseError if false."""
    old, new = verify_growth(_text(path), read_keys(key))
    names = _witnessed(new, witnesses, quorum)
    return Printed(
        [f"证明有效：规模 {new.size:,} 的账本完整包含规模 {old.size:,} 的账本。"],
        [
            f"The proof holds: the ledger of {new.size:,} entries begins with the one of {old.size:,}, unchanged."
        ],
        {"ok": True, "old": old.size, "new": new.size, "witnesses": names},
    )


def prove(*, subject: str = "", grant: str = "", case: str = "") -> Printed:
    """`tongchou ledger prove --subject ID`: the proof of what happened. Raises HouseError when nothing was asked."""
    from .searching import Wanted
    from .searching import prove as made

    about = {what: value for what, value in (("subject", subject), ("grant", grant), ("case", case)) if value}
    if not about:
        raise problem(
            "nothing_asked",
            "没有说明要证明什么。",
            "It was not said what shall be proved.",
            "请给出 --subject、--grant 或 --case。",
            "Give --subject, --grant or --case.",
        )
    return _document(made(Wanted(about)).as_json())


def check_proof(path: Path, *, key: Path, witnesses: Path | None = None, quorum: int = 0) -> Printed:
    """`tongchou ledger check-proof FILE --key FILE`: the proof of what happened, no database. Raises HouseError
    if false.
    """
    proof, checkpoint = verify_proof(_text(path), read_keys(key))
    names = _witnessed(checkpoint, witnesses, quorum)
    told = [f"{one.at}  {one.kind}  {one.stream}/{one.seq}" for one in proof.entries]
    return Printed(
        [
            *told,
            f"证明有效：{len(told):,} 条都在规模 {checkpoint.size:,} 的已签名树头之中。",
            *_named(names, "zh"),
        ],
        [
            *told,
            f"The proof holds: all {len(told):,} entries are in the signed head of size {checkpoint.size:,}.",
            *_named(names, "en"),
        ],
        {
            "ok": True,
            "about": dict(proof.about),
            "entries": len(told),
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
            "witnesses": names,
        },
    )


def _named(names: list[str], language: str) -> list[str]:
    if not names:
        return []
    return [
        f"见证方签名：{'、'.join(names)}"
        if language == "zh"
        else f"Signed by the witnesses: {', '.join(names)}"
    ]


def _document(document: dict[str, Any]) -> Printed:
    text = json.dumps(document, ensure_ascii=False, indent=1).splitlines()
    return Printed(text, text, document)


def _witnessed(checkpoint: Checkpoint, witnesses: Path | None, quorum: int) -> list[str]:
    """The witnesses who signed the head. Raises HouseError `ledger.too_few_witnesses`."""
    try:
        held, wrong = cosignatures(checkpoint.note, read_keys(witnesses) if witnesses else [])
    except BadNote:
        held, wrong = [], []
    names = sorted({one.key.name for one in held})
    if wrong or len(names) < quorum:
        raise problem(
            "too_few_witnesses",
            f"该树头有 {len(names)} 个见证方的有效签名，要求 {quorum} 个。",
            f"The head bears valid signatures of {len(names)} witnesses; {quorum} are demanded.",
            "请取一份在见证之后作出的证明。",
            "Ask for a proof made after the witnesses signed.",
            ", ".join(wrong),
        )
    return names


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

    changed = key_folder().rotate()
    for old, new in changed:
        record("ledger.key_rotated", {"old_key": old.id if old else "", "new_key": new.id})
    keys = [str(new) for _, new in changed]
    return Printed(
        [*(f"已更换签名密钥，新公钥：{key}" for key in keys), "请把新公钥交给审计方与见证方。"],
        [
            *(f"The signing key was changed; the new public key: {key}" for key in keys),
            "Hand it to auditors and witnesses.",
        ],
        {"old": [str(old) for old, _ in changed if old], "new": keys},
    )


def accept_loss() -> Printed:
    """`tongchou ledger accept-loss`: after a restored backup, sign on from what is there; the loss is recorded."""
    from .journal import record
    from .sequencer import accept_loss as accept

    before, now = accept()
    record("ledger.loss_accepted", {"size_before": before, "size": now})
    return Printed(
        [f"已记录：曾签名 {before:,} 条，今自 {now:,} 条续签。请告知监督方与见证方。"],
        [
            f"On record: {before:,} entries had been signed; signing goes on from {now:,}. Tell auditors and witnesses."
        ],
        {"size_before": before, "size": now},
    )


def witness(*, of: str, state: Path, name: str = "", key: Path | None = None) -> Printed:
    """`tongchou ledger witness --of URL`: sign another node's head if it grew from the one signed last. Raises
    SplitView when it did not.
    """
    folder = WitnessFolder(state)
    done = witness_once(over_http(of), folder, name=name, key=key)
    before = done.before if done.before is not None else 0
    return Printed(
        [f"已见证：账本自 {before:,} 条增至 {done.size:,} 条，签名已送达并保存在 {folder.last}。"],
        [
            f"Witnessed: the ledger grew from {before:,} to {done.size:,} entries; signed, sent, kept in {folder.last}."
        ],
        {"before": done.before, "size": done.size, "key": folder.public.read_text(encoding="utf-8").strip()},
    )


def witness_key(*, state: Path, name: str) -> Printed:
    """`tongchou ledger witness-key --name NAME`: make a witness's key and say its public half."""
    public = str(WitnessFolder(state).signer(name).verifier)
    return Printed([public], [public], {"key": public})


def read_head(path: Path, keys: Sequence[VerifierKey]) -> Checkpoint:
    """A head kept elsewhere: its file, a witness's, or the folder of an exported copy (its last head).

    Raises HouseError `ledger.head_unreadable` unless one of `keys` signed it.
    """
    try:
        return open_checkpoint(last_head(path) if path.is_dir() else _text(path), keys)
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
