"""Organisations, users and roles, for those who manage them."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tongchou.standards.errors import HouseError

from .. import queries, rules
from ..access import actor_of, requires
from ..actions import organisations as organisation_actions
from ..actions import sessions as session_actions
from ..actions import users as actions
from ..forms import FirstPasswordForm, MembershipForm, OrganisationForm, UserForm
from ..models import Membership, Organisation, Role, User
from ..permissions import PERMISSIONS
from ..said import said

PAGE_ROWS = 50


@requires("accounts.manage")
def user_list(request: HttpRequest) -> HttpResponse:
    """All accounts."""
    chosen = {name: request.GET.get(name, "") for name in ("organisation", "role")}
    text = request.GET.get("q", "").strip()
    page = Paginator(queries.users(text=text, **chosen), PAGE_ROWS).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "q": text,
        "chosen": chosen,
        "roles": Role.objects.all(),
        "organisations": Organisation.objects.all(),
        "now": timezone.now(),
    }
    return render(request, "accounts/users.html", context)


@requires("accounts.manage")
def user_new(request: HttpRequest) -> HttpResponse:
    """Make an account."""
    form = UserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            user = actions.create_user(
                by=actor_of(request),
                username=values["username"],
                name=values["name"],
                name_en=values["name_en"],
                password=values["password"],
                memberships=[(values["role"].code, values["organisation"].code)],
            )
        except HouseError as error:
            form.add_error(None, said(error))
        else:
            messages.success(request, _("账号已建立。"))
            return HttpResponseRedirect(reverse("accounts:user", args=[user.username]))
    return render(request, "accounts/user_new.html", {"form": form})


@requires("accounts.manage")
def user_detail(request: HttpRequest, username: str) -> HttpResponse:
    """One account: roles, state, and what may be done about it."""
    user = get_object_or_404(User, username__iexact=username)
    context = {
        "person": user,
        "person_memberships": user.memberships.filter(active=True).select_related("role", "organisation"),
        "membership_form": MembershipForm(),
        "password_form": FirstPasswordForm(),
        "locked_s": rules.locked_seconds(user.locked_until, timezone.now()),
        "is_me": user.username == actor_of(request).username,
    }
    return render(request, "accounts/user.html", context)


def _back(username: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("accounts:user", args=[username]))


@requires("accounts.manage")
@require_POST
def user_change(request: HttpRequest, username: str) -> HttpResponse:
    """Switch on or off, unlock, reset the password, give a role, end sessions: what `do` says."""
    by, todo = actor_of(request), request.POST.get("do", "")
    if todo in ("enable", "disable"):
        actions.set_active(by=by, username=username, active=todo == "enable")
    elif todo == "unlock":
        actions.unlock(by=by, username=username)
    elif todo == "end_sessions":
        session_actions.end_sessions(by=by, user=get_object_or_404(User, username__iexact=username))
    elif todo == "reset":
        form = FirstPasswordForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("请输入新的初始密码。"))
            return _back(username)
        actions.reset_password(by=by, username=username, password=form.cleaned_data["password"])
    elif todo == "give":
        given = MembershipForm(request.POST)
        if not given.is_valid():
            messages.error(request, _("请选择角色和机构。"))
            return _back(username)
        values = given.cleaned_data
        actions.add_membership(
            by=by, username=username, role=values["role"].code, organisation=values["organisation"].code
        )
    else:
        messages.error(request, _("没有这个操作。"))
        return _back(username)
    messages.success(request, _("已保存。"))
    return _back(username)


@requires("accounts.manage")
@require_POST
def membership_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a role back."""
    membership = get_object_or_404(Membership.objects.select_related("user", "role", "organisation"), pk=pk)
    actions.end_membership(by=actor_of(request), membership=membership)
    messages.success(request, _("角色已收回。"))
    return _back(membership.user.username)


@requires("accounts.manage")
def organisation_tree(request: HttpRequest) -> HttpResponse:
    """All organisations as a tree."""
    return render(request, "accounts/organisations.html", {"tree": queries.organisation_tree()})


@requires("accounts.manage")
def organisation_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """Make or change an organisation."""
    found = get_object_or_404(Organisation, code=code) if code else None
    form = OrganisationForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        values = {**form.cleaned_data, **({"code": code} if code else {})}
        try:
            organisation_actions.save_organisation(by=actor_of(request), **values)
        except HouseError as error:
            form.add_error(None, said(error))
        else:
            messages.success(request, _("已保存。"))
            return HttpResponseRedirect(reverse("accounts:organisations"))
    return render(request, "accounts/organisation.html", {"form": form, "organisation": found})


@requires("accounts.manage")
def role_matrix(request: HttpRequest) -> HttpResponse:
    """Which role holds which permission."""
    roles = list(Role.objects.all())
    rows = [
        (code, label, [code in role.permissions for role in roles]) for code, label in PERMISSIONS.items()
    ]
    return render(request, "accounts/roles.html", {"roles": roles, "rows": rows})
