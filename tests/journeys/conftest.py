"""Installations for journeys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys import front_door


@pytest.fixture
def house(tmp_path: Path) -> Iterator[front_door.House]:
    """A fresh installation of this test alone."""
    with front_door.house(tmp_path) as made:
        yield made
