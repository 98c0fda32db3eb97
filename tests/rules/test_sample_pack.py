"""The packs `core` and `sample` agree with themselves and with the files the generator writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.rules.sample_reading import headings_of
from tongchou.accounts.permissions import PERMISSIONS
from tongchou.sample import generate
from tongchou.sample.delivery import FORMATS, SYSTEMS
from tongchou.sample.places import COMMUNITIES, TOWNS
from tongchou.standards.elements import ELEMENTS

PACKS = Path(__file__).resolve().parents[2] / "packs"
SAMPLE = PACKS / "sample"
ROLES_OF_FIELDS = {
    "none", "name", "guardian_name", "guardian_id_number", "mother_name", "mother_id_number", "father_name",
    "father_id_number", "household", "phone", "legal_representative", "place", "community", "longitude", "latitude",
}  # fmt: skip


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


RESOURCES: dict[str, dict[str, Any]] = {
    path.stem: load(path) for path in sorted((SAMPLE / "resources").glob("*.yaml"))
}
ORGANISATIONS = {row["code"]: row for row in load(SAMPLE / "organisations.yaml")}
SOURCES = {row["code"]: row for row in load(SAMPLE / "sources.yaml")}
ROLES = {row["code"]: row for row in load(PACKS / "core" / "roles.yaml")}
PURPOSES = {row["code"]: row for row in load(PACKS / "core" / "purposes.yaml")}
GRANTS = load(SAMPLE / "grants.yaml")
ACCOUNTS = load(SAMPLE / "accounts.yaml")
CLIENTS = load(SAMPLE / "clients.yaml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(out=tmp_path_factory.mktemp("sample"), people=6000, seed=3).out


def both(text: Any) -> None:
    assert set(text) == {"zh", "en"}
    assert text["zh"].strip()
    assert text["en"].strip()


def every_key(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value, *(key for part in value.values() for key in every_key(part))]
    return [key for part in value for key in every_key(part)] if isinstance(value, list) else []


@pytest.mark.parametrize(
    "path", sorted(PACKS.glob("core/*.yaml")) + sorted(SAMPLE.rglob("*.yaml")), ids=lambda path: path.name
)
def test_no_key_turns_into_a_truth_value(path: Path) -> None:
    assert all(isinstance(key, str) for key in every_key(load(path)))


@pytest.mark.parametrize("code", RESOURCES)
def test_a_resource_is_whole(code: str) -> None:
    resource = RESOURCES[code]
    assert resource["code"] == code
    both(resource["name"])
    both(resource["abstract"])
    assert resource["organisation"] in ORGANISATIONS
    assert resource["share_class"] in ("unconditional", "conditional", "closed")
    assert resource["cycle"] in ("realtime", "daily", "weekly", "monthly", "quarterly", "yearly", "once")
    kinds = {"person": "people", "enterprise": "enterprises", "place": "places", "none": None}
    assert resource.get("population") == kinds[resource["subject"]]
    assert resource["source"]["mode"] in ("full", "increment")
    assert SOURCES[resource["source"]["code"]]["organisation"] == resource["organisation"]
    names = [field["name"] for field in resource["fields"]]
    assert len(set(names)) == len(names)
    assert set(resource["key"]) <= set(names)
    fields = {field["name"]: field for field in resource["fields"]}
    assert all(fields[name].get("required") for name in resource["key"])
    for field in resource["fields"]:
        both(field["label"])
        assert field["element"] in ELEMENTS
        assert field["columns"]
        assert field.get("on_failure", "quarantine") in ("quarantine", "keep")
        assert field.get("role", "none") in ROLES_OF_FIELDS
    if "timeline" in resource:
        assert fields[resource["timeline"]["on"]]["element"] in ("date", "birth_date")
    if "valid_from" in resource["source"]:
        assert fields[resource["source"]["valid_from"]]["element"] == "date"


@pytest.mark.parametrize("code", RESOURCES)
def test_one_field_at_most_feeds_each_linkage_column(code: str) -> None:
    by_default = {
        "person_name": "name",
        "id_number": "id_number",
        "birth_date": "birth_date",
        "sex": "sex",
        "mobile": "phone",
        "phone": "phone",
        "address": "address",
        "uscc": "uscc",
        "organisation_name": "name",
    }
    fed = [field.get("role", by_default.get(field["element"], "none")) for field in RESOURCES[code]["fields"]]
    fed = [column for column in fed if column != "none"]
    assert len(set(fed)) == len(fed)


@pytest.mark.parametrize("code", sorted(set(RESOURCES) - {"water.meters"}))
def test_columns_are_those_the_generator_writes(code: str, folder: Path) -> None:
    resource = RESOURCES[code]
    source = SOURCES[resource["source"]["code"]]
    settings, locator = (
        source["settings"]["path"].removeprefix("{sample_path}/"),
        resource["source"]["locator"],
    )
    pattern = settings if source["connector"] == "sqlite" else f"{settings}/{locator['file']}"
    if source["connector"] == "sqlite":
        assert locator["table"] == FORMATS[code].table
    written = headings_of(folder, code, pattern)
    for field in resource["fields"]:
        assert written & set(field["columns"]), field["name"]
    assert written == {
        column for field in resource["fields"] for column in field["columns"] if column in written
    }


def test_every_resource_written_is_catalogued() -> None:
    assert set(RESOURCES) == {*FORMATS, "water.meters"}
    working = {code for code, source in SOURCES.items() if source["connector"] != "broken"}
    assert working == set(SYSTEMS)
    assert len(SOURCES) == 25


def test_organisations_are_a_tree() -> None:
    for code, row in ORGANISATIONS.items():
        both(row["name"])
        seen, at = set(), code
        while at != "gov":
            assert at not in seen
            seen.add(at)
            at = ORGANISATIONS[at]["parent"]
    names = {row["name"]["zh"] for row in ORGANISATIONS.values()}
    assert {*TOWNS, *COMMUNITIES} <= names


def test_roles_hold_known_permissions() -> None:
    for role in ROLES.values():
        both(role["name"])
        assert set(role["permissions"]) <= set(PERMISSIONS)
        assert role["desk"]
    assert set().union(*(role["permissions"] for role in ROLES.values())) == set(PERMISSIONS)
    # Who manages accounts reads nobody; who audits the ledger neither reads nor changes anything.
    assert not {"dossier.read", "dossier.reveal"} & set(ROLES["administrator"]["permissions"])
    assert not {"dossier.read", "grants.manage", "gather.run"} & set(ROLES["auditor"]["permissions"])
    assert "ledger.audit" not in ROLES["steward"]["permissions"]


def test_there_is_an_account_for_every_role() -> None:
    held = set()
    for account in ACCOUNTS:
        both(account["name"])
        assert len(account["password"]) >= 14
        for membership in account["memberships"]:
            assert membership["organisation"] in ORGANISATIONS
            held.add(membership["role"])
    assert held == set(ROLES) - {"system"}, "systems act as clients, with keys of their own"
    assert len({account["username"] for account in ACCOUNTS}) == len(ACCOUNTS)


def test_grants_name_what_exists_and_nothing_closed() -> None:
    codes = [grant["code"] for grant in GRANTS]
    assert len(set(codes)) == len(codes)
    for grant in GRANTS:
        resource = RESOURCES[grant["resource"]]
        fields = {field["name"] for field in resource["fields"]}
        assert resource["share_class"] != "closed"
        assert grant["organisation"] in ORGANISATIONS
        assert grant["role"] in ROLES
        assert set(grant["purposes"]) <= set(PURPOSES)
        assert set(grant.get("unmasked", [])) <= fields
        assert grant["fields"] == "*" or set(grant["fields"]) <= fields
    holders = {
        (account["memberships"][0]["role"], account["memberships"][0]["organisation"]) for account in ACCOUNTS
    } | {(client["role"], client["organisation"]) for client in CLIENTS}
    assert {(grant["role"], grant["organisation"]) for grant in GRANTS} <= holders
