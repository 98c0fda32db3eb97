"""The page about requests and grants: who may do what, with the words of the refusal."""

from __future__ import annotations

from tests.spec import asking
from tests.spec.tables import rows
from tongchou.exchange.errors import Refused
from tongchou.standards.text import Text

from ..markdown import code, table
from .cells import both, head, yes


def requests_and_grants() -> str:
    """grants.md: who may do what, with the words of the refusal."""
    who = rows("grants.md", "who")
    decide = []
    for row in (row for row in who if "asked by" in row):
        refusal, _can = asking.decide_on(row)
        decide.append(
            [
                row["who"],
                row["acts for"],
                row["asked by"],
                row["hands"],
                row["escalated"],
                _refused(refusal),
                row["why"],
            ]
        )
    doing = ["give", "narrow", "widen", "suspend", "resume own", "resume another's", "withdraw"]
    may, refusals = [], {}
    for row in (row for row in who if "holder" in row):
        found = asking.may_do(row)
        refusals |= {refusal.code: refusal for refusal in found.values() if refusal}
        said = [_short(each) if (each := found[name]) else "●" for name in doing]
        may.append([row["who"], row["acts for"], row["holder"], *said])
    once = [
        [
            row["share class"],
            row["highest grade asked for"],
            row["highest grade to be revealed"],
            yes(asking.at_once(row)),
            row["why"],
        ]
        for row in rows("grants.md", "share class")
    ]
    masks = []
    for row in rows("grants.md", "grade"):
        problems = asking.mask_problems(row)
        told = [both(problem) if (problem := problems[by]) else "●" for by in ("provider", "bureau")]
        masks.append([row["grade"], row["element's mask"], row["mask set"], *told, row["why"]])
    wider = []
    for row in rows("grants.md", "clause"):
        clause, widens = asking.widening(row)
        wider.append(
            [
                f"`{clause}`",
                code(row["before"]),
                code(row["after"]),
                "扩大 wider" if widens else "缩小 narrower",
            ]
        )
    return "\n".join(
        [
            head(
                "Requests and grants 申请与授权",
                "grants.md",
                "The department `ps` provides the resource, `hr` asks for it or holds the grant, `data` is the bureau, "
                "`health` has no part in it. `provider+hr` acts for `ps` and sits with `hr` besides.",
            ),
            "## Who decides on a request 谁来审批\n",
            table(["who", "acts for", "asked by", "hands", "escalated", "answer 答复", "why"], decide),
            "## What is granted at once 自动授权\n",
            table(["share class", "highest grade asked for", "to be revealed", "at once", "why"], once),
            "## Who may do what to a grant 谁可以处理授权\n\n● may; otherwise the refusal.\n",
            table(["who", "acts for", "holder", *doing], may),
            table(["refusal", "what is said 提示"], [[_short(each), _refused(each)] for _code, each in sorted(refusals.items())]),
            "## Masks a grant may set 可设的脱敏方式\n\n● may.\n",
            table(["grade", "element's mask", "mask set", "provider", "bureau", "why"], masks),
            "## What widens a grant 什么算扩大授权\n",
            table(["clause", "before", "after", ""], wider),
        ]
    )  # fmt: skip


def _refused(refusal: Refused | None) -> str:
    if refusal is None:
        return "● 可以 yes"
    return both(Text(refusal.what.zh + refusal.next.zh, f"{refusal.what.en} {refusal.next.en}"))


def _short(refusal: Refused) -> str:
    return f"`{refusal.code.rsplit('.')[-1]}`"
