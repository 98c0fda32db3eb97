"""Departments name their fields as they like, also as the pool names its own columns."""

from __future__ import annotations

import pytest

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.catalogue.models import Resource
from tongchou.pool import links, queries
from tongchou.pool.actions.linkage import link
from tongchou.pool.models import Population

pytestmark = pytest.mark.usefixtures("data")

#: Columns of links, documents, base libraries, relations and search entries; words of SQL.
NAMES = (
    "resource", "source_key", "subject_id", "key", "op", "row", "values", "kind", "population", "shard", "number",
    "select", "version", "delivery", "failures", "vid", "ref", "other", "how", "cluster", "score", "since", "text", "v", "l",
)  # fmt: skip


def test_fields_called_as_the_pools_own_columns_come_through() -> None:
    district.gather()
    fields = [
        ("no", "identifier", ""),
        ("name", "person_name", "name"),
        ("id_number", "id_number", "id_number"),
        *((each, "text", "") for each in NAMES),
    ]
    resource = Resource.objects.create(
        code="hr.odd", name="怪", name_en="Odd", organisation=district.organisations()["ps"],
        share_class="unconditional", cycle="monthly", subject_kind="person", population="people", key=["no"],
    )  # fmt: skip
    district.register_fields(resource, fields)
    row = {
        "no": "O1", "name": district.WANG["name"], "id_number": district.WANG["id_number"],
        **{each: f"said {each}" for each in NAMES},
    }  # fmt: skip
    district.deliver("hr.odd", [row], fields=fields)
    link(by=Actor.house("tests"), population=Population.objects.get(code="people"))
    subject = links.subject_of("people", "hr.odd", "O1")
    assert subject is not None
    assert subject == links.subject_of("people", "ps.residents", "R1")
    document = queries.document(subject)
    assert document is not None
    (odd,) = [each for each in document["versions"] if each["resource"] == "hr.odd"]
    assert {each: odd["values"][each] for each in NAMES} == {each: f"said {each}" for each in NAMES}
