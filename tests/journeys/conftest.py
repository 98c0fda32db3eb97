"""Installations for journeys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys import front_door


@pytest.fixture
def house(tmp_path: Path) -> Iterator[front_door.House]:
    """An installation of this test alone, with tables and nothing in them."""
    with front_door.house(tmp_path) as made:
        yield made


@pytest.fixture
def new_house(tmp_path: Path) -> Iterator[front_door.House]:
    """An installation where no command was ever run."""
    with front_door.house(tmp_path, fresh=True) as made:
        yield made
