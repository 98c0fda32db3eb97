"""What the tests of flows share: a flow like a request for data, one with children, and how to publish them."""

from __future__ import annotations

import copy
from typing import Any

import yaml
from django.db import transaction

from tongchou.accounts.actor import Actor
from tongchou.flow import publishing, reading
from tongchou.flow.definitions import parse
from tongchou.flow.models import FlowVersion
from tongchou.standards.text import Text

REQUEST = """
code: trial_request
title: {zh: 共享申请（试）, en: Trial request}
about: {zh: 向提供部门申请使用一项数据。, en: Ask the provider for the use of data.}
start: waiting
facts:
  urgent: {title: {zh: 紧急, en: Urgent}, kind: yes_no}
  months: {title: {zh: 月数, en: Months}, kind: integer}
limit: {working_days: 20}
escalate: {tell: bureau}
states:
  waiting:
    title: {zh: 待提供部门决定, en: Waiting for the provider}
    owner: owner
    permission: grants.view
    limit: {working_days: 5}
    remind: [{before: {working_days: 2}}]
    escalate: {action: pass_on}
  escalated:
    title: {zh: 已升级至统筹局, en: With the bureau}
    owner: bureau
    permission: grants.manage
    limit: {working_days: 5}
    escalate: {tell: bureau}
  returned:
    title: {zh: 退回补充, en: Returned}
    owner: starter
    role: officer
    stands: true
    limit: {natural_days: 30}
    escalate: {action: lapse}
  granted: {title: {zh: 已授权, en: Granted}, end: true}
  refused: {title: {zh: 已拒绝, en: Refused}, end: true, outcome: refused}
  withdrawn: {title: {zh: 已撤销, en: Withdrawn}, end: true, outcome: withdrawn}
  lapsed: {title: {zh: 逾期未补, en: Lapsed}, end: true, outcome: lapsed}
actions:
  grant:
    title: {zh: 准予, en: Grant}
    from: [waiting, escalated]
    to: granted
    not_by: [starter, resubmit]
    not_by_organisation: [starter]
    tone: primary
  grant_long:
    title: {zh: 准予长期, en: Grant for long}
    from: [waiting]
    to: granted
    not_by: [starter, resubmit]
    guard: months >= 12 and urgent = false
    guard_says: {zh: 只用于不紧急且不少于 12 个月的申请, en: Only for requests of 12 months or more that are not urgent}
  refuse:
    title: {zh: 不同意, en: Refuse}
    from: [waiting, escalated]
    to: refused
    not_by: [starter, resubmit]
    needs_comment: true
    tone: danger
  ask_back:
    title: {zh: 退回补充, en: Ask for more}
    from: [waiting]
    to: returned
    decides: false
    needs_comment: true
  resubmit:
    title: {zh: 重新提交, en: Submit again}
    from: [returned]
    to: waiting
    tone: primary
  withdraw:
    title: {zh: 撤销, en: Withdraw}
    from: [waiting, escalated, returned]
    to: withdrawn
    owner: starter
    role: officer
  pass_on: {title: {zh: 逾期上报, en: Passed on}, from: [waiting], to: escalated, by: clock}
  lapse: {title: {zh: 逾期终止, en: Lapse}, from: [returned], to: lapsed, by: clock}
"""

OPINION = """
code: trial_opinion
title: {zh: 征求意见（试）, en: Trial opinion}
start: asked
facts:
  urgent: {title: {zh: 紧急, en: Urgent}, kind: yes_no}
states:
  asked:
    title: {zh: 待回复, en: Asked}
    owner: owner
    permission: grants.view
    limit: {working_days: 3}
    escalate: {action: silent}
  agreed: {title: {zh: 同意, en: Agreed}, end: true}
  objected: {title: {zh: 有异议, en: Objected}, end: true, outcome: refused}
  silent: {title: {zh: 逾期未回, en: Silent}, end: true, outcome: lapsed}
actions:
  agree: {title: {zh: 同意, en: Agree}, from: asked, to: agreed, not_by: starter}
  object: {title: {zh: 异议, en: Object}, from: asked, to: objected, not_by: starter, needs_comment: true}
  silent: {title: {zh: 逾期, en: No answer}, from: asked, to: silent, by: clock}
"""

JOINT = """
code: trial_joint
title: {zh: 联合审定（试）, en: Trial joint decision}
start: drafted
facts:
  asked: {title: {zh: 征求的机构, en: Organisations asked}, kind: organisations}
  urgent: {title: {zh: 紧急, en: Urgent}, kind: yes_no}
states:
  drafted:
    title: {zh: 拟稿, en: Drafted}
    owner: starter
    permission: grants.view
    limit: {working_days: 3}
    escalate: {tell: bureau}
  consulting:
    title: {zh: 征求意见中, en: Consulting}
    owner: bureau
    permission: grants.manage
    limit: {working_days: 10}
    escalate: {tell: bureau}
    children: {flow: trial_opinion, owners: asked, join: all, then: agreed, otherwise: disagreed}
  settled: {title: {zh: 意见一致, en: Settled}, end: true}
  unsettled: {title: {zh: 意见不一, en: Unsettled}, end: true, outcome: refused}
  dropped: {title: {zh: 撤回, en: Dropped}, end: true, outcome: withdrawn}
actions:
  ask: {title: {zh: 征求意见, en: Ask}, from: drafted, to: consulting, tone: primary}
  drop: {title: {zh: 撤回, en: Drop}, from: [drafted, consulting], to: dropped, owner: starter, permission: grants.view}
  agreed: {title: {zh: 一致同意, en: All agree}, from: consulting, to: settled, by: join}
  disagreed: {title: {zh: 有异议, en: Somebody objects}, from: consulting, to: unsettled, by: join}
"""


def content(text: str = REQUEST, **changes: Any) -> dict[str, Any]:
    """A definition's mapping; changes: "states.waiting.limit"-like paths with "__" for the dots; None takes out."""
    made: dict[str, Any] = copy.deepcopy(yaml.safe_load(text))
    for path, value in changes.items():
        *above, last = path.split("__")
        inner = made
        for key in above:
            inner = inner[key]
        if value is None:
            inner.pop(last, None)
        else:
            inner[last] = value
    return made


def published(text: str = REQUEST, **changes: Any) -> FlowVersion:
    """A definition as the current version of its flow, whoever published it."""
    definition = parse(content(text, **changes))
    with transaction.atomic():
        version, _made = publishing.make_version(
            definition, reading.write(definition.content), edited_by=["writer"], published_by="publisher"
        )
    return version


def begun(by: Actor, *, flow: str = "trial_request", owner: str = "civil", **facts: Any) -> Any:
    """An instance begun by somebody."""
    from tongchou.flow.actions.instances import start

    return start(
        by=by, flow=flow, title=Text("低保核查用数", "Data for relief"), ref="R-1", owner=owner, facts=facts
    )
