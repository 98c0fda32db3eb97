"""Connectors are folders, all alike; a pack may name each of them and nothing else."""

from __future__ import annotations

import json

import pytest

from tests.house.tree import ROOMS
from tongchou.gather.sources import CONNECTORS, connector

FOLDERS = sorted(path.parent.name for path in (ROOMS / "gather" / "sources").glob("*/__init__.py"))


def test_a_pack_may_name_what_there_is() -> None:
    schema = json.loads((ROOMS / "config" / "packs" / "schemas" / "sources.json").read_text(encoding="utf-8"))
    assert sorted(schema["properties"]["connector"]["enum"]) == sorted(CONNECTORS) == FOLDERS


@pytest.mark.parametrize("code", FOLDERS)
def test_each_has_the_five_functions(code: str) -> None:
    assert all(
        callable(getattr(connector(code), name)) for name in ("check", "discover", "take", "read", "beside")
    )
