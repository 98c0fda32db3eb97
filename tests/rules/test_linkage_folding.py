"""Folding with a helper gives what folding alone gives, also when the helper dies half-way."""

from __future__ import annotations

import os
import signal
import subprocess

import numpy as np
import pyarrow as pa
import pytest

from bench.dirty_people import deliver
from tongchou.pool.linkage import folding
from tongchou.pool.linkage.folding import Helper
from tongchou.pool.linkage.kinds import KINDS
from tongchou.pool.linkage.kinds.base import Folded, least_slips, signatures

RECORDS = deliver(400, 7)
COLUMNS = {"name": "chinese_name", "address": "chinese_address", "id_number": "identity_number", "birth_date": "date",
           "phone": "phone", "guardian_name": "kin_names"}  # fmt: skip


@pytest.fixture(autouse=True)
def _small_chunks() -> None:
    """Few values are worth a helper here."""
    before = folding.AT_ONCE, folding.WORTH
    folding.AT_ONCE, folding.WORTH = 50, 100
    yield
    folding.AT_ONCE, folding.WORTH = before


def values(column: str) -> pa.Array:
    return pa.array(sorted({each for each in RECORDS[column].to_pylist() if each}), pa.string())


def same(one: Folded, two: Folded) -> None:
    assert one.text.equals(two.text)
    assert np.array_equal(one.present, two.present)
    for mine, theirs in ((one.groups, two.groups), (one.arrays, two.arrays)):
        assert set(mine) == set(theirs)
        assert all(np.array_equal(mine[name], theirs[name]) for name in mine)


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="a helper needs another core")
def test_a_helper_changes_nothing() -> None:
    with Helper() as helper:
        for column, kind in COLUMNS.items():
            found = values(column)
            same(helper.fold(KINDS[kind], found), KINDS[kind].fold(found.to_pylist()))
        process = helper.process
        assert process is not None
        assert process.poll() is None
    assert process.poll() == 0, "it ends with the block"


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="a helper needs another core")
def test_a_helper_that_dies_costs_nothing_but_time() -> None:
    found = values("name")
    with Helper() as helper:
        helper.fold(KINDS["chinese_name"], found)
        process: subprocess.Popen[bytes] | None = helper.process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        same(helper.fold(KINDS["chinese_name"], found), KINDS["chinese_name"].fold(found.to_pylist()))


def test_nothing_to_fold() -> None:
    with Helper() as helper:
        assert len(helper.fold(KINDS["phone"], pa.array([], pa.string())).text) == 0
        assert helper.process is None


def test_least_slips_are_never_too_many() -> None:
    from rapidfuzz.distance import OSA

    texts = [text for text in RECORDS["id_number"].to_pylist() if text and len(text) >= 15][:300]
    texts += [text[:5] + text[6] + text[5] + text[7:] for text in texts[:60]]
    texts += [text[:9] + text[10:] for text in texts[:60]]
    signed = signatures(texts, "0123456789X")
    chance = np.random.default_rng(1)
    left, right = chance.integers(0, len(texts), 4000), chance.integers(0, len(texts), 4000)
    left, right = np.append(left, np.arange(60)), np.append(right, 300 + np.arange(60))
    least = least_slips(signed, left, right)
    slips = [OSA.distance(texts[a], texts[b]) for a, b in zip(left, right, strict=True)]
    assert (least <= np.array(slips)).all()
    assert (least > 2).mean() > 0.5, "most pairs are told apart without being looked at"
