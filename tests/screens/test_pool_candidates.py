"""The screens of candidate models: what training proposes, and who decides."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests import district
from tests.actions.pooled import data  # noqa: F401
from tests.actions.test_links_training import proposal
from tests.screens.test_pool_screens import client_of
from tongchou.pool.models import CandidateModel

pytestmark = pytest.mark.usefixtures("data")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_steward_reads_the_report_and_adopts(language: str) -> None:
    district.cast()
    district.resources()
    steward = client_of("steward", language)
    assert steward.get(reverse("pool:candidates")).status_code == 200
    candidate = proposal("riskier")
    assert str(candidate.pk) in steward.get(reverse("pool:candidates")).content.decode()
    page = steward.get(reverse("pool:candidate", args=[candidate.pk])).content.decode()
    assert 'data-verdict="riskier"' in page
    assert 'value="adopt"' in page
    steward.post(reverse("pool:decide_candidate", args=[candidate.pk]), {"decision": "adopt", "reason": "可"})
    candidate.refresh_from_db()
    assert (candidate.state, candidate.decided_by) == (CandidateModel.State.ADOPTED, "steward")
    assert 'value="withdraw"' in steward.get(reverse("pool:candidate", args=[candidate.pk])).content.decode()


def test_who_trained_it_is_not_offered_to_adopt_and_is_refused() -> None:
    by = district.cast()["steward"]
    district.resources()
    candidate = proposal(by=by)
    steward = client_of("steward")
    assert 'value="adopt"' not in steward.get(reverse("pool:candidate", args=[candidate.pk])).content.decode()
    steward.post(reverse("pool:decide_candidate", args=[candidate.pk]), {"decision": "adopt"})
    candidate.refresh_from_db()
    assert candidate.state == CandidateModel.State.PROPOSED


def test_outsiders_see_no_candidate() -> None:
    district.cast()
    district.resources()
    candidate = proposal()
    outsider = client_of("outsider")
    assert outsider.get(reverse("pool:candidates")).status_code == 403
    assert outsider.get(reverse("pool:candidate", args=[candidate.pk])).status_code == 403
    assert outsider.post(reverse("pool:decide_candidate", args=[candidate.pk])).status_code == 403
