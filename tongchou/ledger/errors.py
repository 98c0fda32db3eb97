"""What can go wrong in the ledger, in the one shape of the house."""

from __future__ import annotations

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text


class LedgerUnavailable(HouseError):
    """The entry could not be committed, so nothing may be answered. `reason` is a technical cause, without
    values.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(
            "ledger.unavailable",
            Text(
                "存证账本暂时无法写入，本次操作未执行。",
                "The ledger cannot be written, so nothing was answered.",
            ),
            Text(
                f"请稍后重试；若持续出现，请管理员检查数据库与磁盘空间（{reason}）。",
                f"Try again in a moment; if it persists, have the database and the disk checked ({reason}).",
            ),
        )


class AppendInsideTransaction(RuntimeError):
    """A programming error: `append` inside an open SQLite transaction, which would wait for itself."""

    def __init__(self) -> None:
        super().__init__(
            "ledger append() was called inside an open transaction on SQLite. The entry is committed by "
            "another connection, which would wait for this transaction's lock while this transaction waits "
            "for the entry. Append before opening the transaction or after leaving it, or write the entry "
            "with record(), which is part of the caller's transaction."
        )


class UnknownEvent(ValueError):
    """A programming error: the kind is not in the vocabulary, or the body has a key or value it does not
    allow.
    """


def problem(code: str, zh: str, en: str, next_zh: str, next_en: str, where: str = "") -> HouseError:
    """A HouseError of the ledger; `code` without the room's name, the sentences in both languages."""
    return HouseError(f"ledger.{code}", Text(zh, en), Text(next_zh, next_en), where)
