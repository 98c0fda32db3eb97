"""Every public function of an actions module is an action: permission checked, change and record together."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest

from tests.house.tree import ROOMS, python_files, short
from tongchou.accounts.permissions import PERMISSIONS
from tongchou.ledger import events

MODULES = [path for path in python_files() if path.stem == "actions" or path.parent.name == "actions"]

VOCABULARY = {event.code for event in events.reference()}

#: Public functions of actions modules that are no action, each with why.
EXCEPTIONS = {
    "tongchou.accounts.actions.sessions.check_password": "counts and records on its own: a failure must stay counted",
    "tongchou.accounts.actions.sessions.check_second_factor": "the same, for the second factor",
    "tongchou.accounts.actions.sessions.visitor": "makes the actor of somebody not signed in",
}


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_every_public_function_is_an_action(path: Path) -> None:
    name = ".".join(path.relative_to(ROOMS.parent).with_suffix("").parts).removesuffix(".__init__")
    module = importlib.import_module(name)
    wrong = []
    for label, function in inspect.getmembers(module, inspect.isfunction):
        if label.startswith("_") or function.__module__ != name or f"{name}.{label}" in EXCEPTIONS:
            continue
        declared = getattr(function, "action", None)
        if declared is None:
            wrong.append(f"{label} bears no @action")
            continue
        if declared["permission"] is not None and declared["permission"] not in PERMISSIONS:
            wrong.append(f"{label} asks for the unknown permission {declared['permission']}")
        parameters = list(inspect.signature(inspect.unwrap(function)).parameters.values())
        if not parameters or parameters[0].name != "by":
            wrong.append(f"{label}: its first parameter is not `by`")
        if any(one.kind is not inspect.Parameter.KEYWORD_ONLY for one in parameters):
            wrong.append(f"{label} is not keyword-only")
        if declared["event"] not in VOCABULARY:
            wrong.append(f"{label} records {declared['event']}, which is not in the vocabulary")
    assert not wrong, "\n".join(wrong)


def test_exceptions_exist() -> None:
    for full in EXCEPTIONS:
        module, _, label = full.rpartition(".")
        assert hasattr(importlib.import_module(module), label), full
