"""Which mask a value leaves under: that of its grade, or the one the grant sets instead. Pure.

The law of grades: 1 and 2 are shown, 3 is masked by its element's mask, 4 is hidden. A grant may always mask more. It
may mask less only for grade 3 and only when the provider says so (`policies.check_masking`); grade 4 is never shown in
a view, whatever a grant says: its plain values leave one at a time, by 显示.
"""

from __future__ import annotations

from collections.abc import Iterable

from tongchou.standards import masking

#: (stricter, weaker): what the first leaves of a value, the second leaves too. Pairs not named cannot be compared.
STRICTER = frozenset({("year", "month"), ("last_four", "id_number"), ("passport", "id_number")})


def law(grade: int, element_mask: str) -> str:
    """The mask of a field by its grade alone."""
    return masking.mask_for(grade, element_mask)


def is_at_least(mask: str, than: str) -> bool:
    """Whether `mask` hides at least what `than` hides. Two masks that cannot be compared do not."""
    return than in ("none", mask) or mask == "hide" or (mask, than) in STRICTER


def effective(grade: int, element_mask: str, chosen: str | None) -> str:
    """The mask under which a value leaves. chosen: what the grant sets for the field, None for nothing.

    A mask nobody knows hides; grade 4 stays hidden, also when the field was graded so after the grant was given.
    """
    if chosen is None:
        return law(grade, element_mask)
    if chosen not in masking.MASKS or grade >= 4:
        return "hide"
    return chosen


def weakest(found: Iterable[str]) -> str:
    """Of the masks under which several grants show one value, the one that shows most; the first of those alike."""
    held = "hide"
    for each in found:
        if held != each and is_at_least(held, each):
            held = each
    return held


def strictest(found: Iterable[str]) -> str:
    """Of several masks for one value, the one that shows least; "hide" where two cannot be compared."""
    held = "none"
    for each in found:
        if is_at_least(each, held):
            held = each
        elif not is_at_least(held, each):
            return "hide"
    return held
