"""DuckDB as the house uses it: what does not fit in memory is spilled into the data folder, whatever lies there yet."""

from __future__ import annotations

from pathlib import Path

from tongchou.pool.engine.connection import connect, one


def test_the_first_spill_of_an_installation_finds_its_folder(tmp_path: Path) -> None:
    assert not (tmp_path / "tmp").exists()
    with connect(tmp_path, memory=48, cores=1) as db:
        sql = "SELECT count(*), max(b) FROM (SELECT md5(i::VARCHAR) AS b FROM range(2_000_000) t(i) ORDER BY b LIMIT 1_900_000)"
        assert one(db, sql)[0] == 1_900_000
        assert list((tmp_path / "tmp").iterdir()), "nothing was spilled: the test shows nothing"
    assert list((tmp_path / "tmp").iterdir()) == []
