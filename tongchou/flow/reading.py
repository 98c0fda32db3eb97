"""A definition as text: YAML in, with the line of every place; YAML out. Pure of Django.

Anchors and aliases are refused (a few lines of them can stand for gigabytes), as are keys that stand twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml

from tongchou.standards.text import Text

from .definitions import Definition, Finding, Place, Unreadable, parse
from .rules import Known, check

LONGEST = 200_000
DEEPEST = 12


class Read(NamedTuple):
    """What became of a text. definition: None when it has no meaning. lines: {place: line}."""

    content: Mapping[str, Any] | None
    definition: Definition | None
    findings: tuple[Finding, ...]
    lines: Mapping[Place, int]

    def line_of(self, place: Place) -> int:
        """The line of a place, or of the nearest one around it that is written."""
        for length in range(len(place), -1, -1):
            if place[:length] in self.lines:
                return self.lines[place[:length]]
        return 1


class _Wrong(Exception):
    def __init__(self, line: int, what: Text) -> None:
        self.line, self.what = line, what


def read(text: str, known: Known | None = None) -> Read:
    """Read and check a text: never raises, every problem is a finding."""
    lines: dict[Place, int] = {}
    try:
        content = _content(text, lines)
        definition = parse(content)
    except _Wrong as wrong:
        lines[("text",)] = wrong.line
        return Read(None, None, (Finding("flow.unreadable", ("text",), wrong.what),), lines)
    except Unreadable as unreadable:
        return Read(content, None, tuple(everything(unreadable, known)), lines)
    return Read(content, definition, tuple(check(definition, known)), lines)


def everything(unreadable: Unreadable, known: Known | None = None) -> list[Finding]:
    """What cannot be read, and what is unsound in the rest; not what follows from a place that could not be read."""
    places = [one.place for one in unreadable.findings]

    def follows(place: Place) -> bool:
        return any(place[: len(one)] == one or one[: len(place)] == place for one in places)

    rest = check(unreadable.partial, known) if unreadable.partial else []
    return [*unreadable.findings, *(one for one in rest if not follows(one.place))]


def write(content: Mapping[str, Any]) -> str:
    """The content as YAML, in the order it has."""
    return yaml.dump(
        json.loads(json.dumps(content)), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110
    )


def digest(content: Mapping[str, Any]) -> str:
    """A digest of what a definition says, whatever its text looks like: SHA-256 of the canonical content."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


class _Dumper(yaml.SafeDumper):
    """Short mappings and lists of plain values stand on one line, as people write them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _mapping(dumper: yaml.SafeDumper, data: Mapping[str, Any]) -> yaml.Node:
    flat = len(data) <= 3 and not any(isinstance(value, dict | list) for value in data.values())
    return dumper.represent_mapping("tag:yaml.org,2002:map", data.items(), flow_style=flat and bool(data))


def _list(dumper: yaml.SafeDumper, data: list[Any]) -> yaml.Node:
    flat = not any(isinstance(value, dict | list) for value in data)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=flat)


_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _list)


def _content(text: str, lines: dict[Place, int]) -> Any:
    if len(text) > LONGEST:
        raise _Wrong(
            1, Text("定义太长（最多 20 万字）。", "The definition is too long (200,000 characters at most).")
        )
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise _Wrong(
                    line, Text("不能使用 YAML 的锚点和别名。", "YAML anchors and aliases are not allowed.")
                )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        why = str(getattr(error, "problem", None) or "not YAML")
        raise _Wrong(
            mark.line + 1 if mark else 1, Text(f"不是有效的 YAML：{why}", f"It is not valid YAML: {why}.")
        ) from None
    if node is None:
        raise _Wrong(1, Text("还没有内容。", "There is nothing in it yet."))
    return _value(node, (), lines)


def _value(node: yaml.Node, place: Place, lines: dict[Place, int]) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(place, line)
    if len(place) > DEEPEST:
        raise _Wrong(line, Text("层次太深。", "It is nested too deeply."))
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            at = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise _Wrong(at, Text("键应是一个词。", "A key must be a word."))
            key = str(key_node.value)  # as written: YAML would read a key `on` or `no` as true or false
            if key in result:
                raise _Wrong(at, Text(f"“{key[:60]}”写了两次。", f"{key[:60]!r} stands twice."))
            lines[(*place, key)] = at
            result[key] = _value(value_node, (*place, key), lines)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_value(inner, (*place, position), lines) for position, inner in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if node.tag == "tag:yaml.org,2002:bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if node.tag == "tag:yaml.org,2002:null":
        return None
    if node.tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
        try:
            return int(text)
        except ValueError:
            try:
                return float(text)
            except ValueError:
                return text
    return text
