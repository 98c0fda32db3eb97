"""Writing drafts of resources down as a pack, in YAML that means what it says whatever the files' headings hold."""

from __future__ import annotations

import glob
import json
from collections.abc import Sequence
from pathlib import Path

from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .drafting import Draft


def write(drafts: Sequence[Draft], *, name: str, title: str, data_path: Path, folder: Path) -> list[Path]:
    """Write the drafts as a pack of that name (a code) and title; refuses to touch a folder that already holds one."""
    if (folder / "pack.yaml").exists():
        raise HouseError(
            "draft.exists",
            Text("这个文件夹已有数据包。", "This folder already holds a pack."),
            Text("请另选文件夹。", "Name another folder."),
            where=str(folder),
        )
    (folder / "resources").mkdir(parents=True, exist_ok=True)
    populations: dict[str, tuple[str, str]] = {}  # model → (population, kind)
    for one in drafts:
        if one.model:
            kind = {"zh_people": "people", "en_people": "people_latin", "zh_enterprises": "enterprises"}[
                one.model
            ]
            populations[one.model] = (f"{name}_{kind}", one.subject)
    code, said = _quoted(name), f"{{zh: {_quoted(title)}, en: {_quoted(title)}}}"
    files = {
        "pack.yaml": f"""name: {code}
title: {said}
requires: [core]
settings:
  - name: data_path
    default: {_quoted(str(data_path))}
    about: {{zh: 数据文件所在文件夹, en: folder of the files}}
""",
        "organisations.yaml": f"- {{code: {code}, name: {said}, level: district, kind: department}}\n",
        "sources.yaml": (
            f"- {{code: {code}, name: {said}, organisation: {code}, connector: files, "
            'settings: {path: "{data_path}"}}\n'
        ),
        "linkage.yaml": "".join(
            f"- {{population: {_quoted(population)}, kind: {kind}, model: {model}}}\n"
            for model, (population, kind) in sorted(populations.items())
        ),
    }
    for one in drafts:
        files[f"resources/{one.code}.yaml"] = _resource(one, name, populations.get(one.model, ("", ""))[0])
    written = []
    for path, text in files.items():
        if text:
            (folder / path).write_text(text, encoding="utf-8")
            written.append(folder / path)
    return written


def _quoted(text: str) -> str:
    """Text as YAML reads it back, whatever it holds."""
    told = json.dumps(text, ensure_ascii=False)
    return "".join(
        each if each.isprintable() else "".join(f"\\u{unit:04x}" for unit in _units(each)) for each in told
    )


def _units(character: str) -> list[int]:
    raw = character.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(raw[place : place + 2], "big") for place in range(0, len(raw), 2)]


def _resource(one: Draft, name: str, population: str) -> str:
    said = _quoted(one.file.split(".")[0])
    lines = [f"# Drafted from {one.rows:,} rows. Read it through; correct what you know better."]
    if not one.unique:
        lines.append(
            "# No field tells all rows apart: the key is the nearest. Name the right fields, or rows will wait"
        )
        lines.append("# in quarantine (key.repeated).")
    lines += [
        f"code: {_quoted(f'{name}.{one.code}')}",
        f"name: {{zh: {said}, en: {said}}}",
        f"organisation: {_quoted(name)}",
        "share_class: conditional",
        "cycle: monthly",
        f"subject: {one.subject}",
    ]
    if population:
        lines.append(f"population: {_quoted(population)}")
    locator = _quoted(glob.escape(one.file))
    lines += [
        f"source: {{code: {_quoted(name)}, locator: {{file: {locator}}}, mode: full}}",
        f"key: [{', '.join(_quoted(each) for each in one.key)}]",
        "fields:",
    ]
    for field in one.fields:
        wants = ", required: true" if field.name in one.key else ", on_failure: keep"
        role = f", role: {field.role}" if field.role else ""
        role += f", grade: {field.grade}" if field.grade is not None else ""
        heading = _quoted(field.heading)
        passing = f", {field.passing:.0%} pass" if field.filled else ""
        lines.append(
            f"  - {{name: {_quoted(field.name)}, label: {{zh: {heading}}}, element: {field.element}, "
            f"columns: [{heading}]{wants}{role}}}"
            f"  # {field.filled:.0%} filled{passing}, {field.distinct:.0%} distinct"
        )
    return "\n".join(lines) + "\n"
