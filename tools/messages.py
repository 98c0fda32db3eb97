"""`make messages`: collect the Chinese texts of templates and code, keep their English, and compile.

Each room has its own `locale/en/LC_MESSAGES/django.po`. `--compile` only compiles. Needs the distribution's gettext.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

import polib

PROJECT = Path(__file__).resolve().parent.parent


def rooms() -> list[Path]:
    """Rooms that have texts of their own: those with a locale folder or templates."""
    return sorted(
        room
        for room in (PROJECT / "tongchou").iterdir()
        if room.is_dir() and ((room / "locale").is_dir() or (room / "templates").is_dir())
    )


def collect(room: Path) -> None:
    """Bring a room's django.po to the texts its templates and code have now."""
    (room / "locale" / "en" / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [
            sys.executable,
            "-P",  # a room may have a module named like one of the standard library
            "-m",
            "django",
            "makemessages",
            "-l",
            "en",
            "--no-location",
            "--no-wrap",
            "--no-obsolete",
        ],
        cwd=room,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONSAFEPATH": "1"},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def compile_room(room: Path) -> list[str]:
    """Compile a room's translations; returns the texts that have none."""
    source = room / "locale" / "en" / "LC_MESSAGES" / "django.po"
    if not source.is_file():
        return []
    catalogue = polib.pofile(str(source))
    for entry in catalogue:
        if "fuzzy" in entry.flags:  # a guess of the tools is no translation
            entry.flags.remove("fuzzy")
            entry.msgstr = ""
            entry.msgstr_plural = dict.fromkeys(entry.msgstr_plural, "")
    catalogue.metadata_is_fuzzy = False
    catalogue.header = ""
    catalogue.metadata = {
        "Language": "en",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    catalogue.save()
    catalogue.save_as_mofile(str(source.with_suffix(".mo")))
    return [entry.msgid for entry in catalogue.untranslated_entries()]


def main() -> int:
    """Collect and compile all rooms; 1 when a text has no English."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compile", action="store_true", help="only compile")
    options = parser.parse_args()
    missing = 0
    for room in rooms():
        if not options.compile:
            collect(room)
        for text in compile_room(room):
            missing += 1
            print(f"{room.name}: no English for {text!r}")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
