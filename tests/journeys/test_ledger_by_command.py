"""Without a server running: what commands wrote is signed when they end, so that a ledger cut behind them is found."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.front_door import House, pack
from tests.journeys.test_life_of_a_record import PACK as LIFE

CUT = """
from django.db import connection; from tongchou.ledger import triggers; triggers.remove(connection)
from tongchou.ledger.models import Entry
Entry.objects.order_by("-pk").first().delete()
"""


def test_a_tail_cut_behind_a_command_is_found(house: House, tmp_path: Path) -> None:
    house.run("pack", "apply", str(pack(tmp_path / "life", LIFE)), "--set", f"path={tmp_path}")
    whole = house.ask("ledger", "verify")
    assert (whole["ok"], whole["waiting"], whole["size"]) == (True, 0, whole["entries"])
    house.python(CUT)
    cut = house.ask("ledger", "verify", ends=1)
    assert [each["kind"] for each in cut["findings"]] == ["missing"]
