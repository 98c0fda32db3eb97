"""`make test` tries what failed once more, alone: few failures only, and never in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import run

#: Tests that fail the first time they are run, and others that always do.
_TESTS = """
from pathlib import Path
import pytest

@pytest.mark.parametrize("number", range({moody}))
def test_moody(number):
    been = Path(__file__).with_name(f"been-{{number}}")
    first = not been.exists()
    been.touch()
    assert not first

@pytest.mark.parametrize("number", range({broken}))
def test_broken(number):
    assert False

def test_sound():
    pass
"""


@pytest.mark.parametrize(
    ("moody", "broken", "code", "said"),
    [
        (2, 0, 0, "UNSTEADY"),
        (1, 1, 1, "Tried once more"),
        (4, 0, 1, ""),
        (0, 0, 0, ""),
    ],
)
def test_few_failures_are_tried_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], moody: int, broken: int, code: int, said: str
) -> None:
    file = tmp_path / "test_moods.py"
    file.write_text(_TESTS.format(moody=moody, broken=broken), "utf-8")
    cache = tmp_path / "cache"
    arguments = [
        "-p",
        "no:django",
        "-p",
        "no:xdist",
        "--rootdir",
        str(tmp_path),
        "-c",
        "/dev/null",
        str(file),
    ]
    with run.pytest(["-o", f"cache_dir={cache}", *arguments]) as round_:
        first = round_.wait()
    assert bool(first) == bool(moody or broken)
    assert run.second_try(arguments, first, cache) == code
    told = capfd.readouterr().out
    assert said in told
    assert ("Tried once more" in told) == bool(said)
    assert ("UNSTEADY" in told) == (said == "UNSTEADY")
