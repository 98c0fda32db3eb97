"""The raw layer 贴源: the bytes as delivered, stored once under the digest of their content."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

MARK = ".cut"
"""Beside a kept file out of which rows were cut (`gather.cutting`): its bytes are no longer those delivered."""

_ENDING = re.compile(r"(\.[A-Za-z0-9]{1,8}){1,2}$")


def digest_of(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hexadecimal characters."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def keep(data_root: Path, path: Path, name: str | None = None) -> tuple[str, Path]:
    """Copy a delivered file into `<data_root>/pool/raw/`, unless its bytes are there already.

    name: what it was called, of which only the ending is kept; names may hold personal data. Returns
    (SHA-256, path in the raw layer). The copy is complete or absent, whenever the process dies. It is a
    copy, never a hard link: a department that overwrites its file in place must not change what it
    delivered.
    """
    ending = _ENDING.search(name or path.name)
    folder = data_root / "pool" / "raw"
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".taking-{os.getpid()}-{os.urandom(4).hex()}"
    try:
        before = _state(path)
        # The kernel copies: a loop here clears a fresh page for every page it moves, and takes thrice as long.
        shutil.copyfile(path, unfinished)
        # Digested is the copy, whatever happens to the source; meanwhile the disk takes it in.
        with ThreadPoolExecutor(1, thread_name_prefix="sync") as other:
            synced = other.submit(_sync, unfinished)
            digest = digest_of(unfinished)
            synced.result()
        changed = _state(path) != before
    except OSError as trouble:
        unfinished.unlink(missing_ok=True)
        raise HouseError(
            "gather.file_unreadable",
            Text("文件无法读取。", "The file cannot be read."),
            Text(
                "请检查文件是否存在、是否有读取权限、磁盘是否已满。",
                "Check that it exists, that it may be read, and that the disk is not full.",
            ),
            path.name,
        ) from trouble
    if changed:
        # Somebody is writing it: its second half would be missed, and in a full delivery count as ended.
        unfinished.unlink()
        raise HouseError(
            "gather.file_changing",
            Text(
                "文件在读取时仍在变化，没有入库。",
                "The file changed while it was read; nothing of it was taken in.",
            ),
            Text(
                "请等文件写完；下次运行会重新读取。也可先用别的名字写，写完再改名。",
                "Wait until it is written; the next run takes it. Or write it under another name and rename it when it is whole.",
            ),
            path.name,
        )
    kept = folder / digest[:2] / (digest + (ending.group(0).lower() if ending else ""))
    if kept.exists():
        unfinished.unlink()
    else:
        kept.parent.mkdir(exist_ok=True)
        os.chmod(unfinished, 0o440)
        os.replace(unfinished, kept)
    return digest, kept


def kept(data_root: Path, digest: str) -> Path | None:
    """The kept file of that digest; None when it is not there any more."""
    found = sorted((data_root / "pool" / "raw" / digest[:2]).glob(f"{digest}*")) if digest else []
    return next((each for each in found if not each.name.endswith(MARK)), None)


def is_cut(file: Path) -> bool:
    """Whether rows were cut out of a kept file since it was delivered."""
    return file.with_name(file.name + MARK).exists()


def sweep_unfinished(data_root: Path) -> None:
    """Remove what processes that died left half-copied or spilled: it may hold anybody's data."""
    left = [*(data_root / "pool" / "raw").glob(".taking-*"), *(data_root / "tmp").glob("duckdb-*")]
    for each in left:
        process = each.name.split("-")[1]
        if process.isdigit() and not Path(f"/proc/{process}").exists():
            shutil.rmtree(each, ignore_errors=True) if each.is_dir() else each.unlink(missing_ok=True)


def _state(path: Path) -> tuple[int, int]:
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def _sync(path: Path) -> None:
    """Return when the file's bytes are on the disk."""
    with path.open("rb") as written:
        os.fsync(written.fileno())
