"""Statistics 统计: counts, sums and means by groups, protected so that nobody can be told from them.

By default small cells are hidden, and others with them (`protection`); a question too near to earlier ones of the same
organisation is refused. Where the provider says so, answers are noisy instead (`privacy`), and each costs a part of a
budget that only shrinks, taken before the answer is made. All questions of a month are answered on one state of the data:
what came in since cannot be told apart by asking again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import F
from django.utils import timezone

from tongchou.accounts.action import action, note
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation
from tongchou.catalogue.models import Resource
from tongchou.pool.engine.locks import writing
from tongchou.pool.folders import data_root
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import answering, holdings, policies, private_answers, questions, selection, tracing
from ..answering import Answered
from ..errors import Refused
from ..models import Grant, PrivacyBudget, StatisticsQuestion, StatisticsRule
from ..queries.standing import standing_of
from ..queries.statistics import rule_of
from ..tracing import Answer, tell, traced


@dataclass(frozen=True, kw_only=True)
class Statistics(Answer):
    """An answer. known_at: the state of the data; answered: its lines; cost_micro, left_micro: of privacy, in millionths
    of epsilon, None where no privacy is spent."""

    resource: str
    known_at: datetime
    answered: Answered
    cost_micro: int | None = None
    left_micro: int | None = None


@traced(permission="exchange.aggregate", event="statistics.asked")
def count(
    *,
    by: Actor,
    grant: str,
    purpose: str,
    group_by: Sequence[str] = (),
    sums: Sequence[str] = (),
    where: str = "",
    via: str = "",
) -> Statistics:
    """Counts by up to two fields, with sums and means of numbers, under a grant of form `aggregate`.

    where: a condition on records (codes, dates and numbers). Raises what `holdings.holding` and `questions.checked`
    raise, Refused (exchange.refused.statistics_near, .statistics_limit, .budget_spent), HouseError
    "exchange.statistics_question".
    """
    held = holdings.holding(by=by, grant=grant, form="aggregate", purpose=purpose)
    tracing.count([held.terms])
    tell(grants=[grant], purpose=purpose, resource=held.resource)
    if via:
        tell(via=via)
    question = questions.checked(held, group_by, sums, where)
    tell(fields=[*question.groups, *question.sums], filtered=bool(question.where))
    rule = rule_of(held.grant.resource)
    known_at = _state(held)
    tell(method=rule.method, known_at=known_at.isoformat())
    if rule.method == StatisticsRule.Method.PRIVACY:
        cost = private_answers.cost_micro(held, question, rule)
        left = spend(by=by, grant=held.grant, cost_micro=cost)
        tell(cost_micro=cost)
        answered = private_answers.private(held, question, rule, known_at)
        return Statistics(
            resource=held.resource, known_at=known_at, answered=answered, cost_micro=cost, left_micro=left
        )
    # One question at a time: two at once would not know of each other.
    with writing(data_root(), f"statistics-{by.organisation}-{held.resource}", wait_seconds=60):
        answered = _suppressed(by, held, question, rule, known_at)
    tell(cells=len(answered.lines), hidden=answered.hidden)
    return Statistics(resource=held.resource, known_at=known_at, answered=answered)


def _suppressed(
    by: Actor,
    held: holdings.Holding,
    question: questions.Question,
    rule: StatisticsRule,
    known_at: datetime,
) -> Answered:
    earlier = StatisticsQuestion.objects.filter(
        organisation__code=by.organisation, resource=held.grant.resource, known_at=known_at
    )
    digest = question.digest()
    asked = earlier.filter(digest=digest).first()
    history = {} if asked else {str(each.pk): each.question for each in earlier}
    if asked is None and len(history) >= rule.most_questions:
        raise Refused(
            "exchange.refused.statistics_limit",
            Text(
                f"本期对该资源的不同问题已达上限（{rule.most_questions} 个）。",
                f"The limit of {rule.most_questions} different questions on this resource is reached for this month.",
            ),
            Text(
                "已问过的问题仍可再问；或下月再问。",
                "Questions asked before may be asked again; or wait for next month.",
            ),
            held.resource,
        )
    kept = [tuple(each) for each in asked.question["hidden"]] if asked else None
    answered, hidden = answering.suppressed(held, question, rule, known_at, history, kept)
    if asked is None:
        StatisticsQuestion.objects.create(
            organisation=Organisation.objects.get(code=by.organisation), resource=held.grant.resource,
            grant=held.grant, known_at=known_at, digest=digest, asked_by=by.username,
            question={**question.as_json(), "hidden": sorted(map(list, hidden))},
        )  # fmt: skip
    return answered


@action(permission="exchange.aggregate", event="privacy.spent")
def spend(*, by: Actor, grant: Grant, cost_micro: int) -> int:
    """Take the cost of an answer from a grant's budget, all or nothing; returns what is left, in millionths of epsilon.

    Raises Refused "exchange.refused.budget_spent".
    """
    rule = rule_of(grant.resource)
    note(grants=[grant.number], resource=grant.resource.code, cost_micro=cost_micro)
    PrivacyBudget.objects.get_or_create(
        grant=grant, resource=grant.resource, defaults={"total_micro": rule.budget_micro}
    )
    held = PrivacyBudget.objects.filter(grant=grant, resource=grant.resource)
    # Compared and taken in one statement, so that two at once cannot both take the last of it.
    enough = held.filter(spent_micro__lte=F("total_micro") - cost_micro)
    taken = enough.filter(spent_micro__lte=rule.budget_micro - cost_micro).update(
        spent_micro=F("spent_micro") + cost_micro
    )
    if not taken:
        raise Refused(
            "exchange.refused.budget_spent",
            Text("该授权的隐私预算已用完。", "The privacy budget of this grant is spent."),
            Text(
                "预算不会恢复；确需更多的，请向提供部门申请新的授权。",
                "It does not come back; if you need more, ask the provider for a new grant.",
            ),
            grant.number,
        )
    now = held.get()
    note(spent_micro=now.spent_micro, total_micro=now.total_micro)
    return min(now.total_micro, rule.budget_micro) - now.spent_micro


@action(permission="exchange.aggregate", event="statistics.rule_set")
def set_rule(
    *,
    by: Actor,
    resource: Resource,
    method: str = "suppression",
    least: int = 10,
    dominance_percent: int = 70,
    most_questions: int = 40,
    bounds: Mapping[str, Sequence[float]] | None = None,
    records_per_subject: int = 1,
    budget_micro: int = 1_000_000,
    cost_micro: int = 100_000,
) -> StatisticsRule:
    """Say how answers about a resource are protected. Its provider may.

    Raises Refused "exchange.refused.grant_not_yours", HouseError "exchange.statistics_rule".
    """
    note(resource=resource.code, method=method, least=least, cost_micro=cost_micro, total_micro=budget_micro)
    policies.check_may_set_rule(owner=resource.organisation.code, by=standing_of(by), resource=resource.code)
    limits = dict(bounds or {})
    known = set(resource.fields.values_list("name", flat=True))
    if (
        method not in StatisticsRule.Method.values
        or not 3 <= least <= 1000
        or not 10 <= dominance_percent <= 100
        or not 1 <= most_questions <= 200
        or not 1 <= records_per_subject <= 1000
        or not 1 <= cost_micro <= budget_micro <= 100_000_000
        or any(name not in known or len(each) != 2 or each[0] >= each[1] for name, each in limits.items())
    ):
        raise HouseError(
            "exchange.statistics_rule",
            Text(
                "统计规则不合要求：最小组 3–1000，占比 10–100%，预算不超过 100 ε，上下限须成对。",
                "The rule is out of range: least group 3–1000, share 10–100 %, budget up to 100 ε, bounds in pairs.",
            ),
            Text("请改正后重新保存。", "Correct it and save again."),
            resource.code,
        )
    found, _ = StatisticsRule.objects.update_or_create(
        resource=resource,
        defaults={
            "method": method, "least": least, "dominance_percent": dominance_percent,
            "most_questions": most_questions, "bounds": {key: list(each) for key, each in limits.items()},
            "records_per_subject": records_per_subject, "budget_micro": budget_micro, "cost_micro": cost_micro,
            "changed_by": by.username,
        },
    )  # fmt: skip
    return found


def _state(held: holdings.Holding) -> datetime:
    """The state of the data all questions of this month are answered on: the last before it began, else the first of it."""
    now = timezone.localtime()
    begins = timezone.make_aware(datetime.combine(now.date().replace(day=1), time.min))
    asked = StatisticsQuestion.objects.filter(resource=held.grant.resource, asked_at__gte=begins)
    first = asked.order_by("pk").first()
    if first is not None:
        return first.known_at
    notes = [each.recorded_at for each in selection.log_of(held).deliveries()]
    before = [each for each in notes if each < begins]
    return before[-1] if before else (notes[-1] if notes else now)
