"""Documents among the results of a search: named as far as they are granted, and asked for by what they are called."""

from __future__ import annotations

from datetime import date

from tongchou.exchange.finding import documents_of, usable, without_document
from tongchou.exchange.rules import Scope
from tongchou.pool.plans import Feed, FeedField
from tongchou.standards.text import Text

PERMIT = Text("许可证文件", "The permit as a file")
FEED = Feed(
    resource="fire.permits", title=Text("消防许可", "Fire permits"), organisation="fire",
    organisation_title=Text("消防", "Fire"), share_class="conditional",
    fields=(
        FeedField("name", Text("名称", "Name"), "organisation_name", 2, "name"),
        FeedField("scan", PERMIT, "document", 3),
    ),
)  # fmt: skip


def version(key: str, name: str, scan: str | None, until: str | None = None) -> dict[str, object]:
    return {
        "resource": "fire.permits", "key": key, "op": "put", "valid_from": "2020-01-01", "valid_to": until,
        "recorded_at": "2026-01-01T00:00:00.000000Z", "values": {"name": name, "scan": scan},
    }  # fmt: skip


def scope(*fields: str) -> dict[str, Scope]:
    return {"fire.permits": Scope(frozenset(fields), frozenset(), ("G-1",))}


def test_documents_are_named_once_and_only_where_granted() -> None:
    document = {
        "versions": [
            version("1", "甲店", "ab-1.pdf"),
            version("2", "甲店", "cd-2.pdf"),
            version("3", "甲店", None),
        ]
    }
    feeds, on = {"fire.permits": FEED}, date(2026, 11, 22)
    assert documents_of(document, feeds, scope("name", "scan"), on) == (PERMIT,)
    assert documents_of(document, feeds, scope("name"), on) == ()
    assert documents_of(document, feeds, {}, on) == ()
    ended = {"versions": [version("1", "甲店", "ab-1.pdf", "2021-01-01")]}
    assert documents_of(ended, feeds, scope("name", "scan"), on) == ()


def test_a_former_name_may_be_used_as_well() -> None:
    document = {"versions": [version("1", "甲店", None, "2021-01-01"), version("1", "乙店", None)]}
    assert usable(document, {"fire.permits": FEED}, scope("name")) == {"name": ["甲店", "乙店"]}
    assert usable(document, {"fire.permits": FEED}, scope("scan")) == {}


def test_a_word_may_name_a_document() -> None:
    labels = {"许可证文件", "证明影像"}
    assert without_document("恒信达 许可证文件", labels) == ("恒信达", {"许可证文件"})
    assert without_document("恒信达 许可证", labels) == ("恒信达", {"许可证文件"})
    assert without_document("恒信达 证", labels) == ("恒信达 证", frozenset())
    assert without_document("陈小明", labels) == ("陈小明", frozenset())
