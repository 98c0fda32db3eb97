"""A small invented district for tests of the pool and the exchange: organisations, resources, deliveries, a cast.

Deliveries are written through the record log itself; nothing is faked. Numbers are invented and valid.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from tests.prepared import prepare
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Membership, Organisation, Role, User
from tongchou.accounts.permissions import PERMISSIONS
from tongchou.catalogue.models import Resource, ResourceField
from tongchou.exchange.models import Grant, Purpose
from tongchou.pool.engine.connection import connect
from tongchou.pool.engine.connection import name as quoted
from tongchou.pool.engine.log import DeliveryNote, RecordLog, digest_sql
from tongchou.pool.models import LinkRun, Population
from tongchou.standards.elements import element

#: Permissions of each role of the cast.
CAST = {
    "steward": ("desk.open", "links.review", "links.judge", "catalogue.view", "gather.view",
                "grants.view", "grants.manage", "ledger.view"),
    "officer": ("desk.open", "catalogue.view", "grants.view", "grants.manage"),
    "clerk": ("desk.open", "dossier.search", "dossier.read", "dossier.reveal", "grants.view", "api.use",
              "exchange.export", "exchange.subscribe", "exchange.aggregate"),
    "auditor": ("desk.open", "ledger.view", "ledger.audit", "grants.view"),
    "outsider": ("desk.open",),
}  # fmt: skip

FAR = date(2099, 12, 31)

FIELDS: dict[str, list[tuple[str, str, str]]] = {
    "ps.residents": [
        ("record_no", "identifier", ""),
        ("name", "person_name", "name"),
        ("id_number", "id_number", "id_number"),
        ("birth_date", "birth_date", "birth_date"),
        ("sex", "sex", "sex"),
        ("address", "address", "address"),
        ("moved_in_on", "date", ""),
    ],
    "hr.insured": [
        ("insured_no", "identifier", ""),
        ("name", "person_name", "name"),
        ("id_number", "id_number", "id_number"),
        ("birth_date", "birth_date", "birth_date"),
        ("phone", "mobile", "phone"),
        ("wage", "amount_yuan", ""),
    ],
    "health.patients": [
        ("card_no", "identifier", ""),
        ("name", "person_name", "name"),
        ("birth_date", "birth_date", "birth_date"),
        ("phone", "mobile", "phone"),
        ("diagnosis", "health_status", ""),
    ],
}

Row = Mapping[str, str | None]


def organisations() -> dict[str, Organisation]:
    """The district: a bureau, three departments, a hall, an audit office."""
    made: dict[str, Organisation] = {}
    for code, name, kind, parent in (
        ("gov", "区政府", "government", None),
        ("data", "数据统筹局", "bureau", "gov"),
        ("ps", "公安分局", "department", "gov"),
        ("hr", "人社局", "department", "gov"),
        ("health", "卫健局", "department", "gov"),
        ("hall", "行政服务中心", "hall", "gov"),
        ("hall2", "镇服务中心", "hall", "hall"),
        ("audit", "审计局", "department", "gov"),
    ):
        made[code], _ = Organisation.objects.get_or_create(
            code=code,
            defaults={"name": name, "name_en": code.title(), "kind": kind, "level": "district",
                      "parent": made.get(parent or "")},
        )  # fmt: skip
    return made


def cast() -> dict[str, Actor]:
    """One actor a role, each with an account; the clerk of another hall is "other_clerk"."""
    places = organisations()
    homes = {"steward": "data", "officer": "ps", "clerk": "hall", "auditor": "audit", "outsider": "health"}
    actors = {}
    for role_code, permissions in CAST.items():
        assert set(permissions) <= set(PERMISSIONS)
        role, _ = Role.objects.get_or_create(
            code=role_code, defaults={"name": role_code, "desk": role_code, "permissions": list(permissions)}
        )
        actors[role_code] = _member(role_code, role, places[homes[role_code]])
    actors["other_clerk"] = _member("other_clerk", Role.objects.get(code="clerk"), places["hall2"])
    return actors


def _member(username: str, role: Role, organisation: Organisation) -> Actor:
    user, _ = User.objects.get_or_create(username=username, defaults={"name": username, "name_en": username})
    membership, _ = Membership.objects.get_or_create(user=user, role=role, organisation=organisation)
    return Actor(
        username=username,
        name=username,
        organisation=organisation.code,
        role=role.code,
        permissions=frozenset(role.permissions),
        user_id=user.pk,
        membership_id=membership.pk,
    )


def resources(population: str = "people") -> dict[str, Resource]:
    """Three resources about people, and their population."""
    places = organisations()
    Population.objects.get_or_create(
        code=population, defaults={"kind": "person", "model": "zh_people", "authority": ["ps.residents"]}
    )
    made = {}
    for code, fields in FIELDS.items():
        resource, new = Resource.objects.get_or_create(
            code=code,
            defaults={
                "name": {"ps.residents": "户籍人口", "hr.insured": "参保人员", "health.patients": "就诊人员"}[code],
                "name_en": code, "organisation": places[code.split(".")[0]], "share_class": "conditional",
                "cycle": "daily", "subject_kind": "person", "population": population, "key": [fields[0][0]],
                "timeline": {"on": "moved_in_on", "zh": "迁入", "en": "moved in"} if code == "ps.residents" else {},
            },
        )  # fmt: skip
        if new:
            register_fields(resource, fields)
        made[code] = resource
    return made


def register_fields(resource: Resource, fields: Sequence[tuple[str, str, str]]) -> None:
    """Give a resource its fields: (name, element, role in linking), labelled and graded as their elements are."""
    for position, (name, code, role) in enumerate(fields):
        said = element(code)
        ResourceField.objects.create(
            resource=resource, name=name, label=said.label.zh, label_en=said.label.en, element=code,
            grade=said.grade, position=position, role=role,
        )  # fmt: skip


def deliver(
    code: str,
    rows: Sequence[Row],
    on: date = date(2026, 11, 1),
    *,
    number: str = "",
    failures: Mapping[str, int] | None = None,
    rules: Sequence[str] = (),
    valid_from: date | None = None,
    fields: Sequence[tuple[str, str, str]] = (),
) -> str:
    """Append a full delivery of a resource to its log; returns its number. failures: {key: bit mask}. fields: those of
    the resource, when it is none of `FIELDS`."""
    root = Path(settings.TONGCHOU_DATA)
    names = [name for name, _, _ in fields or FIELDS[code]]
    log = RecordLog(root, code, names)
    delivery = number or f"D-{code}-{len(log.deliveries()) + 1}"
    note = DeliveryNote(delivery, log.next_recorded_at(), on, "full", tuple(rules))
    keys = [row[names[0]] for row in rows]
    table = pa.table(
        {
            "_key": pa.array(keys, pa.string()),
            "_op": pa.array(["put"] * len(rows), pa.string()),
            "_valid_from": pa.array([valid_from or on] * len(rows), pa.date32()),
            "_valid_to": pa.array([None] * len(rows), pa.date32()),
            "_recorded_at": pa.array([note.recorded_at] * len(rows), pa.timestamp("us", "UTC")),
            "_failures": pa.array([(failures or {}).get(str(key), 0) for key in keys], pa.int64()),
            "_delivery": pa.array([delivery] * len(rows), pa.string()),
            "_row": pa.array(range(2, len(rows) + 2), pa.int64()),
            **{name: pa.array([row.get(name) for row in rows], pa.string()) for name in names},
        }
    )
    with tempfile.TemporaryDirectory(dir=root) as folder, connect(root) as db:
        plain, part = Path(folder) / "plain.parquet", Path(folder) / "part.parquet"
        pq.write_table(table, plain)
        digest = f"{digest_sql(log.order(), names)} AS _digest"
        system = ["_key, _op, _valid_from, _valid_to, _recorded_at", digest, "_failures, _delivery, _row"]
        columns = ", ".join([*system, *(quoted(each) for each in names)])
        db.execute(f"COPY (SELECT {columns} FROM read_parquet('{plain}')) TO '{part}' (FORMAT parquet)")
        log.append(db, parts=[part], note=note)
    return delivery


WANG = {"record_no": "R1", "name": "王小明", "id_number": "440604199005011237", "birth_date": "1990-05-01", "sex": "1",
        "address": "佛山市禅城区祖庙街道人民路12号3栋401", "moved_in_on": "2015-03-02"}  # fmt: skip
LI = {"record_no": "R2", "name": "李佳怡", "id_number": "440604198812125527", "birth_date": "1988-12-12", "sex": "2",
      "address": "佛山市禅城区石湾镇街道江湾路9号", "moved_in_on": None}  # fmt: skip
WANG_INSURED = {"insured_no": "S1", "name": "王小明", "id_number": "440604199005011237", "birth_date": "1990-05-10",
                "phone": "13800138000", "wage": "8650.5"}  # fmt: skip
WANG_PATIENT = {
    "card_no": "H1",
    "name": "王小名",
    "birth_date": "1990-05-01",
    "phone": "13800138000",
    "diagnosis": "10",
}


def gather() -> None:
    """The first deliveries of the three departments."""
    resources()
    deliver("ps.residents", [WANG, LI], date(2026, 11, 1))
    deliver("hr.insured", [WANG_INSURED], date(2026, 11, 2))
    deliver("health.patients", [WANG_PATIENT], date(2026, 11, 3))


def link_people() -> LinkRun:
    """Link the population as the house."""
    from tongchou.pool.actions.linkage import link

    return link(by=Actor.house("tests"), population=Population.objects.get(code="people"))


def linked() -> dict[str, Actor]:
    """The cast; the first deliveries of the three departments, linked."""

    def make() -> None:
        cast()
        gather()
        link_people()

    prepare("district", make, Path(settings.TONGCHOU_DATA))
    return cast()


def grant(
    resource: str,
    *,
    fields: Sequence[str] = ("*",),
    unmasked: Sequence[str] = (),
    purposes: Sequence[str] = ("relief_check",),
    until: date = FAR,
    organisation: str = "hall",
    role: str = "clerk",
    number: str = "",
) -> Grant:
    """A grant as a pack makes it."""
    made = Grant.objects.create(
        number=number or f"G-{Grant.objects.count() + 1:04d}",
        organisation=Organisation.objects.get(code=organisation),
        role=Role.objects.get(code=role),
        resource=Resource.objects.get(code=resource),
        fields=list(fields),
        unmasked=list(unmasked),
        until=until,
        granted_by="@pack",
    )
    made.purposes.set([purpose(each) for each in purposes])
    return made


def purpose(code: str) -> Purpose:
    """A purpose of that code."""
    found, _ = Purpose.objects.get_or_create(code=code, defaults={"name": f"用途 {code}", "name_en": code})
    return found


def moment(day: str) -> datetime:
    """Noon of a day, UTC."""
    return datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)
