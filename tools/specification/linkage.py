"""The pages about linkage: whole records side by side, each kind of value, kin, addresses."""

from __future__ import annotations

from collections.abc import Iterable

from tests.spec import asking
from tests.spec.tables import rows
from tongchou.pool.linkage.kinds import KINDS
from tongchou.pool.relations.kinds import KINDS as RELATIONS
from tongchou.standards.text import Text

from ..markdown import code, table
from .cells import Row, bits, both, head, yes

_DECIDED = {
    "joined": Text("归为一个主体", "joined"),
    "review": Text("请人判定", "a person decides"),
    "apart": Text("不归在一起", "apart"),
}
_HOW = {
    "number": Text("凭号码", "by number"),
    "probability": Text("凭相似程度", "by likeness"),
    "": Text("", ""),
}


def matching() -> str:
    """matching.md: whole records side by side, then each kind of value."""
    parts = [
        head(
            "Matching 关联比对",
            "matching.md",
            "How two records are compared, and what follows. A weight is in **bits**: one bit more doubles the odds that "
            "both are about one subject. The score is their sum and what is likely before anything is compared; 0 is "
            "even, 10 a thousand to one. Here the records stand alone, so how common a name or a home is comes from "
            "the model; in a district it is counted. Where the score is high and a person decides all the same, a rule holds "
            "the pair back: the two contradict one another in what no slip explains, or hardly anything but the name "
            "speaks for them. [How it is decided](../explanation/linkage.md).",
        ),
        "## Whole records 整条记录\n",
    ]
    for row in rows("matching.md", "case"):
        parts += _whole(row)
    parts.append(
        "## Values 逐项比对\n\nThe weight is what the level alone gives, with nothing beside it; what a column beside it "
        "changes shows above.\n"
    )
    by_kind: dict[str, list[Row]] = {}
    for row in rows("matching.md", "kind"):
        by_kind.setdefault(row["kind"], []).append(row)
    for kind, told in by_kind.items():
        name, column = asking.column_of(kind)
        label = asking.model(name).columns[asking.model(name).column_at[column]].label
        parts.append(f"### {label.zh} {label.en}: `{kind}`, as `{name}` weighs it\n")
        levels = [level.name for level in KINDS[kind].levels]
        lines = []
        for row in sorted(told, key=lambda row: levels.index(row["level"])):
            part = asking.values(row)
            lines.append(
                [
                    code(row["one"]),
                    code(row["other"]),
                    f"`{part.level}`",
                    both(part.sentence),
                    bits(part.weight),
                ]
            )
        parts.append(table(["one 一方", "other 另一方", "level", "why 依据", "bits"], lines))
    parts.append(
        "## What stands for nothing 占位内容\n\nA value that a crowd of differently named rows of one source carries says "
        "nothing and is taken out there. Of 200 rows:\n"
    )
    parts.append(
        table(
            ["column", "value", "rows", "taken out 是否剔除"],
            [
                [f"`{row['column']}`", code(row["value"]), row["rows"], yes(asking.stands_for_nothing(row))]
                for row in rows("matching.md", "column")
            ],
        )
    )
    parts.append("## What a text in place of a name says 代替姓名的文字\n")
    lines = []
    for row in rows("matching.md", "written"):
        said, parent = asking.in_place_of_a_name(row)
        lines.append([code(row["written"]), said, parent])
    parts.append(table(["written 原文", "is", "parent 父母"], lines))
    return "\n".join(parts)


def _whole(row: Row) -> Iterable[str]:
    """One case: two records side by side, each line with its reason and weight."""
    found = asking.records(row)
    model = asking.model(row["model"])
    parts = {part.column: part for part in found.comparison.parts}
    decided, how = _DECIDED[found.decided], _HOW[found.how if found.decided == "joined" else ""]
    beside = f" ({how.zh} {how.en})" if how.zh else ""
    yield f"### {row['case']}\n"
    yield (
        f"**{decided.zh} {decided.en}**{beside} · score {found.comparison.score:.1f} · {found.comparison.sentence.zh} · "
        f"{found.comparison.sentence.en}\n"
    )
    lines = []
    for column in model.columns:
        known = (column.name, *column.also, *column.sources)
        one, other = (
            next((record[name] for name in known if name in record), "")
            for record in (found.one, found.other)
        )
        part = parts.get(column.name)
        if one or other or part:
            why, weight = (both(part.sentence), bits(part.weight)) if part else ("–", "")
            lines.append([f"{column.label.zh} {column.label.en}", one or "–", other or "–", why, weight])
    before = found.comparison.score - sum(part.weight for part in found.comparison.parts)
    lines.append(["*before comparing 比对之前*", "", "", "", bits(before)])
    yield table(["", "one 一方", "other 另一方", "why 依据", "bits"], lines)


def kin() -> str:
    """kin.md: what two members of a household are to one another."""
    lines = []
    for row in rows("kin.md", "I am"):
        tie = asking.kin(row)
        found = RELATIONS[tie.kind].label if tie else Text("未定", "left open")
        how = "" if tie is None else "户口所载 said" if tie.said else "推得 inferred"
        lines.append([row["I am"], row["the other is"], f"{found.zh} {found.en}", how])
    return head(
        "Kin 亲属关系",
        "kin.md",
        "What two members of a household are to one another, by what the register says each is to its head 户主 "
        "(GB/T 4761).",
    ) + "\n" + table(["I am 本人是", "the other is 对方是", "the other is to me 对方是本人的", "how 依据"], lines)  # fmt: skip


def addresses() -> str:
    """addresses.md: how addresses are read, and how two are compared."""
    reading, comparing = [], []
    for row in rows("addresses.md", "as written"):
        normal, parts = asking.address(row["as written"])
        reading.append([code(row["as written"]), normal, f"`{parts}`"])
    for row in rows("addresses.md", "one"):
        score, why = asking.likeness(row["one"], row["other"])
        comparing.append([row["one"], row["other"], f"{score:.2f}", both(why)])
    return "\n".join(
        [
            head("Addresses 地址", "addresses.md", "How an address is read, and how alike two are."),
            "## Read 解析\n\nThe normal form is what the pool stores; the parts leave out county and above.\n",
            table(["as written 原文", "normal form 规范形式", "parts 各级"], reading),
            "## Compared 比对\n\nFrom 0 (nothing in common, or not the same place) to 1 (the same).\n",
            table(["one 一方", "other 另一方", "likeness", "why 依据"], comparing),
        ]
    )
