"""Search by words: found in every spelling, only by what is granted, and never out of step with the links."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
import tantivy
from django.conf import settings

from tests import district
from tests.actions import searched
from tests.actions.pooled import data  # noqa: F401
from tongchou.accounts.actor import Actor
from tongchou.exchange.actions import access
from tongchou.exchange.dossiers import Results
from tongchou.exchange.models import Grant
from tongchou.ledger.models import Entry
from tongchou.pool import erasers, erasing, links, queries
from tongchou.pool.engine.log import RecordLog
from tongchou.pool.models import Population
from tongchou.pool.plans import feeds_of
from tongchou.pool.search import apart, index, keyed, making, shards
from tongchou.pool.search.searched import COLUMNS as searched_columns
from tongchou.pool.search.searched import Maker
from tongchou.standards.errors import HouseError

pytestmark = [pytest.mark.usefixtures("data"), pytest.mark.any_database]


@pytest.fixture
def cast(data: Path) -> dict[str, Actor]:  # noqa: F811
    return searched.founded()


def look(cast: dict[str, Actor], query: str, **more: str) -> Results:
    found: Results = access.search(by=cast["clerk"], query=query, purpose="relief_check", **more)
    return found


def subject(key: str, population: str = "people", resource: str = "ps.residents") -> str:
    found = links.subject_of(population, resource, key)
    assert found is not None
    return found


def company(key: str) -> str:
    return subject(key, "enterprises", "market.enterprises")


def ids(found: Results) -> list[str]:
    return [each.subject_id for each in found]


PEOPLE = [
    ("chen", "陈小明", "陳小明 chenxiaoming CHENXIAOMING Chen,Xiaoming cxm 陈晓明 陈小民 小明陈 陈小 陈小朋 陈小明明 "
     "chenxiaomin chenxiaomign chenxiaomng chnxiaoming xiaomingchen 陈xiaoming chenxm xmc 小明 chenxiao xiaoming"),
    ("ouyang", "欧阳娜娜", "歐陽娜娜 ouyangnana oynn 欧阳娜 欧阳那那 nanaouyang ouyangnan 娜娜"),
    ("ayi", "阿依古丽·买买提", "阿依古丽买买提 阿依古丽 买买提 阿依古力买买提 ayigulimaimaiti ayiguli ayglmmt 阿依古丽・买买提"),
    ("lv", "吕绿洲", "lvlvzhou lulvzhou lulvzhuo llz 呂綠洲"),
    ("shan", "单乐", "shanle danle shanyue"),
    ("old", "张伟强", "張偉強 zhangweiqiang 张威强 zwq 张伟祥"),
    ("smith", "JOHN SMITH", "johnsmith SmithJohn smith jon-smith"),
]  # fmt: skip


WORDS = [
    "chen xiao ming", "Chen Xiaoming", "xiaoming chen", "陈小明 1985-03-12", "陈小明 1985", "cxm 1985", "陈小明 岭南大道",
    "岭南大道 陈小明", "岭南大道12号", "岭南大道 12 号 3座 502", "岭南大到12号3座502", "祖庙街道岭南大道12号",
]  # fmt: skip
#: For the one at 福贤路17号.
ROAD = ["福贤路", "fuxianlu", "fxl", "福贤路17", "福闲路17号", "福大路17号", "福賢路"]
OTHERS = ["陈小明 1986", "陈小明 江湾路", "岭南大道13号", "岭南大道12号4座", "陈小明 1985-03-13"]
COMPANIES = {
    "hengxin": [
        "恒信达", "恒信达科技", "佛山市恒信达科技有限公司", "恆信達", "恒信大科技", "hengxinda", "heng xin da ke ji", "hxdkj",
        "衡信达科技", "季华四路33号", "陈小明", "hengxindakjei", "foshanshihengxindakejiyouxiangongsi",
    ],
    "noodles": ["牛肉面", "阿婆牛肉面", "阿婆牛内面馆", "王芳", "niuroumian"],
    "abc": ["ABC国际贸易", "国际贸易", "灯湖东路", "abc国际"],
}  # fmt: skip


def missed(cast: dict[str, Actor], wanted: str, queries: Iterable[str]) -> list[str]:
    """The queries that do not find the subject."""
    found = []
    for query in queries:
        try:
            answer = ids(look(cast, query))
        except HouseError as error:
            answer = [error.code]
        if wanted not in answer:
            found.append(query)
    return found


def test_people_are_found_in_every_spelling(cast: dict[str, Actor]) -> None:
    for key, name, others in PEOPLE:
        assert missed(cast, subject(key), [name, *others.split()]) == [], key
    assert missed(cast, subject("chen"), WORDS) == []
    assert missed(cast, subject("old"), ROAD) == []
    assert missed(cast, subject("chen"), OTHERS) == OTHERS
    number = str(searched.resident("chen", *searched.PEOPLE["chen"])["id_number"])
    another = str((int(number[9]) + 1) % 10)
    slips = [number[:9] + another + number[10:], number[:14] + number[15] + number[14] + number[16:]]
    assert missed(cast, subject("chen"), slips) == []
    for key, query in (
        ("chen", "陈小明"),
        ("chen", "chenxiaoming"),
        ("other_chen", "陈晓敏"),
        ("wang", "王芳"),
    ):
        assert ids(look(cast, query))[0] == subject(key)


def test_companies_and_resources(cast: dict[str, Actor]) -> None:
    for key, typed in COMPANIES.items():
        assert missed(cast, company(key), typed) == [], key
    by = replace(cast["clerk"], permissions=cast["clerk"].permissions | {"catalogue.view"})
    for query in ("户籍人口", "户籍", "hujirenkou", "hjrk", "户藉人口", "ps.residents"):
        assert look(cast, query).resources == ()
        found = access.search(by=by, query=query, purpose="relief_check")
        assert "ps.residents" in [each.code for each in found.resources], query


# ── rights ──────────


def test_results_are_masked_and_the_trace_holds_no_word(cast: dict[str, Actor]) -> None:
    (found, *_) = look(cast, "陈小明")
    assert found.name == "陈**"
    told = " ".join(found.shown())
    assert "小明" not in told and "12号" not in told and "1985-03" not in told
    entry = Entry.objects.filter(kind="access.searched").order_by("-at").first()
    assert entry is not None
    assert "陈".encode() not in bytes(entry.body)
    assert b"words" in bytes(entry.body)


def test_only_granted_fields_find(cast: dict[str, Actor]) -> None:
    Grant.objects.filter(number="G-RES").update(fields=["sex", "birth_date"])
    for query in ("陈小明", "chenxiaoming", "cxm", "岭南大道12号"):
        found = look(cast, query)
        assert subject("chen") not in ids(found)
        assert not found.more
    Grant.objects.filter(number="G-RES").update(fields=["address"])
    assert subject("chen") in ids(look(cast, "岭南大道12号"))
    assert subject("chen") not in ids(look(cast, "陈小明"))
    # A name cannot be narrowed by what is not granted either.
    Grant.objects.filter(number="G-RES").update(fields=["name"])
    assert subject("chen") in ids(look(cast, "陈小明"))
    assert subject("chen") not in ids(look(cast, "陈小明 1985"))
    assert subject("chen") not in ids(look(cast, "陈小明 岭南大道"))


def test_only_granted_rows_find(cast: dict[str, Actor]) -> None:
    Grant.objects.filter(number="G-RES").update(rows="birth_date >= '1990-01-01'")
    assert subject("chen") not in ids(look(cast, "陈小明"))
    assert subject("ouyang") in ids(look(cast, "欧阳娜娜"))


def test_another_purpose_or_no_grant(cast: dict[str, Actor]) -> None:
    Grant.objects.filter(number="G-RES").delete()
    assert subject("chen") not in ids(look(cast, "陈小明"))
    with pytest.raises(HouseError):
        access.search(by=cast["clerk"], query="陈小明", purpose="enrolment")
    with pytest.raises(HouseError):
        access.search(by=cast["other_clerk"], query="陈小明", purpose="relief_check")


def test_under_a_case_only_the_masked_name_and_an_entry_of_their_own(cast: dict[str, Actor]) -> None:
    Grant.objects.filter(number="G-RES").update(needs_case=True)
    found = next(each for each in look(cast, "陈小明") if each.subject_id == subject("chen"))
    assert (found.name, found.facts, found.needs_case) == ("陈**", (), True)
    entries = [bytes(each.body).decode() for each in Entry.objects.filter(kind="access.found")]
    assert sum(subject("chen") in each for each in entries) == 1


# ── in step with the links ──────────


def test_no_plain_text_lies_in_the_index(cast: dict[str, Actor], data: Path) -> None:  # noqa: F811
    content = b"".join(each.read_bytes() for each in (data / "pool" / "search").rglob("*") if each.is_file())
    assert len(content) > 10_000
    for plain in (
        "陈小明",
        "小明",
        "chenxiaoming",
        "xiaoming",
        "岭南",
        "lingnan",
        "恒信达",
        "hengxin",
        "1985-03-12",
        "SMITH",
    ):
        assert plain.encode() not in content
        assert plain.lower().encode() not in content


def test_it_follows_a_run_and_forgets_what_was_replaced(cast: dict[str, Actor]) -> None:
    people = Population.objects.get(code="people")
    before = index.state("people")
    rows = [searched.resident(key, *said) for key, said in searched.PEOPLE.items()]
    renamed = {**rows[0], "name": "陈大文"}
    district.deliver("ps.residents", [district.WANG, district.LI, renamed, *rows[1:]], date(2026, 11, 20))
    district.link_people()
    after = index.state("people")
    assert before is not None and after is not None and after.links == before.links + 1
    assert subject("chen") in ids(look(cast, "陈大文"))
    # A former name finds its bearer as well.
    assert subject("chen") in ids(look(cast, "陈小明"))
    assert not queries.needs_linking(people)


def test_a_killed_update_changes_nothing_and_the_next_run_makes_good(cast: dict[str, Actor]) -> None:
    people = Population.objects.get(code="people")
    half = index.Generation(index.folder_of("people"))
    half.take_over([0])
    shards.write(half.shard(0), [subject("chen")], [])
    del half  # as a killed process leaves it: written, and not in force
    assert subject("chen") in ids(look(cast, "陈小明"))
    generation = (index.folder_of("people") / "CURRENT").read_text()
    for each in (index.folder_of("people") / generation).glob("*"):
        if each.is_file():
            each.write_bytes(b"spoilt")
    assert ids(look(cast, "陈小明")) == [company("hengxin")]
    assert queries.needs_linking(people)
    district.link_people()
    assert subject("chen") in ids(look(cast, "陈小明"))
    assert [each.name for each in index.folder_of("people").iterdir() if each.is_dir()] == [
        (index.folder_of("people") / "CURRENT").read_text()
    ]


def test_in_shards_the_same_is_found_and_of_who_is_erased_the_files_go(
    cast: dict[str, Actor],
    data: Path,  # noqa: F811
) -> None:
    typed = ["陈小明", "chenxiaoming", "cxm", "岭南大道12号", "陈小朋", "王芳", "陈"]
    before = [ids(look(cast, each)) for each in typed[:-1]]
    feeds = feeds_of("people")
    making.follow("people", "person", feeds, everything=True, shards=8)
    assert [ids(look(cast, each)) for each in typed[:-1]] == before
    chen = subject("chen")
    mine = shards.shard_of(chen, 8)
    files = {each: inodes_of(each) for each in range(8)}
    assert all(files.values())
    assert len(terms_of(mine, "Pn陈小明")) == 1
    district.deliver(
        "ps.residents",
        [
            district.WANG,
            district.LI,
            *(searched.resident(k, *v) for k, v in searched.PEOPLE.items() if k != "chen"),
        ],
        date(2026, 11, 20),
    )
    RecordLog(data, "ps.residents", ()).erase(["chen"], "E-1")
    target = erasing.Target("E-1", "people", (("ps.residents", "chen"),), (chen,))
    erasers.erase_links(target)
    erasers.erase_documents(target)
    erasers.erase_entries(target)
    assert chen not in ids(look(cast, "陈小明"))
    assert terms_of(mine, "Pn陈小明") == []
    assert not files[mine] & inodes_of(mine)
    # The others are the very files they were.
    assert all(files[each] == inodes_of(each) for each in range(8) if each != mine)


def inodes_of(shard: int) -> set[int]:
    """The files of a shard in force, as the disk knows them."""
    folder = index.folder_of("people") / (index.folder_of("people") / "CURRENT").read_text()
    return {
        each.stat().st_ino for each in index.shard_folder(folder, shard).iterdir() if each.suffix != ".lock"
    }


def terms_of(shard: int, feature: str) -> list[tuple[str, int]]:
    """(token, documents) of a feature, as it stands in the files of a shard, deleted entries included."""
    folder = index.folder_of("people") / (index.folder_of("people") / "CURRENT").read_text()
    opened = tantivy.Index.open(str(index.shard_folder(folder, shard)))
    found: list[tuple[str, int]] = opened.searcher().terms_with_prefix("token", keyed.token(feature))
    return found


def test_processes_write_what_one_process_writes(cast: dict[str, Actor], tmp_path: Path) -> None:
    rows = [
        ("PAAAAAAAAAAAA", "name", "陈小明", ["a.name"]),
        ("PAAAAAAAAAAAA", "birth_date", "1985-03-12", ["a.born"]),
        ("PBAAAAAAAAAAA", "address", "佛山市禅城区祖庙街道岭南大道12号", ["a.home"]),
    ]
    batch = pa.RecordBatch.from_arrays(
        [pa.array(list(column)) for column in zip(*rows, strict=True)], list(searched_columns)
    )
    here = apart.Task(tmp_path / "here", [], [batch])
    there = [apart.Task(tmp_path / f"there{number}", [], [batch, batch.slice(0, 0)]) for number in range(3)]
    said: list[int] = []
    apart.here(here, Maker("person", keyed.tokens()), said.append)
    assert said == [2]
    assert sorted(apart.by_processes(there, "person", str(settings.LOOKUP_KEY), 2)) == [0, 0, 0, 2, 2, 2]
    told = [tantivy.Index.open(str(each.folder)).searcher() for each in (here, *there)]
    terms = [sorted(each.terms_with_prefix("token", "")) for each in told]
    assert len(terms[0]) > 20
    assert all(each == terms[0] for each in terms)
    with pytest.raises(RuntimeError):
        list(apart.by_processes([apart.Task(tmp_path / "here" / "meta.json", [], [])], "person", "x" * 32, 1))


@pytest.mark.parametrize(
    ("subjects", "cores", "shards"),
    [
        (0, 8, 1),
        (19_999, 2, 1),
        (50_000, 1, 1),
        (50_000, 2, 2),
        (50_000, 64, 4),
        (10**6, 2, 16),
        (10**9, 2, 32),
    ],
)
def test_each_core_has_a_shard_to_write_and_no_shard_is_small(subjects: int, cores: int, shards: int) -> None:
    from tongchou.pool.search.shards import how_many

    assert how_many(subjects, cores) == shards
