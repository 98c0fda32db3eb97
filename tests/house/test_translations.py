"""English is a full translation: of templates, code and models; compiled; the same word for the same word."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

import tongchou

ROOT = Path(tongchou.__file__).parent
FILES = sorted(ROOT.glob("*/locale/en/LC_MESSAGES/django.po"))
CHINESE = re.compile(r"[\u3400-\u9fff]")
TRANSLATE = re.compile(r"""\{%\s*translate\s+("(?:[^"])*"|'(?:[^'])*')(?:\s+context\s+["'](\w+)["'])?""")


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0]


@pytest.mark.parametrize("path", FILES, ids=room_of)
def test_every_text_has_english(path: Path) -> None:
    catalogue = polib.pofile(str(path))
    missing = [entry.msgid for entry in catalogue if not entry.translated()]
    assert not missing
    chinese = [e.msgid for e in catalogue if CHINESE.search(e.msgstr + "".join(e.msgstr_plural.values()))]
    assert not chinese


@pytest.mark.parametrize("path", FILES, ids=room_of)
def test_the_compiled_file_says_the_same(path: Path) -> None:
    written = {(e.msgctxt, e.msgid): e.msgstr or e.msgstr_plural for e in polib.pofile(str(path))}
    compiled = {
        (e.msgctxt, e.msgid): e.msgstr or e.msgstr_plural for e in polib.mofile(str(path.with_suffix(".mo")))
    }
    assert written == compiled


def test_one_text_has_one_translation_in_all_rooms() -> None:
    said: dict[tuple[str | None, str], dict[str, str]] = {}
    for path in FILES:
        for entry in polib.pofile(str(path)):
            said.setdefault((entry.msgctxt, entry.msgid), {})[room_of(path)] = entry.msgstr
    assert not {key: rooms for key, rooms in said.items() if len(set(rooms.values())) > 1}


def test_every_text_of_the_templates_has_been_collected() -> None:
    known = {(e.msgctxt, e.msgid) for path in FILES for e in polib.pofile(str(path))}
    missing = []
    for template in sorted(ROOT.glob("*/templates/**/*.html")):
        for text, context in TRANSLATE.findall(template.read_text(encoding="utf-8")):
            if (context or None, text[1:-1]) not in known:
                missing.append(f"{template.relative_to(ROOT)}: {text}")
    assert not missing, "run `make messages`"


def test_no_template_says_chinese_without_translating() -> None:
    """What is left of a template without its tags and comments holds no Chinese, but for the language switch."""
    left = []
    for template in sorted(ROOT.glob("*/templates/**/*.html")):
        text = template.read_text(encoding="utf-8")
        text = re.sub(r"\{%\s*blocktranslate.*?endblocktranslate\s*%\}", "", text, flags=re.S)
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.S)
        if CHINESE.search(text) and template.name != "language.html":
            left.append(f"{template.relative_to(ROOT)}: {CHINESE.findall(text)[:5]}")
    assert not left
