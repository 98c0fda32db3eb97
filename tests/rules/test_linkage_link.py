"""Linking: what is joined, what stays apart, and what a steward's word changes."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.dirty_enterprises import deliver as deliver_enterprises
from bench.dirty_people import deliver
from tongchou.pool.linkage import Judgement, LinkResult, compare, link, load_model, probability
from tongchou.pool.linkage.kinds import KINDS
from tongchou.standards.errors import HouseError
from tongchou.standards.identity import check_character

PEOPLE = load_model("zh_people")
ENTERPRISES = load_model("zh_enterprises")
ENGLISH = load_model("en_people")


def number(body: str) -> str:
    return body + check_character(body)


def table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Records from rows; `id` is "resource:key"."""
    names = sorted({name for row in rows for name in row} - {"id"})
    columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    resource, key = zip(*(row["id"].split(":") for row in rows), strict=True)
    return pa.table({"resource": pa.array(resource), "source_key": pa.array(key), **columns})


def groups(result: LinkResult) -> set[frozenset[str]]:
    """Clusters as sets of "resource:key"."""
    found: dict[int, set[str]] = {}
    for row in result.clusters.to_pylist():
        found.setdefault(row["cluster"], set()).add(f"{row['resource']}:{row['source_key']}")
    return {frozenset(members) for members in found.values()}


def together(result: LinkResult, *names: str) -> bool:
    return any(set(names) <= members for members in groups(result))


LI_JING = number("44060419760302558")
HOME = "佛山市禅城区季华六路13号4栋1402室"
FAMILY = [
    {
        "id": "hukou:1",
        "name": "李静",
        "id_number": LI_JING,
        "birth_date": "1976-03-02",
        "sex": "2",
        "address": HOME,
    },
    {"id": "clinic:1", "name": "李婧", "birth_date": "1976-03-02", "sex": "2", "phone": "13639349721"},
    {"id": "clinic:2", "name": "李静", "id_number": LI_JING, "phone": "13639349721"},
    {
        "id": "social:1",
        "name": "李静",
        "id_number": LI_JING[:6] + LI_JING[8:17],
        "address": "季华六路13号4座1402",
    },
]
TWINS = [
    {"id": "hukou:11", "name": "李文静", "id_number": number("44060420141105328"), "birth_date": "2014-11-05",
     "sex": "2", "address": HOME},
    {"id": "hukou:12", "name": "李文芳", "id_number": number("44060420141105330"), "birth_date": "2014-11-05",
     "sex": "2", "address": HOME},
    {"id": "school:11", "name": "李文静", "birth_date": "2014-11-05", "sex": "2", "address": HOME,
     "phone": "13639349721", "guardian_name": "李静"},
    {"id": "school:12", "name": "李文芳", "birth_date": "2014-11-05", "sex": "2", "address": HOME,
     "phone": "13639349721", "guardian_name": "李静"},
]  # fmt: skip


def test_one_person_across_sources() -> None:
    result = link(table(FAMILY), model=PEOPLE)
    assert groups(result) == {frozenset(row["id"] for row in FAMILY)}
    assert {edge["decision"] for edge in result.edges.to_pylist()} == {"link"}


def test_twins_and_their_mother_share_home_and_phone_and_stay_three() -> None:
    result = link(table(FAMILY + TWINS), model=PEOPLE)
    assert together(result, "hukou:11", "school:11")
    assert together(result, "hukou:12", "school:12")
    assert together(result, "hukou:1", "clinic:1")
    assert len(groups(result)) == 3


def test_a_guardians_phone_does_not_make_the_child_the_guardian() -> None:
    child = {"id": "clinic:9", "name": "李梓涵", "phone": "13639349721", "address": HOME}
    result = link(table([*FAMILY, child]), model=PEOPLE)
    assert not together(result, "clinic:9", "clinic:2")


def test_two_valid_numbers_are_shown_for_review_and_not_joined() -> None:
    same_but_number = FAMILY[0] | {"id": "social:5", "id_number": number("45010219760302417")}
    result = link(table([FAMILY[0], same_but_number]), model=PEOPLE)
    assert len(groups(result)) == 2
    [edge] = result.edges.to_pylist()
    assert edge["decision"] == "review"
    assert "身份证号不同且均通过校验" in edge["sentence_zh"]


def test_a_name_alone_is_never_enough() -> None:
    result = link(table([{"id": "a:1", "name": "欧阳铁蛋"}, {"id": "b:1", "name": "欧阳铁蛋"}]), model=PEOPLE)
    assert len(groups(result)) == 2


STRANGERS = [
    {"id": f"roll:{at}", "name": name, "birth_date": born, "sex": sex}
    for at, (name, born, sex) in enumerate(
        [("陈志强", "1960-01-15", "1"), ("李秀英", "1955-12-03", "2"), ("欧阳明", "1978-07-21", "1"),
         ("黄丽华", "1990-09-09", "2"), ("周建军", "1970-04-30", "1"), ("吴敏", "2001-11-11", "2"),
         ("郑国栋", "1988-02-17", "1"), ("孙桂兰", "1949-10-01", "2")]
    )
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"birth_date": "1985-03-07"}, {"birth_date": "1995-03-07"}),
        ({"birth_date": "1985-03-07"}, {"birth_date": "1995-08-21"}),
        ({"birth_date": "1985-03-07"}, {"birth_date": "1984-11-30"}),
        ({"birth_date": "1985-03-07"}, {}),
        ({}, {}),
        ({"phone": "13639349721"}, {"phone": "15939349756"}),
    ],
)
@pytest.mark.parametrize("name", ["王建国", "慕容晓岚"])
def test_among_ten_records_a_shared_name_is_left_to_a_steward(
    name: str, one: dict[str, str], two: dict[str, str]
) -> None:
    pair = [{"id": "a:1", "name": name, "sex": "1"} | one, {"id": "b:1", "name": name, "sex": "1"} | two]
    result = link(table([*STRANGERS, *pair]), model=PEOPLE)
    assert not together(result, "a:1", "b:1")
    assert [row["decision"] for row in result.edges.to_pylist()] == ["review"]


@pytest.mark.parametrize(
    "both",
    [{"birth_date": "1985-03-07"}, {"phone": "13639349721"}, {"address": HOME}, {"id_number": LI_JING}],
)
def test_among_ten_records_a_name_and_something_else_join(both: dict[str, str]) -> None:
    pair = [{"id": f"{source}:1", "name": "李静", "sex": "2"} | both for source in "ab"]
    assert together(link(table([*STRANGERS, *pair]), model=PEOPLE), "a:1", "b:1")


def test_one_without_a_number_between_two_namesakes_joins_neither() -> None:
    rows = [
        {"id": "hukou:1", "name": "王伟", "id_number": number("44060419760302551"), "sex": "1"},
        {"id": "hukou:2", "name": "王伟", "id_number": number("45010219881213003"), "sex": "1"},
        {"id": "clinic:1", "name": "王伟", "sex": "1"},
    ]
    assert len(groups(link(table(rows), model=PEOPLE))) == 3


def test_the_order_of_rows_does_not_matter_and_a_second_run_says_the_same() -> None:
    rows = FAMILY + TWINS
    first = link(table(rows), model=PEOPLE)
    for seed in range(5):
        mixed = random.Random(seed).sample(rows, len(rows))
        again = link(table(mixed), model=PEOPLE)
        assert again.clusters.equals(first.clusters)
        assert again.edges.equals(first.edges)


def test_sentences_a_clerk_understands() -> None:
    told = compare(FAMILY[0], {**FAMILY[3], "name": "李婧"}, model=PEOPLE)
    assert told.sentence.zh == "身份证号相同；姓名同音（李静/李婧）；住址同栋同室"
    assert (
        told.sentence.en
        == "same identity number; name sounds the same (李静/李婧); home: same building and room"
    )
    assert 0.99 < told.probability <= 1 == round(probability(40))


def test_many_visits_of_one_patient_do_not_make_the_number_common() -> None:
    visits = [FAMILY[0] | {"id": f"clinic:{n}", "phone": f"139{n:08d}", "address": None} for n in range(300)]
    assert len(groups(link(table(visits), model=PEOPLE))) == 1


def judged(verdict: Any, left: str, right: str, at: str = "2026-01-01T00:00:00") -> Judgement:
    one, two = left.split(":"), right.split(":")
    return Judgement((one[0], one[1]), (two[0], two[1]), verdict, "steward", at)


def test_same_forces_and_different_forbids_even_through_others() -> None:
    stranger = {"id": "tax:1", "name": "赵六", "birth_date": "1950-01-01"}
    rows = table([*FAMILY, stranger])
    forced = link(rows, model=PEOPLE, judgements=[judged("same", "hukou:1", "tax:1")])
    assert together(forced, "tax:1", "hukou:1", "clinic:1")
    assert [edge["how"] for edge in forced.edges.to_pylist()].count("judgement") == 1
    kept = link(rows, model=PEOPLE, judgements=[judged("different", "hukou:1", "clinic:2")])
    assert not together(kept, "hukou:1", "clinic:2")
    assert not kept.contradictions


def test_different_holds_between_records_that_say_the_same() -> None:
    twice = [FAMILY[0], FAMILY[0] | {"id": "hukou:2"}]
    assert len(groups(link(table(twice), model=PEOPLE))) == 1
    apart = link(table(twice), model=PEOPLE, judgements=[judged("different", "hukou:1", "hukou:2")])
    assert len(groups(apart)) == 2


def test_contradictory_judgements_are_reported_and_the_newer_hold() -> None:
    said = [
        judged("same", "hukou:1", "clinic:1", "2026-01-03"),
        judged("same", "clinic:1", "clinic:2", "2026-01-02"),
        judged("different", "hukou:1", "clinic:2", "2026-01-01"),
        judged("same", "hukou:1", "nowhere:1", "2026-01-04"),
    ]
    for order in (said, said[::-1]):
        result = link(table(FAMILY), model=PEOPLE, judgements=order)
        assert result.contradictions == (said[2],)
        assert together(result, "hukou:1", "clinic:2")


def test_absent_columns_and_empty_tables() -> None:
    only_names = table([{"id": "a:1", "name": "李静", "birth_date": "1976-03-02"}])
    assert groups(link(only_names, model=PEOPLE)) == {frozenset({"a:1"})}
    nothing = pa.table({"resource": pa.array([], pa.string()), "source_key": pa.array([], pa.string())})
    assert link(nothing, model=PEOPLE).clusters.num_rows == 0
    bare = pa.table({"resource": ["a", "b"], "source_key": ["1", "1"]})
    assert link(bare, model=PEOPLE).clusters.num_rows == 2


def test_one_valid_number_and_one_name_are_one_person_whatever_the_rest() -> None:
    crowd = [
        {"id": f"hukou:{n}", "name": "李静", "id_number": number(f"4406041976030{n:04d}"), "sex": "2"}
        for n in range(1000, 1400)
    ]
    mine = number("44060419760301200")
    rows = [
        *crowd,
        {"id": "visits:1", "name": "李靜", "id_number": mine, "birth_date": "1999-01-01"},
        {"id": "visits:2", "name": "李婧", "id_number": mine, "address": HOME},
        {"id": "cars:1", "name": "李静", "phone": "13639349721", "address": HOME},
        {"id": "fund:1", "name": "李静", "id_number": mine, "phone": "13639349721"},
    ]
    result = link(table(rows), model=PEOPLE)
    assert together(result, "visits:1", "visits:2", "fund:1", "hukou:1200")
    assert len(groups(result)) <= 401  # nobody else joined anybody


def test_partners_with_nothing_to_say_to_one_another_both_join() -> None:
    full = FAMILY[0] | {"phone": "13639349721"}
    visit = {"id": "visits:1", "name": "李静", "id_number": LI_JING}
    car = {"id": "cars:1", "name": "李静", "phone": "13639349721", "address": HOME}
    assert len(groups(link(table([full, visit, car]), model=PEOPLE))) == 1


def test_a_child_under_its_guardians_number_is_not_the_guardian_nor_its_twin() -> None:
    children = [
        {"id": f"school:{n}", "name": name, "id_number": LI_JING, "birth_date": "2014-11-05", "sex": "2"}
        for n, name in ((1, "王文静"), (2, "李文芳"))
    ]
    result = link(table([FAMILY[0], *children]), model=PEOPLE)
    assert len(groups(result)) == 3


def test_different_wins_over_one_number() -> None:
    rows = [FAMILY[0], FAMILY[2], FAMILY[3]]
    said = [judged("different", "hukou:1", "clinic:2")]
    result = link(table(rows), model=PEOPLE, judgements=said)
    assert not together(result, "hukou:1", "clinic:2")


def test_a_name_alone_is_no_question_for_a_steward() -> None:
    rows = [{"id": "a:1", "name": "欧阳铁蛋"}, {"id": "b:1", "name": "欧阳铁蛋"}]
    assert not link(table(rows), model=PEOPLE).edges.num_rows


def test_no_stored_sentence_holds_a_value() -> None:
    invented = deliver(400, 5, "harsh")
    firms = deliver_enterprises(400, 5, "harsh")
    for records, model in ((invented, PEOPLE), (firms, ENTERPRISES)):
        result = link(records.drop_columns(["person"]), model=model, review_limit=10_000)
        told = set(result.edges["sentence_zh"].to_pylist()) | set(result.edges["sentence_en"].to_pylist())
        words = "\n".join(told)
        assert {"link", "review"} <= set(result.edges["decision"].to_pylist())
        assert not any(character.isdigit() for character in words.replace("15", "").replace("18", ""))
        for name in set(model.column_at) & set(records.column_names):
            for value in records[name].unique().to_pylist():
                assert not value or len(value) < 2 or value not in words


def test_the_words_of_every_kind_name_no_value() -> None:
    for kind in KINDS.values():
        for level in kind.levels:
            for words in level.text:
                assert set(re.findall(r"\{.*?\}", words)) <= {"{label}"}


def test_what_is_wrong_is_told_all_at_once() -> None:
    with pytest.raises(HouseError, match=r"linkage\.columns_missing"):
        link(pa.table({"name": ["李静"]}), model=PEOPLE)
    with pytest.raises(HouseError, match=r"linkage\.duplicate_key"):
        link(table([FAMILY[0], FAMILY[0]]), model=PEOPLE)
    with pytest.raises(HouseError, match=r"linkage\.model_unknown"):
        load_model("nobody")
    with pytest.raises(HouseError) as told:
        load_model(
            {
                "columns": {"name": {"kind": "word", "bits": {"odd": 1}}, "x": {"kind": "none"}},
                "keys": [["y.z"]],
            }
        )
    message = told.value.say("en")
    assert all(problem in message for problem in ("no level odd", "no kind none", "no column y"))


VALUES = {
    "id_number": [
        LI_JING,
        number("44060420141105328"),
        number("44060420141105330"),
        LI_JING[:9] + "9" + LI_JING[10:],
    ],
    "name": ["李静", "李婧", "李文静", "李文芳", "王芳", "李静文"],
    "birth_date": ["1976-03-02", "1976-02-03", "1976-03", "2014-11-05"],
    "sex": ["1", "2"],
    "phone": ["13639349721", "13639349712", "18543688785"],
    "address": [HOME, "季华六路13号4栋", "祖庙路301号19栋203室"],
    "guardian_name": ["李静", "王芳"],
}
RECORD = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in VALUES.items()}
)


@settings(max_examples=60, deadline=None)
@given(one=RECORD, two=RECORD, column=st.sampled_from(sorted(VALUES)), pick=st.integers(0, 5))
def test_scores_are_symmetric_and_agreeing_never_lowers_them(
    one: dict[str, str], two: dict[str, str], column: str, pick: int
) -> None:
    there, back = compare(one, two, model=PEOPLE), compare(two, one, model=PEOPLE)
    assert there.score == back.score
    assert [part.level for part in there.parts] == [part.level for part in back.parts]
    assert compare(one, one, model=PEOPLE).score >= there.score
    value = VALUES[column][pick % len(VALUES[column])]
    without = compare({**one, column: None}, {**two, column: None}, model=PEOPLE)
    agreeing = compare({**one, column: value}, {**two, column: value}, model=PEOPLE)
    if column == "id_number" and any(part.level == "relative" for part in agreeing.parts):
        return  # under the parent's number: agreeing in it is what makes them child and parent
    assert agreeing.score >= without.score
