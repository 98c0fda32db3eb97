"""Traditional characters folded to simplified ones, one for one, for comparing and finding. Never for storing."""

from __future__ import annotations

import functools
from importlib import resources


@functools.cache
def simplifications() -> dict[int, str]:
    """Traditional character → its simplified form, as `str.translate` takes it.

    Source: OpenCC's TSCharacters (Apache-2.0), the first form where several are given.
    """
    text = resources.files("opencc").joinpath("dictionary/TSCharacters.txt").read_text(encoding="utf-8")
    table = {}
    for line in text.splitlines():
        traditional, _, forms = line.partition("\t")
        if len(traditional) == 1 and forms:
            table[ord(traditional)] = forms.split(" ")[0]
    return table


def simplified(text: str) -> str:
    """`text` with every traditional character replaced by its simplified form; the length stays."""
    return text.translate(simplifications())
