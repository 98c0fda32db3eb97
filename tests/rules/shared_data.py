"""Where the public data beside the project lies; a test that needs it skips where it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import settings


def shared(path: str) -> Path:
    """A file or folder of the shared data, where the product itself looks for it (TONGCHOU_SHARED_DATA); skips the
    test where there is none, except in CI."""
    found: Path = settings.TONGCHOU_SHARED_DATA / path
    if not found.exists() and not os.environ.get("CI"):
        pytest.skip(f"the shared data is not here: {path}; set TONGCHOU_SHARED_DATA to its folder")
    return found
