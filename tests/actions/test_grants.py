"""The life of a grant: who may change, suspend, resume and withdraw it; what its row filter may say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.actions import asking
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role
from tongchou.catalogue.models import Resource
from tongchou.exchange import expiry, rows
from tongchou.exchange.actions import grants as actions
from tongchou.exchange.clauses import Clauses
from tongchou.exchange.models import Grant, GrantEvent, Purpose
from tongchou.exchange.queries.grants import terms_of
from tongchou.exchange.queries.standing import clauses_of, said_of
from tongchou.exchange.rules import is_live
from tongchou.ledger import queries as ledger
from tongchou.standards.errors import HouseError

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> dict[str, Actor]:
    """Officers of three departments and the bureau's steward."""
    return asking.found()


@pytest.fixture
def grant(people: dict[str, Actor]) -> Grant:
    """Given by the provider to the clerks of the department that asked."""
    return give(people["provider"])


def give(by: Actor, **changed: Any) -> Grant:
    said = asking.wanted(**changed)
    return actions.create(
        by=by, organisation=Organisation.objects.get(code="hr"), role=Role.objects.get(code="clerk"),
        resource=Resource.objects.select_related("organisation").get(code="ps.residents"), fields=said.fields,
        purposes=list(Purpose.objects.filter(code__in=said.purposes)), until=said.until, unmasked=said.unmasked,
        masking=said.masking, rows=said.rows, forms=said.forms, statements=said.statements, needs_case=said.needs_case,
        quota_per_day=said.quota_per_day,
    )  # fmt: skip


def code_of(function: Any, **arguments: Any) -> str:
    with pytest.raises(HouseError) as refused:
        function(**arguments)
    return refused.value.code


def change(by: Actor, grant: Grant, **changed: Any) -> Grant:
    before = clauses_of(grant)
    said = {name: getattr(before, name) for name in Clauses.__dataclass_fields__}
    return actions.change(by=by, grant=grant, version=grant.version, clauses=Clauses(**{**said, **changed}))


def bodies(kind: str) -> list[dict[str, Any]]:
    return [dict(ledger.trace(each).body) for each in ledger.entries(kind=kind)]


def test_given_in_full_and_on_record(people: dict[str, Actor]) -> None:
    made = give(
        people["provider"], masking={"id_number": "hide", "birth_date": "year"}, rows=" sex = '1' ",
        fields=frozenset({"id_number", "birth_date"}), unmasked=frozenset({"id_number"}),
        forms=frozenset({"query", "aggregate"}), needs_case=True, quota_per_day=5,
    )  # fmt: skip
    # A mask that is the grade's own is not kept, so that a raised grade takes effect.
    assert made.masking == {"id_number": "hide"}
    (body,) = bodies("grants.created")
    assert body["masking"] == ["birth_date=year", "id_number=hide"]
    assert (body["rows"].strip(), body["quota_per_day"], body["needs_case"]) == ("sex = '1'", 5, True)
    (terms,) = terms_of(people["clerk"])
    assert (terms.rows, terms.needs_case, terms.quota_per_day) == ("sex = '1'", True, 5)


def test_the_provider_changes_both_ways_with_compare_and_set(people: dict[str, Actor], grant: Grant) -> None:
    seen = grant.version
    change(people["provider"], grant, fields=frozenset({"name", "id_number", "address", "birth_date"}))
    assert grant.version == seen + 1
    stale = Grant.objects.get(pk=grant.pk)
    stale.version = seen
    narrower = asking.wanted(fields=frozenset({"name"}))
    late = {"by": people["colleague"], "version": seen, "clauses": narrower}
    assert code_of(actions.change, grant=stale, **late) == "exchange.grant_moved_on"
    assert code_of(actions.change, grant=Grant.objects.get(pk=grant.pk), **late) == "exchange.grant_moved_on"
    told = bodies("grants.changed")
    assert (told[0]["outcome"], told[-1]["widened"]) == ("refused", ["fields"])
    event = grant.events.first()
    assert event is not None
    assert (event.kind, event.changes[0]["aspect"], event.changes[0]["wider"]) == (
        GrantEvent.Kind.CHANGED,
        "fields",
        True,
    )


def test_the_bureau_narrows_and_never_widens(people: dict[str, Actor], grant: Grant) -> None:
    change(
        people["bureau"],
        grant,
        fields=frozenset({"name"}),
        until=grant.until - timedelta(days=9),
        rows="sex = '1'",
    )
    change(people["bureau"], grant, rows="sex = '1' and moved_in_on is not null")
    for wider in (
        {"fields": frozenset({"name", "address"})}, {"unmasked": frozenset({"name"})}, {"rows": ""},
        {"rows": "sex = '2'"}, {"purposes": frozenset({"relief_check", "audit"})},
        {"forms": frozenset({"query", "batch"})}, {"until": grant.until + timedelta(days=1)},
    ):  # fmt: skip
        assert (
            code_of(change, by=people["bureau"], grant=grant, **wider)
            == "exchange.refused.only_provider_widens"
        )
    assert code_of(change, by=people["bureau"], grant=grant) == "exchange.grant_unchanged"


def test_a_grant_edited_by_another_organisation_is_refused(people: dict[str, Actor], grant: Grant) -> None:
    for name in ("asker", "other"):  # the holder's own officer is another organisation too
        by = people[name]
        assert (
            code_of(change, by=by, grant=grant, fields=frozenset({"name"}))
            == "exchange.refused.grant_not_yours"
        )
        for action in (actions.suspend, actions.withdraw):
            assert code_of(action, by=by, grant=grant) == "exchange.refused.grant_not_yours"
    grant.refresh_from_db()
    assert (grant.state, grant.version) == (Grant.State.LIVE, 1)


def test_nobody_widens_what_they_hold_themselves(people: dict[str, Actor], grant: Grant) -> None:
    asking.member("provider", "clerk", "hr")
    assert (
        code_of(change, by=people["provider"], grant=grant, unmasked=frozenset({"name"}))
        == "exchange.refused.grant_to_oneself"
    )
    change(people["provider"], grant, fields=frozenset({"name"}))
    change(people["colleague"], grant, unmasked=frozenset({"name"}))


def test_suspended_rests_until_whoever_set_it_lifts_it(people: dict[str, Actor], grant: Grant) -> None:
    actions.suspend(by=people["bureau"], grant=grant, reason="异常使用")
    assert not is_live(terms_of(people["clerk"])[0], "hr", "clerk", asking.today())
    assert code_of(actions.suspend, by=people["provider"], grant=grant) == "exchange.grant_moved_on"
    assert (
        code_of(actions.resume, by=people["provider"], grant=grant) == "exchange.refused.suspended_by_another"
    )
    assert code_of(actions.resume, by=people["asker"], grant=grant) == "exchange.refused.grant_not_yours"
    actions.resume(by=people["bureau"], grant=grant)
    assert is_live(terms_of(people["clerk"])[0], "hr", "clerk", asking.today())
    actions.suspend(by=people["provider"], grant=grant)
    assert (
        code_of(actions.resume, by=people["bureau"], grant=grant) == "exchange.refused.suspended_by_another"
    )
    asking.member("provider", "clerk", "hr")
    assert code_of(actions.resume, by=people["provider"], grant=grant) == "exchange.refused.grant_to_oneself"
    actions.resume(by=people["colleague"], grant=grant)
    kinds = [each.kind for each in grant.events.all()]
    assert kinds == ["resumed", "suspended", "resumed", "suspended", "created"]
    assert [each["grant"] for each in bodies("grants.resumed") if each["outcome"] == "done"] == [
        grant.number
    ] * 2


def test_withdrawn_is_for_good(people: dict[str, Actor], grant: Grant) -> None:
    actions.withdraw(by=people["provider"], grant=grant)
    assert grant.withdrawn_by == "provider"
    for action in (actions.withdraw, actions.suspend, actions.resume):
        assert code_of(action, by=people["provider"], grant=grant) == "exchange.grant_moved_on"
    assert (
        code_of(change, by=people["provider"], grant=grant, fields=frozenset({"name"}))
        == "exchange.grant_moved_on"
    )


def test_the_worker_closes_what_has_run_out(people: dict[str, Actor], grant: Grant) -> None:
    other = give(people["provider"])
    house = Actor.house("schedule")
    assert expiry.expire_due(by=house) == 0
    assert code_of(actions.expire, by=house, grant=other) == "exchange.grant_moved_on"
    Grant.objects.filter(pk=grant.pk).update(until=timezone.localdate() - timedelta(days=1))
    assert expiry.expire_due(by=house) == 1
    grant.refresh_from_db()
    assert grant.state == Grant.State.EXPIRED
    assert bodies("grants.expired")[0]["grant"] == grant.number
    assert expiry.expire_due(by=house) == 0


def test_masks_weaker_than_the_grade_s_are_the_provider_s_and_never_of_grade_four(
    people: dict[str, Actor], grant: Grant
) -> None:
    change(people["provider"], grant, fields=frozenset({"birth_date"}), masking={"birth_date": "month"})
    assert (
        code_of(change, by=people["bureau"], grant=grant, masking={"birth_date": "none"})
        == "exchange.grant_terms"
    )
    change(people["bureau"], grant, masking={"birth_date": "hide"})
    Resource.objects.get(code="ps.residents").fields.filter(name="birth_date").update(grade=4)
    assert (
        code_of(change, by=people["provider"], grant=grant, masking={"birth_date": "year"})
        == "exchange.grant_terms"
    )
    assert (
        code_of(change, by=people["provider"], grant=grant, masking={"birth_date": "sesame"})
        == "exchange.grant_terms"
    )


#: Row filters that try something: to leave the language, to be SQL, to be long or deep, to name a person.
TRICKS = [
    "1=1; DROP TABLE exchange_grant; --",
    "name is not null -- and sex = '1'",
    "name is not null /* */ ",
    "sex = '1' union select name from ps",
    "sex = (select '1')",
    "sex = '1' or 1 = 1 union all select * from read_parquet('x')",
    "sex = chr(49)",
    "sex = upper('1')",
    "read_csv('/etc/passwd') is not null",
    "sex = '1'' or ''1'' = ''1",
    'sex = "1"',
    '"sex"" or 1=1" = \'1\'',
    "sex = `1`",
    "sex = $$1$$",
    "sex = E'\\x31'",
    "sex = '1' ; ",
    "sex like '%'",
    "sex ~ '.*'",
    "sex = :secret",
    "sex = '1' and exists (select 1)",
    "ｓｅｘ = '1'",
    "sеx = '1'",  # a Cyrillic e
    "sex ＝ '1'",
    "sex = ’1’",
    "sex = '1'\x00",
    "sex\u200b = '1'",
    "sex = '\u202e1'\n;",
    "SEX = '1'",
    "_delivery = 'D1'",
    "subject_id is not null",
    "nonsense = '1'",
    "sex < '1'",
    "sex starts with 1",
    "moved_in_on = 'yesterday'",
    "(" * 200 + "sex = '1'" + ")" * 200,
    "not " * 500 + "sex = '1'",
    "sex = '1' or " * 400 + "sex = '1'",
    "sex in (" + ",".join(["'1'"] * 900) + ")",
    "sex",
    "'1'",
    "= '1'",
    "name = '王小明'",
    "name starts with '王'",
    "name in ('王小明')",
    "'王小明' = name",
    "id_number = '440604199005011237'",
    "id_number starts with '4406041990'",
    "record_no = 'R1'",
    "address = '佛山市禅城区祖庙街道人民路12号3栋401'",
    "address starts with '佛山市禅城区祖庙街道人民路12号'",
    "sex = '440604199005011237'",
    "sex = '１３８００１３８０００'",
]


@pytest.mark.parametrize("trick", TRICKS, ids=range(len(TRICKS)))
def test_a_filter_that_tries_something_is_refused(people: dict[str, Actor], trick: str) -> None:
    with pytest.raises(HouseError) as refused:
        give(people["provider"], rows=trick)
    assert refused.value.code == "exchange.grant_terms"
    assert not Grant.objects.exists()
    for personal in ("王小明", "440604199005011237", "人民路12号"):
        assert personal not in refused.value.say("zh") + refused.value.say("en")
        assert all(personal not in str(body) for body in bodies("grants.created"))
    said = said_of(Resource.objects.get(code="ps.residents"))
    assert rows.problems(trick, said.fields)


@pytest.mark.parametrize(
    "plain",
    [
        "sex = '1'", "birth_date < today - 60 years", "moved_in_on between date '2015-01-01' and date '2016-01-01'",
        "address starts with '佛山市禅城区祖庙街道'", "id_number is not null and not (sex in ('1', '2'))", "",
    ],
)  # fmt: skip
def test_a_filter_that_is_one_is_kept_and_told_in_words(people: dict[str, Actor], plain: str) -> None:
    assert give(people["provider"], rows=plain).rows == plain


def test_a_filter_that_cannot_be_read_any_more_covers_nothing() -> None:
    assert rows.in_words("name of the game", {}).zh.startswith("行范围已无法读取")
    condition = rows.condition_of("gone is null")
    assert not rows.covers(condition, {"name": "x"}, {"name": "name"})
