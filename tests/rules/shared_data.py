"""Where the public data beside the project lies; a test that needs it says so when it is absent, CI insists."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def shared(path: str) -> Path:
    """A file of the shared data; skips the test where there is none, except in CI."""
    folder = Path(os.environ.get("TONGCHOU_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.exists():
        folder = ROOT.parent.parent / "shared" / "data"
    file = folder / path
    if not file.exists() and not os.environ.get("CI"):
        pytest.skip(f"the shared data is not here: {path}; set TONGCHOU_SHARED_DATA to its folder")
    return file
