"""Linking what changed gives what linking everything under the same census gives: clusters, edges, and the state."""

from __future__ import annotations

import random
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.dirty_addresses import deliver as deliver_places
from bench.dirty_enterprises import deliver as deliver_enterprises
from bench.dirty_people import PROFILES, deliver
from tongchou.pool.linkage import Judgement, LinkageModel, LinkResult, link, load_model, relink, stored
from tongchou.pool.linkage.changes import CAME, STAYED, WENT, changes
from tongchou.pool.linkage.model import MODELS
from tongchou.pool.linkage.state import State

PEOPLE = load_model("zh_people")
ENTERPRISES = load_model("zh_enterprises")
Name = tuple[str, str]
Rows = dict[Name, dict[str, Any]]


def narrow() -> LinkageModel:
    """The model of people with such small blocks that most are too large, and two keys that nearly all share."""
    raw = yaml.safe_load((MODELS / "zh_people.yaml").read_text(encoding="utf-8"))
    raw["keys"] = [{"of": key["of"] if isinstance(key, dict) else key, "limit": 3} for key in raw["keys"]]
    raw["keys"] += [{"of": ["sex.code"], "limit": 5}, {"of": ["name.surname"], "limit": 6}]
    return load_model({**raw, "name": "narrow", "small": 0})


NARROW = narrow()
PLACES = load_model("zh_places")


def homes(count: int, seed: int, profile: str = "mild") -> pa.Table:
    """Addresses of invented homes, some with a position."""
    records = deliver_places(count, seed, profile)
    chance = random.Random(seed)
    where = [
        f"{112.9 + place / 10_000:.4f},28.2" if chance.random() < 0.2 else None
        for place in records["place"].to_pylist()
    ]
    return records.drop_columns(["place"]).append_column("position", pa.array(where, pa.string()))


def table(rows: list[dict[str, Any]], columns: list[str]) -> pa.Table:
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in columns})


def differences(one: LinkResult, two: LinkResult) -> list[str]:
    """What of both results, and of all that stands behind them, is not alike."""
    a, b = states(one, two)
    alike = {"keys": a.everyone.keys.to_pylist() == b.everyone.keys.to_pylist()}
    for name in ("tuples", "identity", "chosen", "left", "right", "certain", "label", "part"):
        alike[name] = np.array_equal(getattr(a, name), getattr(b, name))
    for name in ("records", "same", "apart"):
        mine, theirs = getattr(a.judged, name), getattr(b.judged, name)
        alike[f"judged {name}"] = np.array_equal(np.sort(mine, 0), np.sort(theirs, 0))
    alike["open"] = len(a.open) == len(b.open) and all(map(np.array_equal, a.open, b.open))
    alike["clusters"] = one.clusters.equals(two.clusters)
    alike["edges"] = rows_of(a.edges()) == rows_of(b.edges())
    alike["review"] = in_review(one) == in_review(two)
    alike["contradictions"] = one.contradictions == two.contradictions
    return [name for name, is_so in alike.items() if not is_so]


def in_review(result: LinkResult) -> list[dict[str, Any]]:
    return [row for row in result.edges.to_pylist() if row["decision"] == "review"]


def states(*results: LinkResult) -> list[State]:
    found = [result.state for result in results]
    assert all(found)
    return [state for state in found if state]


def rows_of(edges: pa.Table) -> list[str]:
    return sorted(map(repr, edges.to_pylist()))


class District:
    """Records that come, change and go, and what stewards say of them, by chance and repeatably."""

    def __init__(self, records: pa.Table, seed: int) -> None:
        self.chance = random.Random(seed)
        self.columns = [name for name in records.column_names if name != "person"]
        rows = records.to_pylist()
        self.chance.shuffle(rows)
        named = [((row["resource"], row["source_key"]), row) for row in rows]
        start = len(named) * 2 // 3
        self.here: Rows = dict(named[:start])
        self.coming = named[start:]
        self.judgements: list[Judgement] = []

    def everything(self) -> pa.Table:
        return table(list(self.here.values()), self.columns)

    def day(self, edges: list[dict[str, Any]]) -> tuple[pa.Table, list[Name]]:
        """What changed and who went; edges: of the last run, about which stewards speak."""
        chance, names = self.chance, list(self.here)
        changed: Rows = {}
        for name in chance.sample(names, chance.randint(0, max(1, len(names) // 30))):
            other = self.here[chance.choice(names)]
            values = {c: chance.choice([other[c], None]) for c in chance.sample(self.columns[2:], 2)}
            changed[name] = self.here[name] | values
        for _ in range(min(len(self.coming), chance.randint(0, 12))):
            name, row = self.coming.pop()
            changed[name] = row
        gone = [name for name in chance.sample(names, chance.randint(0, 6)) if name not in changed]
        for _ in range(chance.randint(0, 3)):
            left, right = chance.sample(names, 2)
            if edges and chance.random() < 0.7:
                edge = chance.choice(edges)
                left, right = ((edge[f"{side}_resource"], edge[f"{side}_key"]) for side in ("left", "right"))
            verdict = chance.choice(["same", "different"])
            at = f"2026-01-01T{len(self.judgements):06d}"
            self.judgements.append(
                Judgement(left, right, "same" if verdict == "same" else "different", "li", at)
            )
        if self.judgements and chance.random() < 0.4:
            self.judgements.pop(chance.randrange(len(self.judgements)))
        self.here |= changed
        for name in gone:
            del self.here[name]
        return table(list(changed.values()), self.columns), gone


def live(
    district: District, model: LinkageModel, days: int, folder: Path | None = None
) -> list[tuple[int, str]]:
    """Some days, each linked both ways; what differed on which."""
    found: list[tuple[int, str]] = []
    before = link(district.everything(), model=model)
    for day in range(days):
        changed, gone = district.day(before.edges.to_pylist())
        [state] = states(before)
        if folder:
            stored.write(folder / str(day), state, model, {"day": day})
            kept = stored.read(folder / str(day), model)
            assert kept.facts == {"day": day}
            state = kept.state
        now = relink(state, changed, model=model, judgements=district.judgements, removed=gone)
        whole = link(
            district.everything(), model=model, judgements=district.judgements, census=state.everyone.census
        )
        found += [(day, each) for each in differences(now, whole)]
        before = now
    return found


SLOW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


@given(seed=st.integers(0, 10**6), profile=st.sampled_from(sorted(PROFILES)))
@SLOW
def test_changes_give_what_everything_gives(seed: int, profile: str) -> None:
    assert live(District(deliver(120, seed, profile), seed), PEOPLE, 3) == []


@given(seed=st.integers(0, 10**6), profile=st.sampled_from(sorted(PROFILES)))
@SLOW
def test_also_where_blocks_are_too_large(seed: int, profile: str) -> None:
    assert live(District(deliver(120, seed, profile), seed), NARROW, 3) == []


@given(seed=st.integers(0, 10**6))
@settings(SLOW, max_examples=4)
def test_also_among_enterprises(seed: int) -> None:
    assert live(District(deliver_enterprises(80, seed, "mild"), seed), ENTERPRISES, 3) == []


@given(seed=st.integers(0, 10**6), profile=st.sampled_from(["mild", "renamed"]))
@settings(SLOW, max_examples=6)
def test_also_among_places(seed: int, profile: str) -> None:
    assert live(District(homes(120, seed, profile), seed), PLACES, 3) == []


def test_also_where_who_may_be_any_of_many_is_none() -> None:
    raw = yaml.safe_load((MODELS / "zh_places.yaml").read_text(encoding="utf-8"))
    raw["keys"] = [
        {"of": key["of"] if isinstance(key, dict) else key, "limit": 3, "beyond": 0} for key in raw["keys"]
    ]
    model = load_model({**raw, "name": "alone"})
    for seed in (1, 2, 3):
        assert live(District(homes(120, seed), seed), model, 3) == []


def test_what_a_population_knows_of_its_places_is_kept(tmp_path: Path) -> None:
    district = District(homes(150, 5, "renamed"), 5)
    [state] = states(link(district.everything(), model=PLACES))
    stored.write(tmp_path / "state", state, PLACES, {})
    again = stored.read(tmp_path / "state", PLACES).state
    assert state.everyone.census is not None
    assert again.everyone.census is not None
    assert len(state.everyone.census.known["address"]) > 10
    assert again.everyone.census.known == state.everyone.census.known
    assert live(District(homes(150, 6), 6), PLACES, 3, tmp_path) == []


def test_also_from_a_state_on_disk(tmp_path: Path) -> None:
    assert live(District(deliver(150, 5, "harsh"), 5), NARROW, 4, tmp_path) == []


def test_nothing_changed_decides_nothing() -> None:
    district = District(deliver(100, 3), 3)
    before = link(district.everything(), model=PEOPLE)
    [state] = states(before)
    unchanged = table(list(district.here.values())[:40], district.columns)
    now = relink(state, unchanged, model=PEOPLE)
    assert now.counts["decided"] == 0
    assert differences(now, before) == []


def test_only_what_hangs_together_with_a_change_is_decided_again() -> None:
    district = District(deliver(400, 3), 3)
    before = link(district.everything(), model=PEOPLE)
    [state] = states(before)
    name = next(iter(district.here))
    row = district.here[name] | {"phone": "13912345678"}
    now = relink(state, table([row], district.columns), model=PEOPLE)
    assert 1 <= now.counts["decided"] < 30
    assert now.decided is not None
    told = {
        (edge["left_resource"], edge["left_key"])
        for edge in now.edges.to_pylist()
        if edge["decision"] == "link"
    }
    about = now.clusters.filter(pa.array(now.decided))
    assert told <= set(zip(about["resource"].to_pylist(), about["source_key"].to_pylist(), strict=True))


def test_a_census_is_kept_until_it_is_counted_again() -> None:
    district = District(deliver(300, 8), 8)
    before = link(district.everything(), model=PEOPLE)
    [state] = states(before)
    changed, _ = district.day([])
    now = relink(state, changed, model=PEOPLE)
    assert now.state is not None
    assert now.state.everyone.census is state.everyone.census
    assert now.state.everyone.prior == state.everyone.prior


@pytest.mark.parametrize("harm", ["missing", "cut", "flipped", "head", "model", "form"])
def test_a_state_that_is_not_whole_is_no_state(tmp_path: Path, harm: str) -> None:
    [state] = states(link(District(deliver(60, 4), 4).everything(), model=PEOPLE))
    folder = tmp_path / "state"
    stored.write(folder, state, PEOPLE, {})
    victim = folder / "records.arrow"
    model = PEOPLE
    if harm == "missing":
        (folder / "state.json").unlink()
    elif harm == "cut":
        victim.write_bytes(victim.read_bytes()[:-100])
    elif harm == "flipped":
        content = bytearray(victim.read_bytes())
        content[len(content) // 2] ^= 1
        victim.write_bytes(content)
    elif harm == "head":
        (folder / "state.json").write_text("{")
    elif harm == "form":
        head = folder / "state.json"
        head.write_text(head.read_text().replace(f'"form": {stored.FORM}', '"form": 0'))
    else:
        raw = yaml.safe_load((MODELS / "zh_people.yaml").read_text(encoding="utf-8"))
        raw["columns"]["phone"]["bits"]["same"] += 0.1
        model = load_model(raw)
    code = {"cut": "damaged", "flipped": "damaged", "head": "damaged"}.get(harm, harm)
    with pytest.raises(stored.NoState) as told:
        stored.read(folder, model)
    assert told.value.code == code


def test_every_part_of_a_state_is_kept(tmp_path: Path) -> None:
    [state] = states(link(District(deliver(80, 6, "twins"), 6).everything(), model=PEOPLE))
    stored.write(tmp_path / "state", state, PEOPLE, {})
    again = stored.read(tmp_path / "state", PEOPLE).state
    for each in fields(State):
        mine, theirs = getattr(state, each.name), getattr(again, each.name)
        if isinstance(mine, np.ndarray):
            assert np.array_equal(mine, theirs), each.name
    assert again.everyone.census is not None
    assert state.everyone.census is not None
    assert again.everyone.census.penalty == state.everyone.census.penalty
    for column, other in zip(state.everyone.columns, again.everyone.columns, strict=True):
        assert column.folded.text == other.folded.text
        assert all(np.array_equal(column.rarity[name], other.rarity[name]) for name in column.rarity)


def test_pairs_that_come_and_go_are_those_of_the_whole_before_and_after() -> None:
    from tongchou.pool.linkage.candidates import candidates
    from tongchou.pool.linkage.identities import read_identities

    records = deliver(150, 12).drop_columns(["person"])
    everyone = read_identities(records, NARROW)
    chance = np.random.default_rng(2)
    status = chance.choice([STAYED, CAME, WENT], everyone.size, p=[0.9, 0.05, 0.05]).astype(np.uint8)
    now, went = np.flatnonzero(status != WENT), np.flatnonzero(status == WENT)
    before = np.flatnonzero(status != CAME)
    arranged = everyone.take(np.concatenate([now, went]))
    place = np.full(everyone.size, -1)
    place[now] = np.arange(len(now))
    size = len(now)

    def codes(records: np.ndarray) -> set[int]:
        left, right = (records[side] for side in candidates(everyone.take(records), NARROW))
        stood = (place[left] >= 0) & (place[right] >= 0)
        return set((place[left[stood]] * size + place[right[stood]]).tolist())

    was, is_now = codes(before), codes(now)
    found = changes(
        arranged, NARROW, np.concatenate([status[now], status[went]]), np.array(sorted(was)), size
    )
    assert is_now - was <= set(found.come.tolist()) <= is_now
    assert set(found.go.tolist()) == was - is_now
