"""What the pages of the specification share: a head, two languages in one cell, a weight, yes and no."""

from __future__ import annotations

from tongchou.standards.text import Text

Row = dict[str, str]


def head(title: str, file: str, about: str) -> str:
    """The beginning of a page made from one file of `tests/spec`."""
    return (
        f"# {title}\n\n{about} Every line is a test ([`{file}`](../../tests/spec/{file})); what stands beside it is what "
        "the product says now, in the words of its screens.\n"
    )


def both(text: Text) -> str:
    """Both languages in one cell of a table."""
    return f"{text.zh}<br>{text.en}" if text.zh else ""


def bits(number: float) -> str:
    """A weight."""
    return f"{number:+.1f}"


def yes(answer: bool) -> str:
    """An answer that meets the eye."""
    return "● 是 yes" if answer else "否 no"
