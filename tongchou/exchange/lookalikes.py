"""Invented records of the right shape, so that a grant can be seen before it is given. Pure; never a real row.

Each value is drawn from what its data element says (a number with its check character, a code of the list), the same
for the same resource every time. Identity numbers and credit codes bear a division that does not exist (440699), so that
they are nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b

from tongchou.standards import credit, expressions, identity
from tongchou.standards.codes import code_list
from tongchou.standards.errors import HouseError
from tongchou.standards.expressions import Condition, family_of

from .rows import FieldSaid, condition_of, covers, kind_of, kinds_of, literals

DIVISION = "440699"
#: So many invented records are tried to find some that a filter covers.
TRIED = 400

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高梁"
_GIVEN = "安宁和平文华志远家明思雨晓晨子涵国强秀兰建军嘉怡俊杰雅静"
_ROADS = ("示范路", "样例大道", "例证街", "模拟巷")
_COMPANIES = ("样例", "示范", "例证", "模拟")
_TRADES = ("商贸有限公司", "食品店", "科技有限公司", "建筑工程有限公司")
_TEXTS = ("示例甲", "示例乙", "示例丙", "示例丁")


@dataclass(frozen=True)
class Draw:
    """A source of numbers that gives the same ones for the same words."""

    words: str

    def below(self, count: int, *, of: str = "") -> int:
        """A whole number from 0 to count - 1."""
        return int.from_bytes(blake2b(f"{self.words}/{of}".encode(), digest_size=8).digest(), "big") % count

    def one(self, choices: Sequence[str], *, of: str = "") -> str:
        """One of the choices."""
        return choices[self.below(len(choices), of=of)]

    def digits(self, count: int, *, of: str = "") -> str:
        """So many digits."""
        return str(self.below(10**count, of=of)).zfill(count)


@dataclass(frozen=True)
class _Somebody:
    """Whom an invented row is about, so that its number, birth date and sex fit together."""

    draw: Draw
    today: date

    @property
    def born(self) -> date:
        return self.today - timedelta(days=200 + self.draw.below(85 * 365, of="born"))

    @property
    def sex(self) -> str:
        return "1" if self.draw.below(2, of="sex") else "2"

    @property
    def id_number(self) -> str:
        sequence = self.draw.below(500, of="sequence") * 2 + (self.sex == "1")
        body = f"{DIVISION}{self.born:%Y%m%d}{sequence % 1000:03}"
        return body + identity.check_character(body)


def rows_like(
    fields: Sequence[FieldSaid], *, seed: str, count: int, today: date, filter_text: str = ""
) -> list[dict[str, str | None]]:
    """Up to `count` invented records that the filter covers; fewer, or none, when it asks for what nobody can invent.

    seed: the resource's code. Values are standard ones: codes as codes, days as YYYY-MM-DD.
    """
    try:
        condition = condition_of(filter_text)
    except HouseError:
        return []
    kinds = kinds_of(fields)
    wanted = literals(condition)
    found: list[dict[str, str | None]] = []
    for number in range(TRIED):
        row = _row(fields, Draw(f"{seed}/{number}"), today, wanted, kinds, condition)
        if covers(condition, row, kinds):
            found.append(row)
        if len(found) == count:
            break
    return found


def _row(
    fields: Sequence[FieldSaid],
    draw: Draw,
    today: date,
    wanted: Mapping[str, list[str]],
    kinds: Mapping[str, str],
    condition: Condition | None,
) -> dict[str, str | None]:
    row: dict[str, str | None] = {}
    seen: set[str] = set()
    asked = expressions.names(condition) if condition is not None else frozenset()
    for each in fields:
        # A second name or number in a row is another person's.
        own = Draw(f"{draw.words}/{each.name}") if each.element in seen else draw
        seen.add(each.element)
        row[each.name] = value_of(each, own, today)
        if each.name in wanted and draw.below(4, of=f"bend {each.name}"):
            row[each.name] = _near(draw.one(wanted[each.name], of=each.name), each, kinds[each.name], draw)
        elif each.name in asked and not draw.below(3, of=f"none {each.name}"):
            row[each.name] = None  # a filter may ask for what is missing
    return row


def _near(literal: str, field: FieldSaid, kind: str, draw: Draw) -> str:
    """A value at, above or below one that a filter names."""
    step = draw.below(3, of=f"step {field.name}") - 1
    if kind == "address":
        return f"{literal}{draw.one(_ROADS, of='road')}{draw.below(90, of='house') + 1}号"
    family = family_of(kind)
    if family == "number":
        try:
            return str(int(float(literal)) + step * (draw.below(40, of=field.name) + 1))
        except (ValueError, OverflowError):
            return literal
    if family == "date":
        try:
            return (
                date.fromisoformat(literal) + timedelta(days=step * (draw.below(700, of=field.name) + 1))
            ).isoformat()
        except (ValueError, OverflowError):
            return literal
    return literal


def value_of(field: FieldSaid, draw: Draw, today: date) -> str:
    """One invented value of a field, in standard form."""
    if field.code_list:
        codes = list(code_list(field.code_list).entries)
        if field.code_list == "sex":
            return _Somebody(draw, today).sex
        # The first entries of a list are the common ones.
        return draw.one(codes[: max(2, min(8, len(codes)))], of=field.name)
    made = _BY_ELEMENT.get(field.element)
    if made is not None:
        return made(draw, today)
    by_kind = _BY_KIND.get(kind_of(field.element), _text)
    return by_kind(Draw(f"{draw.words}/{field.name}"), today)


def _name(draw: Draw, today: date) -> str:
    given = draw.one(_GIVEN, of="given") + (
        draw.one(_GIVEN, of="second") if draw.below(4, of="length") else ""
    )
    return draw.one(_SURNAMES, of="surname") + given


def _day(draw: Draw, today: date) -> str:
    return (today - timedelta(days=draw.below(10 * 365, of="day"))).isoformat()


def _text(draw: Draw, today: date) -> str:
    return draw.one(_TEXTS, of="text")


def _address(draw: Draw, today: date) -> str:
    house = draw.below(90, of="house") + 1
    return f"样例区{draw.one(('东', '西', '南', '北'), of='street')}街道{draw.one(_ROADS, of='road')}{house}号{house % 6 + 1}栋"


def _company(draw: Draw, today: date) -> str:
    return draw.one(_COMPANIES, of="company") + draw.one(_GIVEN, of="given") + draw.one(_TRADES, of="trade")


def _credit_code(draw: Draw, today: date) -> str:
    organisation = draw.digits(8, of="organisation")
    body = f"91{DIVISION}{organisation}{credit.organisation_check_character(organisation)}"
    return body + credit.check_character(body)


def _organisation_code(draw: Draw, today: date) -> str:
    body = draw.digits(8, of="organisation")
    return body + credit.organisation_check_character(body)


def _plate(draw: Draw, today: date) -> str:
    return "粤E" + draw.one("ABCDEFGH", of="letter") + draw.digits(4, of="plate")


def _coordinate(whole: int) -> Callable[[Draw, date], str]:
    return lambda draw, today: f"{whole}.{draw.digits(6, of='coordinate')}"


_BY_ELEMENT: Mapping[str, Callable[[Draw, date], str]] = {
    "person_name": _name,
    "former_name": _name,
    "id_number": lambda draw, today: _Somebody(draw, today).id_number,
    "id_document_number": lambda draw, today: _Somebody(draw, today).id_number,
    "disability_certificate": lambda draw, today: _Somebody(draw, today).id_number + "43",
    "passport_number": lambda draw, today: "E0" + draw.digits(7, of="passport"),
    "birth_date": lambda draw, today: _Somebody(draw, today).born.isoformat(),
    "age": lambda draw, today: str((today - _Somebody(draw, today).born).days // 365),
    "mobile": lambda draw, today: "13800000" + draw.digits(3, of="phone"),
    "phone": lambda draw, today: "13800000" + draw.digits(3, of="phone"),
    "email": lambda draw, today: f"someone{draw.digits(2, of='mail')}@example.invalid",
    "bank_account": lambda draw, today: "622200" + draw.digits(13, of="account"),
    "household_number": lambda draw, today: draw.digits(9, of="household"),
    "uscc": _credit_code,
    "organisation_code": _organisation_code,
    "registration_number": lambda draw, today: DIVISION + draw.digits(9, of="registration"),
    "organisation_name": _company,
    "industry_code": lambda draw, today: draw.one(("5212", "6210", "2614", "7910"), of="industry"),
    "division_code": lambda draw, today: DIVISION,
    "postcode": lambda draw, today: "528" + draw.digits(3, of="postcode"),
    "longitude": _coordinate(113),
    "latitude": _coordinate(23),
    "vehicle_plate": _plate,
    "vin": lambda draw, today: "LSL" + draw.digits(14, of="vin"),
    "month": lambda draw, today: _day(draw, today)[:7],
    "year": lambda draw, today: _day(draw, today)[:4],
    "timestamp": lambda draw, today: _day(draw, today) + "T09:30:00",
    "decimal": lambda draw, today: f"{draw.below(1000, of='number')}.{draw.below(9, of='part') + 1}",
    "area_m2": lambda draw, today: f"{40 + draw.below(120, of='area')}.{draw.below(9, of='part') + 1}",
    "amount_yuan": lambda draw, today: f"{600 + draw.below(15_000, of='amount')}",
    "integer": lambda draw, today: str(draw.below(9, of="number") + 1),
    "identifier": lambda draw, today: "SL" + draw.digits(6, of="identifier"),
    "code": lambda draw, today: draw.digits(2, of="code"),
    "url": lambda draw, today: f"https://example.invalid/{draw.digits(3, of='url')}",
}

_BY_KIND: Mapping[str, Callable[[Draw, date], str]] = {
    "name": _name,
    "date": _day,
    "number": lambda draw, today: str(draw.below(900, of="number") + 10),
    "identifier": lambda draw, today: "SL" + draw.digits(8, of="identifier"),
    "phone": lambda draw, today: "13800000" + draw.digits(3, of="phone"),
    "address": _address,
    "coordinate": _coordinate(113),
}
