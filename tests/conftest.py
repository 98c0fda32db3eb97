"""What all tests share: the test database with its ledger, the fixed cast, a loaded district, a browser.

`db` tests run in a transaction that is rolled back. The ledger's `append` commits on a connection of its own, so
whatever reads people's data needs `transactional_db`. The `district` is a real installation in a folder and database
of its own, made by the command line and served by the real server; it does not mix with the test database.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

# Playwright's synchronous interface keeps an event loop in the thread; Django would refuse its database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

# A red main must mean a broken change: what is drawn at random is the same in every run, unless a developer asks for
# more with HYPOTHESIS_PROFILE=explore.
hypothesis.settings.register_profile("steady", derandomize=True, deadline=None, print_blob=False)
hypothesis.settings.register_profile("explore", deadline=None, max_examples=2000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

#: The order of the rooms of tests: what takes longest first, so that no worker is left with it at the end.
_FIRST = ("journeys", "screens", "actions", "rules")

#: What goes through the sample district, which takes long to make: one worker makes it and goes through all of them,
#: first through the one that asks how it is made.
_TOGETHER = {
    "test_demo.py",
    "test_correction.py",
    "test_every_screen.py",
    "test_gateway_howto.py",
    "test_gateway_kill.py",
    "test_share_your_first_table.py",
    "test_tour.py",
}
#: Journeys with an installation each of their own, which go wherever there is room.
_APART = {"test_kill.py", "test_packs.py", "test_stranger.py"}

pytest_plugins = ["tests.cast", "tests.installation", "tests.browsing"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """The test database, without the triggers that refuse emptying the ledger between transactional tests."""
    from django.db import connection

    from tongchou.flow import triggers as flow_triggers
    from tongchou.ledger import journal, triggers

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        triggers.remove(connection)
        flow_triggers.remove(connection)
    yield
    journal.close()


@pytest.fixture(scope="session", autouse=True)
def _quick() -> Iterator[None]:
    """What every test process does over and over, done the short way: passwords hashed, tables emptied, languages asked for."""
    from django.conf import settings
    from django.db import connections
    from django.test import TransactionTestCase

    from tests.prepared import empty

    def emptied(case: TransactionTestCase) -> None:
        for alias in case._databases_names(include_mirrors=False):
            empty(connections[alias])

    settings.PASSWORD_HASHERS = ["tests.hashing.QuickArgon2"]
    settings.TONGCHOU_LANGUAGE = "auto"  # so that a test asks for a language as a browser does
    with pytest.MonkeyPatch.context() as django:
        django.setattr(TransactionTestCase, "_fixture_teardown", emptied)
        yield


@pytest.fixture
def transactional_db(transactional_db: None) -> Iterator[None]:
    """A transactional test database; the ledger's own connection is closed before the tables are emptied."""
    from tongchou.ledger import journal, sequencer

    yield
    journal.close()
    # The tables are emptied after each test; the head kept beside them would tell of a ledger that was cut.
    sequencer.key_folder().head.unlink(missing_ok=True)


@pytest.fixture(autouse=True)
def language() -> None:
    """Every test begins in Chinese: a page asked for in English leaves that language to its thread."""
    from django.utils import translation

    translation.activate("zh-hans")


@pytest.fixture
def data(settings: object, tmp_path: Path) -> Path:
    """A data folder of this test alone, for what it writes to the data plane."""
    settings.TONGCHOU_DATA = tmp_path  # type: ignore[attr-defined]
    return tmp_path


@pytest.fixture
def english() -> Iterator[None]:
    """Texts in English while the test runs."""
    from django.utils import translation

    with translation.override("en"):
        yield


class _Scheduling(LoadScopeScheduling):
    """Gives each worker a file at a time, but for _TOGETHER and _APART."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::")[0]
        name = file.rsplit("/")[-1]
        return "district" if name in _TOGETHER else nodeid if name in _APART else file


@pytest.hookimpl(optionalhook=True)  # also without xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """See _Scheduling."""
    return _Scheduling(config, log)  # type: ignore[arg-type]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long tests come first. Those that use the browser bear the marker `browser`, so that they can be left out."""

    def place(item: pytest.Item) -> tuple[int, bool]:
        room = next((each for each in _FIRST if f"/{each}/" in item.path.as_posix()), "")
        return _FIRST.index(room) if room else len(_FIRST), item.path.name != "test_demo.py"

    items.sort(key=place)
    for item in items:
        names = getattr(item, "fixturenames", ())
        if "browser" in names:
            item.add_marker(pytest.mark.browser)
