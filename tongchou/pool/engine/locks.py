"""One writer per resource, by a lock that dies with its holder."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text


@contextmanager
def writing(data_root: Path, resource: str, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the right to write the log of `resource` while the block runs.

    The lock is the operating system's (flock): a killed process holds nothing. Raises HouseError
    "gather.resource_busy" when another load still holds it after `wait_seconds`.
    """
    folder = data_root / "pool" / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / f"{resource}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        give_up_at = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= give_up_at:
                    raise HouseError(
                        "gather.resource_busy",
                        Text(
                            "该资源正在入库另一批次。", "Another delivery of this resource is being loaded."
                        ),
                        Text("请等它完成后重试。", "Try again when it has finished."),
                        resource,
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)
