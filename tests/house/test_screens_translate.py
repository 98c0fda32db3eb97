"""Every Chinese text of a screen has its English, compiled and up to date, and one text reads one way everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest
from django.utils.translation import templatize

from tests.house.tree import ROOMS, short

CHINESE = re.compile(r"[\u3400-\u9fff]")
COMMENT = re.compile(r"\{#.*?#\}|\{% comment.*?endcomment %\}", re.DOTALL)
ASKED = re.compile(r"""gettext\(u?(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\)""")
WITH_TEMPLATES = sorted({path.parent for path in ROOMS.glob("*/templates")})
CATALOGUES = sorted(ROOMS.glob("*/locale/en/LC_MESSAGES/django.po"))
PLACES = re.compile(r"%\((\w+)\)[sd]|%[sd]")


def texts_of(template: str) -> set[str]:
    """The texts a template asks to be translated."""
    import ast

    return {str(ast.literal_eval(found["text"])) for found in ASKED.finditer(templatize(template))}


def english_of(room: Path) -> dict[str, str]:
    """Chinese → English, as the room's source of translations says."""
    path = room / "locale" / "en" / "LC_MESSAGES" / "django.po"
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(path))} if path.is_file() else {}


@pytest.mark.parametrize("room", WITH_TEMPLATES, ids=lambda room: room.name)
def test_every_text_of_a_template_has_english(room: Path) -> None:
    english = english_of(room)
    missing = [
        f"{short(path)}: {text}"
        for path in sorted((room / "templates").rglob("*.html"))
        for text in sorted(texts_of(path.read_text(encoding="utf-8")))
        if CHINESE.search(text) and not english.get(text)
    ]
    assert not missing, "\n".join(missing)


@pytest.mark.parametrize(
    "path", [p for room in WITH_TEMPLATES for p in sorted((room / "templates").rglob("*.html"))], ids=short
)
def test_no_chinese_outside_a_translation(path: Path) -> None:
    text = COMMENT.sub("", path.read_text(encoding="utf-8"))
    text = re.sub(r"\{% blocktranslate.*?endblocktranslate %\}", "", text, flags=re.DOTALL)
    bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", text, flags=re.DOTALL)
    left = [found for found in re.findall(r"[\u3400-\u9fff]+", bare) if found != "中文"]
    assert not left, left


@pytest.mark.parametrize("path", CATALOGUES, ids=short)
def test_catalogues_are_complete_and_compiled(path: Path) -> None:
    source = polib.pofile(str(path))
    assert not [
        entry.msgid
        for entry in source
        if (not entry.msgstr and not entry.msgstr_plural) or "fuzzy" in entry.flags
    ]
    assert not [entry.msgid for entry in source if CHINESE.search(entry.msgstr)]
    differing = [
        entry.msgid
        for entry in source
        if not entry.msgid_plural
        and sorted(PLACES.findall(entry.msgid)) != sorted(PLACES.findall(entry.msgstr))
    ]
    assert not differing
    compiled = {
        (entry.msgctxt, entry.msgid): entry.msgstr for entry in polib.mofile(str(path.with_suffix(".mo")))
    }
    assert compiled == {(entry.msgctxt, entry.msgid): entry.msgstr for entry in source}


def test_one_text_reads_one_way_in_all_rooms() -> None:
    """Django merges the rooms' catalogues: of two translations of one text, one would win everywhere."""
    readings: dict[tuple[str | None, str], dict[str, list[str]]] = {}
    for path in CATALOGUES:
        for entry in polib.pofile(str(path)):
            readings.setdefault((entry.msgctxt, entry.msgid), {}).setdefault(entry.msgstr, []).append(
                path.parts[-5]
            )
    assert not {text[1]: said for text, said in readings.items() if len(said) > 1}
