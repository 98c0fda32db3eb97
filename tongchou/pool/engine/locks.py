"""Locks that die with their holder: one writer per resource, and proof that whoever claimed a piece of work still lives."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text


class Lock:
    """A lock that is held. The operating system's (flock): it ends with `release` or with the process, however it ends."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    def release(self) -> None:
        """Let it go; a second call does nothing."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def try_lock(file: Path) -> Lock | None:
    """Take the lock of that name, which is a file made on first use and never removed; None while another holds it.

    Two holders exclude each other within one process as between processes.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    except OSError:
        os.close(handle)
        raise
    return Lock(handle)


@contextmanager
def writing(data_root: Path, resource: str, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the right to write the log of `resource` while the block runs.

    A killed process holds nothing. Raises HouseError "gather.resource_busy" when another load still holds it after
    `wait_seconds`.
    """
    file = data_root / "pool" / "locks" / f"{resource}.lock"
    give_up_at = time.monotonic() + wait_seconds
    while (lock := try_lock(file)) is None:
        if time.monotonic() >= give_up_at:
            raise HouseError(
                "gather.resource_busy",
                Text("该资源正在入库另一批次。", "Another delivery of this resource is being loaded."),
                Text("请等它完成后重试。", "Try again when it has finished."),
                resource,
            )
        time.sleep(0.05)
    try:
        yield
    finally:
        lock.release()
