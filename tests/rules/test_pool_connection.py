"""DuckDB as the house uses it: what does not fit in memory is spilled into the data folder, whatever lies there yet."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tongchou.pool.engine.connection import connect, one


def test_the_first_spill_of_an_installation_finds_its_folder(tmp_path: Path) -> None:
    assert not (tmp_path / "tmp").exists()
    with connect(tmp_path, memory=48, cores=1) as db:
        sql = "SELECT count(*), max(b) FROM (SELECT md5(i::VARCHAR) AS b FROM range(2_000_000) t(i) ORDER BY b LIMIT 1_900_000)"
        assert one(db, sql)[0] == 1_900_000
        assert list((tmp_path / "tmp").iterdir()), "nothing was spilled: the test shows nothing"
    assert list((tmp_path / "tmp").iterdir()) == []


def test_an_engine_that_is_used_again_knows_nothing_of_before(tmp_path: Path) -> None:
    with connect(tmp_path, memory=64, cores=1, ordered=True) as db:
        db.execute("CREATE TEMP TABLE left_behind AS SELECT 1")
        db.execute("SET TimeZone = 'Asia/Shanghai'")
        db.register("given", pa.table({"a": [1]}))
    settings = (
        "SELECT current_setting('TimeZone'), current_setting('threads'), current_setting('memory_limit'), "
        "current_setting('preserve_insertion_order'), current_setting('temp_directory')"
    )
    with connect(memory=128, cores=2) as db:
        assert one(db, settings) == ("UTC", 2, "122.0 MiB", False, "")
        assert one(db, "SELECT count(*) FROM duckdb_tables() WHERE NOT internal") == (0,)
        for name in ("left_behind", "given"):
            with pytest.raises(duckdb.CatalogException):
                db.execute(f"SELECT * FROM {name}")


def test_two_at_once_have_an_engine_each(tmp_path: Path) -> None:
    with connect(tmp_path, memory=64) as first, connect(tmp_path, memory=128) as second:
        limit = "SELECT current_setting('memory_limit')"
        assert one(first, limit) != one(second, limit)


def test_a_file_written_again_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "file.parquet"
    for number in range(5):
        pq.write_table(pa.table({"a": [number]}), file)
        with connect(tmp_path) as db:
            assert one(db, f"SELECT a FROM read_parquet('{file}')") == (number,)


def test_a_fork_makes_its_own(tmp_path: Path) -> None:
    with connect(tmp_path) as db:
        assert one(db, "SELECT 1") == (1,)
    child = os.fork()
    if not child:
        with connect(tmp_path, cores=2) as db:
            found = one(db, "SELECT sum(i) FROM range(3_000_000) t(i)")[0]
        os._exit(0 if found == 4_499_998_500_000 else 1)
    deadline = time.monotonic() + 60
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        assert time.monotonic() < deadline, "it waits for threads that were not forked with it"
        time.sleep(0.02)
    assert ended[1] == 0


def test_nothing_is_made_that_would_outlive_its_connection() -> None:
    """An engine is used again: what a connection makes must be of the connection."""
    lasting = re.compile(r"CREATE\s+(OR\s+REPLACE\s+)?(TABLE|VIEW|MACRO|FUNCTION|TYPE|SEQUENCE|SCHEMA)\b")
    for file in sorted((Path(__file__).parents[2] / "tongchou").rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if re.search(r"engine\.connection import .*\bconnect\b|duckdb\.DuckDBPyConnection", text):
            assert not lasting.search(text), file
