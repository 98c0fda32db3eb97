"""Every public function of an `actions` module is an action: checked, in one transaction, on record."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest

import tongchou
from tongchou.accounts.permissions import PERMISSIONS
from tongchou.ledger.events import EVENTS

ROOT = Path(tongchou.__file__).parent

#: Functions of `actions` modules that are no actions, and why.
NOT_ACTIONS = {
    "tongchou.accounts.actions.sessions.visitor": "an actor without rights, for those who have not signed in",
    "tongchou.accounts.actions.sessions.check_password": "runs before there is an actor; records each failure itself",
    "tongchou.accounts.actions.sessions.check_second_factor": "runs before there is an actor",
    "tongchou.accounts.actions.sessions.confirm_password": "counts and locks by itself; the action it guards is recorded",
}


def modules() -> Iterator[str]:
    """Every `actions` module of the tree."""
    for path in sorted([*ROOT.glob("*/actions.py"), *ROOT.glob("*/actions/*.py")]):
        yield ".".join(path.relative_to(ROOT.parent).with_suffix("").parts)


def functions() -> Iterator[tuple[str, FunctionType]]:
    """Their public functions by full name."""
    for name in modules():
        module = importlib.import_module(name)
        for key, value in vars(module).items():
            if inspect.isfunction(value) and not key.startswith("_") and value.__module__ == name:
                yield f"{name}.{key}", value


@pytest.mark.parametrize("name", [name for name, _ in functions()])
def test_every_public_function_is_an_action(name: str) -> None:
    function = dict(functions())[name]
    declared = getattr(function, "action", None)
    if declared is None:
        assert name in NOT_ACTIONS, f"{name} bears no @action"
        return
    assert declared["permission"] is None or declared["permission"] in PERMISSIONS
    assert declared["event"] in EVENTS
    parameters = list(inspect.signature(function).parameters.values())
    assert parameters[0].name == "by"
    assert all(one.kind is inspect.Parameter.KEYWORD_ONLY for one in parameters)


def test_the_exceptions_exist() -> None:
    assert set(NOT_ACTIONS) <= {name for name, _ in functions()}
