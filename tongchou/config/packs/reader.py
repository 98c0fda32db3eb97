"""A pack's folder as rows that know their file and line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer

from tongchou.standards.errors import HouseError
from tongchou.standards.packs import Problem, Row
from tongchou.standards.text import Text


class _Loader(Composer, yaml.CSafeLoader):
    """YAML parsed by the library's C parser, eight times as fast. Nodes are composed in Python: a file nested a hundred
    thousand deep is an error here, and would end the process there."""

    def __init__(self, stream: str) -> None:
        yaml.CSafeLoader.__init__(self, stream)
        Composer.__init__(self)


#: Section → (file or glob within the pack, whether the file is one entry rather than a list of them).
SECTIONS: dict[str, tuple[str, bool]] = {
    "organisations": ("organisations.yaml", False),
    "roles": ("roles.yaml", False),
    "accounts": ("accounts.yaml", False),
    "purposes": ("purposes.yaml", False),
    "linkage": ("linkage.yaml", False),
    "areas": ("areas.yaml", False),
    "sources": ("sources.yaml", False),
    "resources": ("resources/*.yaml", True),
    "classes": ("classes.yaml", False),
    "providers": ("providers.yaml", False),
    "needs": ("needs.yaml", False),
    "responsibilities": ("responsibilities.yaml", False),
    "statements": ("statements.yaml", False),
    "grants": ("grants.yaml", False),
    "clients": ("clients.yaml", False),
    "calendars": ("calendars.yaml", False),
    "flows": ("flows/*.yaml", True),
    "relations": ("relations.yaml", False),
    "survivorship": ("survivorship.yaml", False),
    "themes": ("themes.yaml", False),
}


@dataclass
class Pack:
    """One pack as read: its head, its rows by section, and what could not even be read."""

    folder: Path
    head: Row
    rows: dict[str, list[Row]] = field(default_factory=dict)
    requires: list[Pack] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The pack's name, by which what it brought is marked."""
        return str(self.head.data.get("name") or self.folder.name)

    @property
    def title(self) -> Text:
        """The pack's title in both languages."""
        return Text.of(self.head.data.get("title") or self.name)

    def with_required(self) -> Iterator[Pack]:
        """The packs it requires, each once and before whoever needs it, then itself."""
        seen: set[Path] = set()

        def walk(pack: Pack) -> Iterator[Pack]:
            if pack.folder in seen:
                return
            seen.add(pack.folder)
            for other in pack.requires:
                yield from walk(other)
            yield pack

        yield from walk(self)


def read_pack(
    folder: Path,
    *,
    project: Path,
    data: Path,
    shared_data: Path,
    given: Mapping[str, str] | None = None,
    _chain: tuple[Path, ...] = (),
) -> Pack:
    """Read the pack in `folder` and those it requires.

    project: where Tongchou's own packs/ folder lies; relative paths in settings start there. data, shared_data:
    values of {data} and {shared_data} in settings. given: settings named on the command line. Raises HouseError
    only when there is no pack; whatever is wrong inside it is listed in `problems`.
    """
    folder = folder.expanduser().resolve()
    if not (folder / "pack.yaml").is_file():
        raise HouseError(
            "pack.absent",
            Text("这里没有数据包：缺少 pack.yaml。", "There is no pack here: pack.yaml is missing."),
            Text("请给出含有 pack.yaml 的文件夹。", "Name a folder that holds a pack.yaml."),
            where=str(folder),
        )
    problems: list[Problem] = []
    heads = list(_rows(folder / "pack.yaml", folder, True, problems))
    head = heads[0] if heads else Row({}, "pack.yaml", 1)
    pack = Pack(folder, head, problems=problems)
    pack.settings = _settings(head, data=data, shared_data=shared_data, project=project, given=given or {})
    for section, (pattern, single) in SECTIONS.items():
        files = sorted(folder.glob(pattern))
        pack.rows[section] = [row for file in files for row in _rows(file, folder, single, problems)]
    for row in pack.rows["sources"]:
        if isinstance(row.data.get("settings"), dict):
            row.data["settings"].update(_filled(row.data["settings"], pack.settings))
    for row in pack.rows["flows"]:
        if isinstance(row.data, dict):
            row.data.update({key: _filled(value, pack.settings) for key, value in row.data.items()})
    for position, name in enumerate(head.data.get("requires") or []):
        place = next(
            (p for p in (folder.parent / name, project / "packs" / name) if (p / "pack.yaml").is_file()), None
        )
        line = head.line_of("requires", position)
        if place is None:
            problems.append(
                Problem(
                    "pack.yaml",
                    line,
                    Text(
                        f"需要的数据包“{name}”不在旁边，也不在自带的 packs/ 中。",
                        f"The required pack {name!r} is neither beside this one nor in packs/.",
                    ),
                )
            )
        elif place.resolve() in _chain:
            problems.append(
                Problem(
                    "pack.yaml", line, Text(f"数据包互相需要：{name}。", f"Packs require each other: {name}.")
                )
            )
        else:
            pack.requires.append(
                read_pack(
                    place,
                    project=project,
                    data=data,
                    shared_data=shared_data,
                    given=given,
                    _chain=(*_chain, folder),
                )
            )
    return pack


def _settings(
    head: Row, *, data: Path, shared_data: Path, project: Path, given: Mapping[str, str]
) -> dict[str, str]:
    values = {"data": str(data), "shared_data": str(shared_data)}
    declared = head.data.get("settings") or []
    for setting in declared if isinstance(declared, list) else []:
        if not isinstance(setting, dict) or "name" not in setting:
            continue
        name = str(setting["name"])
        text = (
            given.get(name)
            or os.environ.get(str(setting.get("env", "")), "")
            or str(setting.get("default", ""))
        )
        text = _fill(text, values)
        if setting.get("kind", "path") == "path" and text:
            path = Path(text).expanduser()
            text = str(path if path.is_absolute() else (Path.cwd() if given.get(name) else project) / path)
        values[name] = text
    return values


def _fill(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match.group(1), match.group(0)), text)


def _filled(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _fill(value, values)
    if isinstance(value, dict):
        return {name: _filled(inner, values) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, values) for inner in value]
    return value


def _rows(file: Path, folder: Path, single: bool, problems: list[Problem]) -> Iterator[Row]:
    name = str(file.relative_to(folder))
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), Loader=_Loader)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        text = getattr(error, "problem", None) or (
            "nested too deep" if isinstance(error, RecursionError) else "not UTF-8 text"
        )
        line = mark.line + 1 if mark else 1
        problems.append(Problem(name, line, Text(f"不是有效的 YAML：{text}", f"not valid YAML: {text}")))
        return
    if node is None:
        return
    if single:
        yield from _row(node, name, problems)
        return
    if not isinstance(node, yaml.SequenceNode):
        problems.append(
            Problem(
                name, 1, Text("应是一个列表（每项以 - 开头）。", "must be a list (each entry begins with -).")
            )
        )
        return
    for entry in node.value:
        yield from _row(entry, name, problems)


def _row(node: yaml.Node, file: str, problems: list[Problem]) -> Iterator[Row]:
    """The entry as a row; none, and a problem, when a value of it cannot be read (a 13th month, a circle of aliases)."""
    lines: dict[tuple[Any, ...], int] = {}
    line = node.start_mark.line + 1
    try:
        value = _value(node, (), lines)
    except RecursionError:
        problems.append(
            Problem(
                file, line, Text("不是有效的 YAML：别名互相引用。", "not valid YAML: aliases in a circle.")
            )
        )
        return
    except (yaml.YAMLError, ValueError) as error:
        at = max(lines.values(), default=line)
        said = getattr(error, "problem", None) or str(error)
        problems.append(Problem(file, at, Text(f"不是有效的 YAML：{said}", f"not valid YAML: {said}")))
        return
    yield Row(value if isinstance(value, dict) else {"": value}, file, line, lines)


def _value(node: yaml.Node, path: tuple[Any, ...], lines: dict[tuple[Any, ...], int]) -> Any:
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        result = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)  # as written: YAML would read a key `on` or `no` as true or false
            result[key] = _value(value_node, (*path, key), lines)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_value(inner, (*path, position), lines) for position, inner in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    # Only true and false are yes and no (YAML 1.2): a field may be called `no`, a code `on`.
    if node.tag == "tag:yaml.org,2002:bool" and str(node.value).lower() not in ("true", "false"):
        return str(node.value)
    if node.tag == "tag:yaml.org,2002:str":
        return str(node.value)
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node)
    finally:
        loader.dispose()
