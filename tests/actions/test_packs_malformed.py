"""Packs as people really write them: whatever is in a file, the check says so and does not fall over."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.front_door import pack
from tongchou.config.packs import check, read_pack

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("pack.yaml", b""),
        ("pack.yaml", b"- a\n- list\n"),
        ("pack.yaml", b"name: x\nname: y\n"),
        ("pack.yaml", b"requires: core\nname: x\ntitle: x\n"),
        ("pack.yaml", b"name: x\ntitle: x\nsettings: {name: y}\n"),
        ("sources.yaml", b"\xff\xfe\x00bad"),
        ("sources.yaml", b"- just text\n"),
        ("sources.yaml", b"- &a [*a]\n"),
        pytest.param("sources.yaml", b"[" * 100_000, id="deep"),
        ("organisations.yaml", b"- {code: 1, name: 2, level: 3, kind: 4}\n"),
        ("organisations.yaml", b"- {code: 2020-13-45, name: x, level: district, kind: department}\n"),
        ("resources/r.yaml", b"- a list where one entry should be\n"),
        ("resources/r.yaml", b"key: !!python/object/apply:os.system [echo]\n"),
        ("grants.yaml", b"- null\n- 5\n"),
    ],
)
def test_no_malformed_file_brings_the_check_down(tmp_path: Path, name: str, content: bytes) -> None:
    folder = pack(tmp_path / "odd", {"pack.yaml": "name: odd\ntitle: odd\nrequires: [core]\n"})
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(content)
    read = read_pack(folder, project=ROOT, data=tmp_path, shared_data=tmp_path)
    assert name in {problem.file for problem in check(read)}
