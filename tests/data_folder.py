"""Gives each test process a data folder of its own, before Django reads its settings (loaded with `-p`).

pytest-django reads the settings before any conftest is imported, so this cannot stand in one. The folder lies
under TONGCHOU_DATA where that is set and is removed when the process ends.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
#: The folder named by whoever started the tests; workers inherit the controller's own folder, hence the second name.
_base = os.environ.setdefault("TONGCHOU_TEST_BASE", os.environ.get("TONGCHOU_DATA", ""))
if _base:
    Path(_base).mkdir(parents=True, exist_ok=True)
FOLDER = Path(tempfile.mkdtemp(prefix=f"test-{_worker}-", dir=_base or None))
os.environ["TONGCHOU_DATA"] = str(FOLDER)
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
