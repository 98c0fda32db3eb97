"""What a person sees of their own file, decided on plain values. Pure.

Their own values are plain: nobody is protected from themselves. Masked, as for anybody, stays
- what a record says of somebody else (a guardian, the head of a relief household): a field of a name, a number or a
  phone that does not describe the record's own subject;
- every record that was joined by likeness alone, or bears another identity number: it may be somebody else's.
Of closed resources (不予共享) only the title is shown.
"""

from __future__ import annotations

from tongchou.standards import masking
from tongchou.standards.documents import reference_of, size_told
from tongchou.standards.elements import element

from .rules import Shown

#: Elements that tell who somebody is; a field of one without a part in "who the subject is" is about another.
OF_PERSONS_ELEMENTS = frozenset({"person_name", "id_number", "passport_number", "mobile", "phone", "email"})
#: Parts of "who the subject is" that name somebody else.
OTHERS = frozenset(
    {
        "guardian_name", "mother_name", "father_name", "guardian_id_number", "mother_id_number", "father_id_number",
        "legal_representative",
    }
)  # fmt: skip


def is_about_another(element_code: str, attribute: str) -> bool:
    """Whether a field of somebody's record is about another person."""
    return attribute in OTHERS or (not attribute and element_code in OF_PERSONS_ELEMENTS)


def is_surely_own(*, bears_number: bool | None, how: str) -> bool:
    """Whether a record is the person's own beyond doubt. bears_number: whether the identity number in it is the one
    that was checked; None when it has none. how: why it was linked ("number", "judgement", "probability", "single")."""
    return how == "judgement" if bears_number is None else bears_number


def shown(value: str, *, element_code: str, attribute: str, grade: int, sure: bool) -> Shown:
    """A value as the person sees it; of a document its form and size."""
    reference = reference_of(value) if element_code == "document" else None
    if reference is not None:
        return Shown(f"{reference.form.upper()} · {size_told(reference.size)}", False)
    if sure and not is_about_another(element_code, attribute):
        return Shown(value, False)
    mask = element(element_code).mask
    text = masking.mask(
        value, mask if is_about_another(element_code, attribute) else masking.mask_for(grade, mask)
    )
    return Shown(text, text != value)
