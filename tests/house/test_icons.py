"""Every icon a screen shows is in the sprite."""

from __future__ import annotations

import re
from pathlib import Path

import tongchou

ROOT = Path(tongchou.__file__).parent
SPRITE = ROOT / "web" / "static" / "web" / "vendor" / "icons" / "icons.svg"


def used() -> dict[str, str]:
    """Names of icons in templates, navigation and desks, with where they are used."""
    found: dict[str, str] = {}
    for path in sorted(
        [*ROOT.glob("*/templates/**/*.html"), *ROOT.glob("*/navigation.py"), *ROOT.glob("*/desks.py")]
    ):
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"""\{%\s*icon\s+["']([a-z0-9-]+)["']|icon=["']([a-z0-9-]+)["']""", text):
            found[name[0] or name[1]] = str(path.relative_to(ROOT))
    return found


def test_every_icon_exists() -> None:
    names = set(re.findall(r'id="([^"]+)"', SPRITE.read_text(encoding="utf-8")))
    assert used()
    assert not {name: where for name, where in used().items() if name not in names}
