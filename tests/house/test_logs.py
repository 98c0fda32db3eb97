"""Logs never hold personal data: log calls format no values of people, and no exception text is logged."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import tongchou

ROOT = Path(tongchou.__file__).parent
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
#: Names that stand for values of people wherever they appear.
PERSONAL = {
    "name", "name_en", "id_number", "mobile", "phone", "address", "birth_date", "passport_number", "email", "value",
    "values", "raw", "record", "records", "row", "rows", "query", "password", "secret", "text", "body", "person",
    "cell", "cells", "document", "dossier",
}  # fmt: skip


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of a logger, or print, of the tree; the command line talks to people and prints on purpose."""
    for path in sorted(ROOT.rglob("*.py")):
        if "migrations" in path.parts or path.is_relative_to(ROOT / "config" / "cli"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in LEVELS
            ):
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id in ("log", "logger", "logging", "_log"):
                    yield f"{path.relative_to(ROOT.parent)}:{node.lineno}", node


def names_in(node: ast.AST) -> set[str]:
    """The names and attributes a call's arguments end in (`subject.name` → name; `error.code` → code)."""
    found: set[str] = set()
    for each in ast.walk(node):
        if isinstance(each, ast.Attribute):
            found.add(each.attr)
        elif isinstance(each, ast.Name):
            found.add(each.id)
    return found


def test_there_are_log_calls() -> None:
    assert list(log_calls())


def test_no_log_call_formats_its_text_itself() -> None:
    """An f-string, % or .format() hides from readers what is logged; arguments show it."""
    wrong = [
        where
        for where, call in log_calls()
        if not call.args
        or not (isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str))
    ]
    assert not wrong


def test_no_log_call_is_given_a_value_of_a_person() -> None:
    wrong = []
    for where, call in log_calls():
        for argument in call.args[1:]:
            personal = names_in(argument) & PERSONAL
            if personal and not _only_a_type(argument):
                wrong.append(f"{where}: {sorted(personal)}")
    assert not wrong


def _only_a_type(argument: ast.AST) -> bool:
    """`len(rows)`, `type(error).__name__` and code names tell nothing of anybody."""
    if isinstance(argument, ast.Call) and isinstance(argument.func, ast.Name):
        return argument.func.id in ("len", "type", "getattr")
    return isinstance(argument, ast.Attribute) and argument.attr in ("__name__", "code", "number")


def test_no_exception_is_logged_by_its_text() -> None:
    """`log.error("...", error)` would print what a library says, values included."""
    wrong = []
    for where, call in log_calls():
        for argument in call.args[1:]:
            if isinstance(argument, ast.Name) and argument.id in ("error", "exception", "exc", "e", "err"):
                wrong.append(where)
    assert not wrong
