"""Sending what departments disagree about to the department whose value was not taken, as corrections; never by itself."""

from __future__ import annotations

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.catalogue.models import Resource
from tongchou.pool import rules as pool_rules
from tongchou.pool.base import disagreements
from tongchou.pool.base.disagreements import Disagreement
from tongchou.pool.models import Population
from tongchou.pool.serving.digests import record_reference
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import disputes, errors
from ..models import Correction
from ..queries.disagreements import MOST_AT_ONCE, MOST_OPEN, asked_before, open_of
from . import corrections


@action(permission="corrections.review", event="disagreements.sent")
def send(
    *, by: Actor, population: str, resource: str, field: str, most: int = MOST_AT_ONCE
) -> list[Correction]:
    """Ask the department that supplies `resource` to look at up to `most` values of a field that others say differently.

    Each becomes a correction with the department's limit. It is told with which table its value disagrees and not what
    that table says: the other value may not be for its eyes. Values asked about before, or that agree by now, are left
    out. Raises Refused (exchange.refused.not_bureau, exchange.disagreements_enough), NotFound.
    """
    disputes.check_bureau(by)
    held = (
        Resource.objects.select_related("organisation").filter(code=resource, population=population).first()
    )
    if held is None or not Population.objects.filter(code=population).exists():
        raise errors.NotFound(
            "exchange.no_disagreement",
            Text("没有这一组不一致。", "There is no such group of disagreements."),
            Text("请从列表打开。", "Open it from the list."),
        )
    note(population=population, resource=resource, field=field, owner=held.organisation.code, sent=0)
    room = MOST_OPEN - open_of(held.organisation.code)
    if room <= 0:
        raise errors.Refused(
            "exchange.disagreements_enough",
            Text(
                f"该部门已有 {MOST_OPEN} 件待办校核。",
                f"{MOST_OPEN} corrections already lie with that department.",
            ),
            Text("请等它办理一部分后再发送。", "Send more when it has decided some of them."),
            held.organisation.code,
        )
    titles = {each.code: each.name for each in Resource.objects.all()}
    before = asked_before(resource, field)
    made: list[Correction] = []
    for each in disagreements.listed(population, resource, field):
        if len(made) >= min(most, room):
            break
        place = _place(each) if record_reference(resource, each.source_key) not in before else None
        if place is None:
            continue
        against = titles.get(each.against, each.against)
        says = (
            f"关联核对发现：本项与《{against}》的记载不一致，请核对原始材料。如本部门有误请更正，无误请说明。"
        )
        try:
            made.append(corrections.ask_for_house(by=by, place=place, says=says))
        except HouseError as refusal:
            if refusal.code != "exchange.correction_open":
                raise
    note(sent=len(made), corrections=[each.number for each in made])
    return made


def _place(one: Disagreement) -> disputes.Place | None:
    """The value as it holds today; None when it is gone, or agrees by now with what was taken."""
    try:
        document, feed, version = disputes.found_in(
            one.subject_id, one.resource, record_reference(one.resource, one.source_key)
        )
        place = disputes.house_place(document, feed, version, one.field)
    except HouseError:
        return None
    taken = _taken(document, one)
    return (
        place if place.value and taken and not pool_rules.agree(one.attribute, taken, place.value) else None
    )


def _taken(document: pool_rules.Document, one: Disagreement) -> str | None:
    """The value of the record that was taken, as it stands in the document."""
    versions = pool_rules.history(document, one.against, one.against_key)
    if not versions or versions[-1]["op"] != "put":
        return None
    feed = disputes.feed_of(document, one.against)
    names = feed.by_attribute().get(one.attribute, ()) if feed else ()
    values = versions[-1]["values"]
    return next((str(values[name]) for name in names if values.get(name)), None)
