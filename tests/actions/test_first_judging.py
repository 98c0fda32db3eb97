"""The sample district's first day: two reviewers judge a sample and what waits, and the report has what they found."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tests.actions.test_links_judgements import CLINIC, LI, pair
from tongchou.accounts.models import Organisation, Role
from tongchou.config.first_judging import judge_links
from tongchou.pool.models import ReviewPair, ReviewSample
from tongchou.pool.quality import queue

pytestmark = [pytest.mark.usefixtures("data"), pytest.mark.any_database]

#: Whom the records are about. The machine joins the clinic's with the first two, and is wrong.
PEOPLE = {("ps.residents", "R1"): 1, ("hr.insured", "S1"): 1, LI: 2, CLINIC: 2}


@pytest.fixture
def folder(data: Path) -> Path:  # noqa: F811
    """The district gathered and linked, two reviewers, and the truth."""
    district.cast()
    district._member("steward_two", Role.objects.get(code="steward"), Organisation.objects.get(code="data"))
    district.linked()
    pair(CLINIC, LI)
    (data / "truth").mkdir()
    columns = {
        "resource": [resource for resource, _ in PEOPLE],
        "source_key": [key for _, key in PEOPLE],
        "person": list(PEOPLE.values()),
    }
    pq.write_table(pa.table(columns), data / "truth" / "people.parquet")
    return data


def test_a_sample_and_what_waits_are_judged_by_two(folder: Path) -> None:
    waiting = queue.waiting_for("steward").count()
    assert waiting == 1
    assert judge_links(folder, least=2) == ReviewSample.objects.get().pairs.count() + waiting
    missed = pair(CLINIC, LI)
    assert (missed.kind, missed.state, missed.closed) == (ReviewPair.Kind.APART, "same", True)
    wrong = [
        each.pair
        for each in ReviewSample.objects.get().pairs.filter(linked=True)
        if each.pair.state == "different"
    ]
    assert wrong and all(each.closed for each in wrong)
    assert all(
        CLINIC in ((each.left_resource, each.left_key), (each.right_resource, each.right_key))
        for each in wrong
    )
    assert not queue.waiting_for("steward").exists()
    assert judge_links(folder, least=2) == 0, "once"


def test_in_a_small_district_or_without_the_truth_nobody_judges(folder: Path) -> None:
    assert judge_links(folder) == 0
    (folder / "truth" / "people.parquet").unlink()
    assert judge_links(folder, least=2) == 0
    assert not ReviewSample.objects.exists()
