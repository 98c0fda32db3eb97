"""What rooms hang into one another is found: every named module registers, and every registry asks for it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from tongchou.standards import hooks

HEAVY = ("pyarrow", "duckdb", "deltalake", "pandas", "tantivy", "xlsxwriter")


def test_every_registry_settles_and_nothing_waits_for_none() -> None:
    for registry in hooks.registries():
        file = import_module(registry).__file__
        assert file is not None
        assert "hooks.settle(__name__)" in Path(file).read_text(encoding="utf-8"), registry
        hooks.settle(registry)
    assert hooks.registries() == []


def test_a_command_starts_without_what_only_work_needs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, django; django.setup(); print(*sys.modules)"],
        env={**os.environ, "TONGCHOU_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "tongchou.pool.models" in done.stdout.split()
    assert not set(done.stdout.split()).intersection(HEAVY)
