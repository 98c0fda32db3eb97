"""Words of citizens at rest: what they say, their evidence, and what they are told, sealed with the installation's key.

They are bound to the number of what they belong to, so that two rows' words cannot be exchanged unnoticed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from tongchou.accounts.sealing import seal, unseal
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

LONGEST = 2000


def close(number: str, words: Mapping[str, str]) -> bytes:
    """Sealed words."""
    return seal(f"words:{number}", json.dumps(dict(words), ensure_ascii=False).encode())


def open_words(number: str, sealed: bytes | memoryview) -> dict[str, str]:
    """The words; none when the person they are about was erased.

    Raises HouseError "accounts.sealed_damaged" when they were altered or belong to another number.
    """
    if not bytes(sealed):
        return {}
    told: dict[str, str] = json.loads(unseal(f"words:{number}", bytes(sealed)))
    return told


def checked(text: str, *, needed: bool, what: Text) -> str:
    """A text somebody typed, without blanks around it. Raises HouseError "exchange.words_needed" or ".words_too_long"."""
    clean = text.replace("\x00", "").strip()
    if needed and not clean:
        raise HouseError(
            "exchange.words_needed",
            Text(f"没有填写{what.zh}。", f"Nothing was said under “{what.en}”."),
            Text("请填写后提交。", "Fill it in and send again."),
        )
    if len(clean) > LONGEST:
        raise HouseError(
            "exchange.words_too_long",
            Text(f"{what.zh}超过 {LONGEST} 字。", f"“{what.en}” has more than {LONGEST} characters."),
            Text("请写得简短些。", "Say it in fewer words."),
        )
    return clean
