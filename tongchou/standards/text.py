"""Text in the two languages of the house, for rooms that must not know Django.

Screens translate with gettext; pure code (rules, checks, comparisons) carries both languages in one value and
lets whoever shows it choose.
"""

from __future__ import annotations

from typing import NamedTuple


class Text(NamedTuple):
    """A sentence or label in Chinese and in English, both complete."""

    zh: str
    en: str

    def say(self, language: str) -> str:
        """The text in `language`; anything but English ("en", "en-gb", …) is answered in Chinese."""
        return self.en if language.lower().startswith("en") else self.zh

    def fill(self, **values: object) -> Text:
        """Both languages with `{name}` replaced by `values`; the values must not be personal data."""
        return Text(self.zh.format(**values), self.en.format(**values))

    @classmethod
    def of(cls, value: object) -> Text:
        """A Text from what a pack may write: a plain string (both languages) or a mapping with zh and en."""
        if isinstance(value, Text):
            return value
        if isinstance(value, dict):
            zh = str(value.get("zh") or value.get("en") or "")
            return cls(zh, str(value.get("en") or zh))
        return cls(str(value), str(value))
