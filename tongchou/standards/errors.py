"""The one shape of an error a user may see: what happened, to which identifier, what to do next."""

from __future__ import annotations

from .text import Text


class HouseError(Exception):
    """An expected failure with a code, told in both languages.

    code: stable, dotted, e.g. "gather.file_unreadable"; listed in the reference of error codes.
    what: what happened. next: what the reader can do about it.
    where: the identifier it happened to (resource code, file and line, setting name); never a personal value.
    """

    def __init__(self, code: str, what: Text, next: Text, where: str = "") -> None:
        self.code = code
        self.what = what
        self.next = next
        self.where = where
        super().__init__(self.say("en"))

    def say(self, language: str) -> str:
        """One line for a person: where, what, what next."""
        place = f"{self.where}: " if self.where else ""
        if language.lower().startswith("en"):
            return f"{place}{self.what.en} {self.next.en} [{self.code}]"
        return f"{place}{self.what.zh}{self.next.zh}〔{self.code}〕"

    def as_problem(self, language: str, status: int = 400) -> dict[str, object]:
        """The error as an RFC 9457 problem document."""
        return {
            "type": f"urn:tongchou:error:{self.code}",
            "title": self.what.say(language),
            "detail": self.next.say(language),
            "status": status,
            "code": self.code,
            "where": self.where,
        }
