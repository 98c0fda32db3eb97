"""Signing in and out, the second factor, roles, and one's own account."""

from __future__ import annotations

import time

import pyotp
import segno
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from tongchou.standards.errors import HouseError

from .. import queries
from ..access import actor_of, public, signed_in
from ..actions import sessions as actions
from ..actions import tokens as token_actions
from ..actions import users as user_actions
from ..forms import CodeForm, PasswordForm, SignInForm, TokenForm
from ..models import ApiToken, Membership, SignIn, User
from ..rules import HALF_SIGNED_IN_S
from ..said import said


def address_of(request: HttpRequest) -> str:
    """The network address a request came from."""
    return str(request.META.get("REMOTE_ADDR", ""))[:60]


def _next(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else reverse("accounts:desk")


def _enter(request: HttpRequest, user: User, factor: str, target: str) -> HttpResponse:
    login(request, user, backend="tongchou.accounts.backend.HouseBackend")
    request.session.save()
    actions.sign_in(
        by=queries.actor_of(queries.memberships_of(user)[0]),
        user=user,
        session_key=request.session.session_key or "",
        address=address_of(request),
        agent=request.headers.get("User-Agent", ""),
        factor=factor,
    )
    return HttpResponseRedirect(target)


@public
@never_cache
@sensitive_post_parameters()
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password."""
    if getattr(request, "actor", None) is not None and request.method == "GET":
        return HttpResponseRedirect(_next(request))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = actions.check_password(
                username=form.cleaned_data["username"],
                password=form.cleaned_data["password"],
                address=address_of(request),
            )
        except HouseError as error:
            form.add_error(None, said(error))
        else:
            if not queries.memberships_of(user):
                form.add_error(None, _("这个账号现在没有任何角色。请联系系统管理员。"))
                return render(
                    request, "accounts/sign_in.html", {"form": form, "next": _next(request)}, status=400
                )
            if not user.totp_secret:
                return _enter(request, user, "password", _next(request))
            request.session.cycle_key()
            request.session["half"] = {"user": user.pk, "at": time.time(), "next": _next(request)}
            return HttpResponseRedirect(reverse("accounts:second_factor"))
    status = 200 if not form.errors else 400
    return render(request, "accounts/sign_in.html", {"form": form, "next": _next(request)}, status=status)


@public
@never_cache
@sensitive_post_parameters()
def second_factor(request: HttpRequest) -> HttpResponse:
    """The one-time code of somebody whose password was right."""
    half = request.session.get("half", {"user": 0, "at": 0.0, "next": ""})
    user = User.objects.filter(pk=half["user"], is_active=True).first()
    if user is None or time.time() - half["at"] > HALF_SIGNED_IN_S:
        return HttpResponseRedirect(reverse("accounts:sign_in"))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            factor = actions.check_second_factor(
                user=user, code=form.cleaned_data["code"], address=address_of(request)
            )
        except HouseError as error:
            form.add_error(None, said(error))
        else:
            request.session.pop("half")
            return _enter(request, user, factor, half["next"])
    return render(request, "accounts/second_factor.html", {"form": form}, status=400 if form.errors else 200)


@signed_in
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this session."""
    actions.sign_out(by=actor_of(request), session_key=request.session.session_key or "")
    logout(request)
    messages.success(request, _("已退出。"))
    return HttpResponseRedirect(reverse("accounts:sign_in"))


@signed_in
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Act as another of one's roles; the session gets a new key."""
    membership = get_object_or_404(
        Membership.objects.select_related("role", "organisation"), pk=request.POST.get("membership") or 0
    )
    actions.switch_role(by=actor_of(request), membership=membership)
    old = request.session.session_key
    request.session["membership"] = membership.pk
    request.session.cycle_key()
    SignIn.objects.filter(session_key=old).update(session_key=request.session.session_key)
    return HttpResponseRedirect(reverse("accounts:desk"))


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


@signed_in
def me(request: HttpRequest) -> HttpResponse:
    """One's own account: roles, password, second factor, sessions, keys."""
    user = _user(request)
    return render(
        request,
        "accounts/me.html",
        {
            "user": user,
            "sign_ins": user.sign_ins.all(),
            "this_session": request.session.session_key,
            "tokens": ApiToken.objects.filter(membership__user=user, revoked_at__isnull=True).select_related(
                "membership__role", "membership__organisation"
            ),
            "token_form": TokenForm(),
            "may_use_api": actor_of(request).may("api.use"),
            "recovery_left": user.recovery_codes.filter(used_at__isnull=True).count(),
        },
    )


@signed_in
@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password."""
    user = _user(request)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.confirm_password(
                user=user, password=form.cleaned_data["old"], address=address_of(request)
            )
            user = user_actions.change_password(
                by=actor_of(request), user=user, old=form.cleaned_data["old"], new=form.cleaned_data["new"]
            )
        except HouseError as error:
            form.add_error(None, said(error))
        else:
            old = request.session.session_key
            update_session_auth_hash(request, user)
            SignIn.objects.filter(session_key=old).update(session_key=request.session.session_key)
            messages.success(request, _("密码已修改。"))
            return HttpResponseRedirect(reverse("accounts:me"))
    return render(request, "accounts/password.html", {"form": form, "must": user.must_change_password})


@signed_in
def second_factor_on(request: HttpRequest) -> HttpResponse:
    """Turn the second factor on: scan, type a code, keep the recovery codes."""
    user = _user(request)
    secret = request.session.setdefault("totp_draft", pyotp.random_base32())
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = actions.turn_on_second_factor(
                by=actor_of(request), user=user, secret=secret, code=form.cleaned_data["code"]
            )
        except HouseError as error:
            form.add_error(None, said(error))
        else:
            request.session.pop("totp_draft", None)
            return render(request, "accounts/recovery.html", {"codes": codes})
    address = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name="Tongchou")
    picture = segno.make(address, error="m").svg_inline(
        scale=5, dark="#12355b", omitsize=True, svgclass="qr", title="QR"
    )
    context = {"form": form, "secret": secret, "picture": mark_safe(picture)}  # noqa: S308 – made by segno
    return render(request, "accounts/second_factor_on.html", context)


@signed_in
@require_POST
def second_factor_off(request: HttpRequest) -> HttpResponse:
    """Turn the second factor off."""
    user = _user(request)
    password = request.POST.get("password", "")
    actions.confirm_password(user=user, password=password, address=address_of(request))
    actions.turn_off_second_factor(by=actor_of(request), user=user, password=password)
    messages.success(request, _("已关闭双因素验证。"))
    return HttpResponseRedirect(reverse("accounts:me"))


@signed_in
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """End all one's other sessions."""
    count = actions.end_sessions(
        by=actor_of(request), user=_user(request), keep=request.session.session_key or ""
    )
    messages.success(request, _("已结束其他 %d 个会话。") % count)
    return HttpResponseRedirect(reverse("accounts:me"))


@signed_in
@require_POST
def create_token(request: HttpRequest) -> HttpResponse:
    """Make a key of the API and show it once."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("密钥需要名称和 1–400 天的有效期。"))
        return HttpResponseRedirect(reverse("accounts:me"))
    token, secret = token_actions.create_token(by=actor_of(request), **form.cleaned_data)
    return render(request, "accounts/token.html", {"token": token, "secret": secret})


@signed_in
@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Revoke a key."""
    token = get_object_or_404(ApiToken.objects.select_related("membership__user"), pk=pk)
    token_actions.revoke_token(by=actor_of(request), token=token)
    messages.success(request, _("密钥已吊销。"))
    return HttpResponseRedirect(reverse("accounts:me"))
