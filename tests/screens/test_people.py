"""The administrator's screens: accounts, roles, organisations."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from tests.cast import PASSWORD, Cast
from tongchou.accounts.models import Membership, Organisation, User

ClientAs = Callable[..., Client]


def change(client: Client, username: str, **values: str) -> object:
    return client.post(reverse("accounts:user_change", args=[username]), values, follow=True)


def test_an_account_is_made_with_a_first_password(cast: Cast, client_as: ClientAs) -> None:
    mine = client_as("administrator")
    values = {
        "username": "liu.min",
        "name": "刘敏",
        "name_en": "Liu Min",
        "role": "clerk",
        "organisation": "hall",
        "password": "Willow-quay-2041",
    }
    weak = mine.post(reverse("accounts:user_new"), {**values, "password": "12345"})
    assert "密码不符合要求" in weak.content.decode()
    answer = mine.post(reverse("accounts:user_new"), values, follow=True)
    assert "账号已建立" in answer.content.decode()
    user = User.objects.get(username="liu.min")
    assert user.must_change_password
    assert user.check_password("Willow-quay-2041")
    again = mine.post(reverse("accounts:user_new"), {**values, "username": "LIU.MIN"})
    assert "用户名已被使用" in again.content.decode()


def test_the_list_finds_by_name_role_and_organisation(cast: Cast, client_as: ClientAs) -> None:
    mine = client_as("administrator")
    for part in ("steward", "clerk", "officer"):
        cast.user(part)
    users = reverse("accounts:users")
    names = lambda query: {user.username for user in mine.get(users + query).context["page"]}  # noqa: E731
    assert names("") >= {"steward", "clerk", "officer", "administrator"}
    assert names("?q=窗口") == {"clerk"}
    assert names("?role=officer") == {"officer"}
    assert names("?organisation=data") == {"steward", "administrator"}
    assert "没有符合条件的人员" in mine.get(users + "?q=nobody").content.decode()


def test_an_account_is_switched_off_unlocked_and_reset(cast: Cast, client_as: ClientAs) -> None:
    mine = client_as("administrator")
    theirs = client_as("clerk")
    change(mine, "clerk", do="disable")
    assert theirs.get("/catalogue/").status_code == 302
    change(mine, "clerk", do="enable")
    for _ in range(5):
        Client().post(reverse("accounts:sign_in"), {"username": "clerk", "password": "wrong"})
    assert "已暂时锁定" in mine.get(reverse("accounts:user", args=["clerk"])).content.decode()
    change(mine, "clerk", do="unlock")
    assert User.objects.get(username="clerk").locked_until is None
    change(mine, "clerk", do="reset", password="Willow-quay-2041")
    assert User.objects.get(username="clerk").must_change_password
    assert "没有这个操作" in change(mine, "clerk", do="promote").content.decode()  # type: ignore[attr-defined]


def test_roles_are_given_and_taken_back(cast: Cast, client_as: ClientAs) -> None:
    mine = client_as("administrator")
    cast.user("clerk")
    change(mine, "clerk", do="give", role="auditor", organisation="audit")
    given = Membership.objects.get(user__username="clerk", role__code="auditor")
    mine.post(reverse("accounts:membership_end", args=[given.pk]))
    given.refresh_from_db()
    assert not given.active


def test_nobody_changes_their_own_rights(cast: Cast, client_as: ClientAs) -> None:
    mine = client_as("administrator")
    answer = change(mine, "administrator", do="give", role="steward", organisation="data")
    assert "不能修改自己的角色" in answer.content.decode()  # type: ignore[attr-defined]
    assert not Membership.objects.filter(user__username="administrator", role__code="steward").exists()
    change(mine, "administrator", do="disable")
    assert User.objects.get(username="administrator").is_active


def organisation(code: str, parent: str, **more: object) -> dict[str, object]:
    above = Organisation.objects.filter(code=parent).first()
    return {
        "code": code,
        "name": "某科室",
        "name_en": "Some office",
        "level": "district",
        "kind": "department",
        "parent": above.pk if above else "",
        "active": "on",
        **more,
    }


def test_an_organisation_cannot_stand_below_itself(cast: Cast, client_as: ClientAs) -> None:
    mine = client_as("administrator")
    new = reverse("accounts:organisation_new")
    assert mine.post(new, organisation("office", "edu")).status_code == 302
    assert Organisation.objects.get(code="office").parent.code == "edu"  # type: ignore[union-attr]
    edit = reverse("accounts:organisation", args=["edu"])
    answer = mine.post(edit, organisation("edu", "office"))
    assert "机构不能位于自己之下" in answer.content.decode()
    edu = Organisation.objects.get(code="edu")
    assert edu.parent is not None
    assert edu.parent.code == "gov"
    tree = mine.get(reverse("accounts:organisations")).content.decode()
    assert "某科室" in tree


def test_the_matrix_shows_what_each_role_may(client_as: ClientAs) -> None:
    page = client_as("administrator").get(reverse("accounts:roles"))
    assert "查看存证账本" in page.content.decode()
    assert page.context["roles"]


def test_others_are_refused_in_words(cast: Cast, client_as: ClientAs) -> None:
    for url in ("users", "user_new", "roles", "organisations", "organisation_new"):
        answer = client_as("steward").get(reverse(f"accounts:{url}"))
        assert answer.status_code == 403
        assert "当前角色没有" in answer.content.decode()
    assert PASSWORD not in answer.content.decode()
