"""Kinds of values: how a name, a number, a date, a home is folded and compared.

Each kind (`base.Kind`) folds distinct values once and compares arrays of them; its levels carry the
sentences a clerk reads. `KINDS` binds the name a model file uses to the kind. To add a kind, write one
module and one line here.
"""

from __future__ import annotations

from collections.abc import Mapping

from .addresses import ChineseAddress
from .base import Kind
from .dates import BirthDate
from .kin import KinNames, KinNumbers
from .names import ChineseName
from .numbers import IdentityNumber
from .organisations import CreditCode, Organisation
from .phones import Phone
from .places import PlaceAddress, Position
from .words import Code, Sex, Word, Words

KINDS: Mapping[str, Kind] = {
    "chinese_name": ChineseName(),
    "kin_names": KinNames(),
    "kin_numbers": KinNumbers(),
    "identity_number": IdentityNumber(),
    "date": BirthDate(),
    "phone": Phone(),
    "chinese_address": ChineseAddress(),
    "place_address": PlaceAddress(),
    "position": Position(),
    "word": Word(),
    "words": Words(),
    "code": Code(),
    "sex": Sex(),
    "organisation": Organisation(),
    "credit_code": CreditCode(),
}
