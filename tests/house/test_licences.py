"""Nothing that is installed to run Tongchou is under the GPL or AGPL."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).resolve().parents[2]
#: LGPL and classpath-like exceptions are not meant; psycopg (optional, for PostgreSQL) is LGPL-3.0.
REFUSED = re.compile(r"(?<!L)(?<!Lesser )\bA?GPL|Affero|GNU General Public", re.I)


def required() -> list[str]:
    """The distributions that running Tongchou needs, all the way down."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [
        Requirement(text)
        for text in [
            *project["dependencies"],
            *project["optional-dependencies"]["postgres"],
            *project["optional-dependencies"]["sm"],
        ]
    ]
    found: set[str] = set()
    while waiting:
        requirement = waiting.pop()
        name = requirement.name.lower().replace("_", "-")
        if name in found or (requirement.marker and not _applies(requirement)):
            continue
        try:
            needs = metadata.requires(requirement.name) or []
        except metadata.PackageNotFoundError:
            continue
        found.add(name)
        waiting += [Requirement(text) for text in needs]
    return sorted(found)


def _applies(requirement: Requirement) -> bool:
    assert requirement.marker is not None
    return requirement.marker.evaluate({"extra": ""}) or (
        requirement.name.startswith("psycopg") and requirement.marker.evaluate({"extra": "binary"})
    )


def licence_of(name: str) -> str:
    """What a distribution says of its licence."""
    about = metadata.metadata(name)
    classifiers = [one for one in about.get_all("Classifier") or [] if one.startswith("License")]
    first = (about.get("License") or "").strip().splitlines()[:1]
    return " ".join([about.get("License-Expression") or "", *first, *classifiers])


def test_the_list_is_not_empty() -> None:
    assert {"django", "duckdb", "deltalake"} <= set(required())


@pytest.mark.parametrize("name", required())
def test_no_gpl(name: str) -> None:
    licence = licence_of(name).replace("Lesser General Public", "LGPL").replace("LGPL-", "LGPL ")
    choices = re.split(r"\bOR\b", licence)
    assert not all(REFUSED.search(choice) for choice in choices), licence
