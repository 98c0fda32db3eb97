"""Subject ids that stay: what happens to them when clusters stay, split, merge and come apart again."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tongchou.pool.subjects import ALIASES, LINKS, Assignment, assign, new_ids

MONDAY = datetime(2026, 11, 16, 8, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 17, 8, tzinfo=UTC)
WEDNESDAY = datetime(2026, 11, 18, 8, tzinfo=UTC)


def clustered(*clusters: str) -> pa.Table:
    """Clusters as words: every letter is the key of a record."""
    rows = [("r", key, number) for number, word in enumerate(clusters) for key in word]
    return pa.table(
        {
            "resource": pa.array([r[0] for r in rows], pa.string()),
            "source_key": pa.array([r[1] for r in rows], pa.string()),
            "cluster": pa.array([r[2] for r in rows], pa.int64()),
        }
    )


def run(clusters: pa.Table, before: Assignment | None, at: datetime) -> Assignment:
    return assign(
        clusters,
        None,
        before.links if before else None,
        before.aliases if before else None,
        prefix="P",
        at=at,
    )


def files(assignment: Assignment) -> dict[str, str]:
    """{subject id: its letters}"""
    found: dict[str, str] = {}
    for row in assignment.links.to_pylist():
        found[row["subject_id"]] = found.get(row["subject_id"], "") + row["source_key"]
    return {key: "".join(sorted(value)) for key, value in found.items()}


def of(assignment: Assignment, letter: str) -> str:
    return next(key for key, letters in files(assignment).items() if letter in letters)


def test_new_clusters_get_opaque_ids_of_their_kind() -> None:
    first = run(clustered("abc", "d"), None, MONDAY)
    assert sorted(files(first).values()) == ["abc", "d"]
    assert all(len(key) == 13 and key.startswith("P") for key in files(first))
    assert first.links.schema == LINKS
    assert first.aliases.schema == ALIASES


def test_what_stays_together_keeps_its_id_and_nothing_counts_as_changed() -> None:
    first = run(clustered("abc", "d"), None, MONDAY)
    # The numbers of clusters mean nothing: they come in another order.
    second = run(clustered("d", "cab"), first, TUESDAY)
    assert files(second) == files(first)
    assert second.changed.num_rows == 0
    assert second.moves.num_rows == 0
    assert set(second.links.column("since").to_pylist()) == {MONDAY}


def test_a_split_leaves_the_id_with_the_larger_part() -> None:
    first = run(clustered("abcde"), None, MONDAY)
    second = run(clustered("ab", "cde"), first, TUESDAY)
    assert of(second, "c") == of(first, "a")
    assert of(second, "a") not in files(first)
    assert set(second.changed.column("subject_id").to_pylist()) == {of(second, "a"), of(second, "c")}


def test_an_even_split_leaves_it_with_the_part_of_the_smallest_key() -> None:
    first = run(clustered("abcd"), None, MONDAY)
    for order in (("cd", "ab"), ("ab", "cd")):
        assert of(run(clustered(*order), first, TUESDAY), "a") == of(first, "a")


def test_a_merge_keeps_the_larger_id_and_the_other_becomes_its_alias() -> None:
    first = run(clustered("ab", "cde"), None, MONDAY)
    second = run(clustered("abcde"), first, TUESDAY)
    assert files(second) == {of(first, "c"): "abcde"}
    assert second.aliases.to_pylist() == [
        {"subject_id": of(first, "a"), "merged_into": of(first, "c"), "at": TUESDAY}
    ]
    assert set(second.changed.column("subject_id").to_pylist()) == {of(first, "a"), of(first, "c")}


def test_of_equal_parts_the_older_id_stays() -> None:
    first = run(clustered("ab"), None, MONDAY)
    second = run(clustered("ab", "cd"), first, TUESDAY)
    third = run(clustered("abcd"), second, WEDNESDAY)
    assert files(third) == {of(first, "a"): "abcd"}


def test_undoing_a_merge_restores_both_ids() -> None:
    first = run(clustered("ab", "cde"), None, MONDAY)
    merged = run(clustered("abcde"), first, TUESDAY)
    parted = run(clustered("ab", "cde"), merged, WEDNESDAY)
    assert files(parted) == files(first)
    assert parted.aliases.num_rows == 0


def test_aliases_point_at_the_id_that_is_alive() -> None:
    first = run(clustered("a", "bc", "defg"), None, MONDAY)
    second = run(clustered("abc", "defg"), first, TUESDAY)
    third = run(clustered("abcdefg"), second, WEDNESDAY)
    told = {row["subject_id"]: row["merged_into"] for row in third.aliases.to_pylist()}
    assert told == {of(first, "a"): of(first, "d"), of(first, "b"): of(first, "d")}


def test_an_id_is_never_given_twice() -> None:
    first = run(clustered("a"), None, MONDAY)
    taken = of(first, "a")
    offers = iter([[taken, "PAAAAAAAAAAAA"], ["PBBBBBBBBBBBB"]])
    second = assign(
        clustered("a", "b", "c"), None, first.links, first.aliases,
        prefix="P", at=TUESDAY, make_ids=lambda count, prefix: next(offers),
    )  # fmt: skip
    assert set(files(second)) == {taken, "PAAAAAAAAAAAA", "PBBBBBBBBBBBB"}


def test_new_ids_are_distinct_and_readable() -> None:
    drawn = new_ids(5000, "E")
    assert len(set(drawn)) == 5000
    assert all(set(each[1:]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for each in drawn)


partitions = st.lists(st.integers(0, 5), min_size=12, max_size=12)


def words(labels: list[int]) -> list[str]:
    grouped: dict[int, str] = {}
    for letter, label in zip("abcdefghijkl", labels, strict=True):
        grouped[label] = grouped.get(label, "") + letter
    return list(grouped.values())


@settings(max_examples=20, deadline=None)
@given(partitions, partitions, st.randoms())
def test_whatever_the_clusters_do_the_ids_obey(before: list[int], after: list[int], random: object) -> None:
    first = run(clustered(*words(before)), None, MONDAY)
    shuffled = words(after)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    second = run(clustered(*shuffled), first, TUESDAY)
    # Clusters are kept exactly, and each has one id.
    assert sorted(files(second).values()) == sorted("".join(sorted(each)) for each in words(after))
    old = {letter: key for key, letters in files(first).items() for letter in letters}
    new = {letter: key for key, letters in files(second).items() for letter in letters}
    for key, letters in files(first).items():
        if key in files(second):
            # An id is only where records of it are, and where none of its other parts is larger, unless a larger
            # or older id took the larger part.
            parts = Counter(new[letter] for letter in letters)
            assert any(old[letter] == key for letter in files(second)[key])
            largest = max(parts.values())
            if parts[key] < largest:
                taken = [part for part, count in parts.items() if count == largest]
                assert all(part in files(first) for part in taken)
        else:
            (alias,) = [row for row in second.aliases.to_pylist() if row["subject_id"] == key]
            assert alias["merged_into"] in files(second)
    # Doing it again changes nothing.
    third = run(clustered(*words(after)), second, WEDNESDAY)
    assert files(third) == files(second)
    assert third.changed.num_rows == 0
    assert third.aliases.equals(second.aliases)


def numbered_ids(count: int, prefix: str) -> list[str]:
    """Ids one after the other, so that two runs give the same."""
    return [f"{prefix}NEW{number:09}" for number in range(count)]


@settings(max_examples=20, deadline=None)
@given(partitions, partitions)
def test_given_only_what_was_decided_about_the_outcome_is_that_of_everything(
    before: list[int], after: list[int]
) -> None:
    first = run(clustered(*words(before)), None, MONDAY)
    old, new = words(before), words(after)
    # Who hangs together with a cluster that is another than before, before or after.
    decided = set("".join(set(old) ^ set(new)))
    while more := {letter for word in (*old, *new) if decided & set(word) for letter in word} - decided:
        decided |= more
    told = clustered(*new)
    some = told.filter(pa.array([key in decided for key in told["source_key"].to_pylist()], pa.bool_()))
    whole, part = (
        assign(
            clusters, None, first.links, first.aliases, prefix="P", at=TUESDAY, make_ids=numbered_ids,
            some=clusters is some,
        )
        for clusters in (told, some)
    )  # fmt: skip
    assert part.links.equals(whole.links)
    assert part.aliases.equals(whole.aliases)
    assert part.changed.equals(whole.changed)
    assert sorted(map(repr, part.moves.to_pylist())) == sorted(map(repr, whole.moves.to_pylist()))
