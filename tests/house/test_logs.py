"""Logs hold no personal value: what is written there is named, and names of personal values are not among it."""

from __future__ import annotations

import ast
import re

from tests.house.tree import calls, python_files, short

METHODS = {"debug", "info", "warning", "error", "critical", "exception", "log"}
LOGGERS = re.compile(r"^(log|logger|logging|_log|LOG|LOGGER)$")
#: Names that stand for values about people, or for text that may hold them.
PERSONAL = re.compile(
    r"(?:^|_)(?:id_number|password|secret|phone|mobile|birth_date|address|passport|plate|value|values|row|record|records"
    r"|query|body|payload|cookies|headers|POST|GET)$"
)


def words(node: ast.AST) -> set[str]:
    """Names and attributes that an argument is made of."""
    found = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return found | {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}


def logging_calls(tree: ast.AST) -> list[ast.Call]:
    """Calls of a logger's methods."""
    return [
        call
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in METHODS
        and isinstance(call.func.value, ast.Name)
        and LOGGERS.match(call.func.value.id)
    ]


def faults(source: str) -> list[str]:
    """What is wrong with the logging of a file."""
    found = []
    for call in logging_calls(ast.parse(source)):
        assert isinstance(call.func, ast.Attribute)
        if call.func.attr == "exception":
            found.append(f"{call.lineno}: log.exception writes the exception's text, which may hold a value")
        given = [*call.args[1:], *[keyword.value for keyword in call.keywords]]
        if call.args and isinstance(call.args[0], ast.JoinedStr):
            given.append(call.args[0])
        for word in sorted({word for one in given for word in words(one) if PERSONAL.search(word)}):
            found.append(f"{call.lineno}: logs {word}")
        for keyword in call.keywords:
            if keyword.arg == "exc_info" and isinstance(keyword.value, ast.Constant) and keyword.value.value:
                found.append(f"{call.lineno}: exc_info=True writes the exception's text")
    return found


def test_no_personal_value_is_logged() -> None:
    wrong = [
        f"{short(path)}:{one}" for path in python_files() for one in faults(path.read_text(encoding="utf-8"))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_search_finds_what_it_is_for() -> None:
    assert faults('log.info("found %s", person.id_number)')
    assert faults('log.warning(f"row {row}")')
    assert faults('log.exception("no")')
    assert not faults('log.error("unexpected %s, reference %s", type(error).__name__, reference)')
