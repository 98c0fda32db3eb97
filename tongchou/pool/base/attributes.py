"""The attributes a base library keeps of each kind of subject, with the element that says whether a value is valid."""

from __future__ import annotations

from tongchou.standards.elements import element
from tongchou.standards.text import Text

ATTRIBUTES: dict[str, dict[str, str]] = {
    "person": {
        "name": "person_name", "id_number": "id_number", "passport_number": "passport_number",
        "birth_date": "birth_date", "sex": "sex", "ethnicity": "ethnicity", "nationality": "nationality",
        "education": "education", "phone": "phone", "address": "address",
    },
    "enterprise": {
        "name": "organisation_name", "uscc": "uscc", "legal_representative": "person_name",
        "industry": "industry", "phone": "phone", "address": "address",
    },
    "place": {
        "name": "organisation_name", "address": "address", "community": "text",
        "longitude": "longitude", "latitude": "latitude",
    },
}  # fmt: skip

#: Attributes that say more than the element they are of.
_LABELS = {
    "legal_representative": Text("法定代表人", "Legal representative"),
    "community": Text("社区", "Community"),
}

#: Elements that keep a value that failed its check, so that it must be asked again which it is.
CHECKED_AGAIN = frozenset({"id_number", "passport_number", "uscc", "phone"})

#: Attributes of which a department is asked when it says otherwise, unless the pack's rule says something else. People
#: live elsewhere than they are registered and have several phones: that is no mistake of anybody's.
DISPUTED = frozenset(
    {"name", "id_number", "passport_number", "uscc", "birth_date", "sex", "ethnicity", "legal_representative"}
)


def label_of(kind: str, attribute: str) -> Text:
    """What an attribute of a subject of a kind is called on screen."""
    code = ATTRIBUTES[kind].get(attribute)
    return _LABELS.get(attribute) or (element(code).label if code else Text(attribute, attribute))
