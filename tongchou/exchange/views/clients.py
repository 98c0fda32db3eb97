"""The systems that use the gateway: the list, one with its keys and use, registering, a new key, revoking."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation, Role
from tongchou.accounts.said import said
from tongchou.standards.errors import HouseError
from tongchou.web.templatetags.house import named

from .. import client_policies as policies
from ..actions import clients as actions
from ..actions.clients import Issued
from ..models import Client, ClientKey, Grant
from ..queries import clients as queries
from ..queries.grants import is_bureau

#: How long a client is registered for, unless said otherwise.
USUAL_DAYS = 365


class KeyForm(forms.Form):
    """How a client signs."""

    method = forms.ChoiceField(
        label=gettext_lazy("签名方式"),
        choices=ClientKey.Method.choices,
        help_text=gettext_lazy("共享密钥由平台生成，只显示一次；公钥方式下私钥不离开对方系统。"),
    )
    public_key = forms.CharField(
        label=gettext_lazy("公钥"), required=False, strip=True, max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "class": "mono"}),
        help_text=gettext_lazy("仅公钥方式填写：粘贴 -----BEGIN PUBLIC KEY----- 开头的 PEM。"),
    )  # fmt: skip


class RotateForm(KeyForm):
    """A new key, and how long the present ones stay good."""

    overlap_hours = forms.IntegerField(
        label=gettext_lazy("旧密钥继续有效（小时）"),
        min_value=0,
        max_value=actions.LONGEST_OVERLAP_H,
        initial=24,
    )


class ClientForm(KeyForm):
    """A client to be registered."""

    code = forms.CharField(
        label=gettext_lazy("代码"), max_length=40,
        help_text=gettext_lazy("小写字母、数字和连字符，例如 civil-relief；登记后不能改。"),
    )  # fmt: skip
    name = forms.CharField(label=gettext_lazy("名称"), max_length=120)
    name_en = forms.CharField(label=gettext_lazy("英文名称"), max_length=160, required=False)
    organisation = forms.ModelChoiceField(
        label=gettext_lazy("所属机构"),
        queryset=Organisation.objects.none(),
        to_field_name="code",
        empty_label=None,
    )
    role = forms.ModelChoiceField(
        label=gettext_lazy("角色"), queryset=Role.objects.none(), to_field_name="code", empty_label=None
    )
    expires_on = forms.DateField(
        label=gettext_lazy("有效期至"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    quota_per_day = forms.IntegerField(
        label=gettext_lazy("每日限额"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("留空为不限；授权另有各自的限额。"),
    )

    field_order = [
        "code",
        "name",
        "name_en",
        "organisation",
        "role",
        "method",
        "public_key",
        "expires_on",
        "quota_per_day",
    ]

    def __init__(self, by: Actor, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        held = Organisation.objects.filter(active=True)
        organisations = held if is_bureau(by) else held.filter(code=by.organisation)
        roles = [role.pk for role in Role.objects.all() if "gateway.use" in role.permissions]
        for name, queryset in (("organisation", organisations), ("role", Role.objects.filter(pk__in=roles))):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = queryset
            field.label_from_instance = named  # type: ignore[method-assign, assignment]


@requires("clients.view")
@require_GET
def clients(request: HttpRequest) -> HttpResponse:
    """The systems of the reader's organisation; all of them for the bureau and auditors."""
    by = actor_of(request)
    page = Paginator(queries.visible_to(by), 50).get_page(request.GET.get("page"))
    used = queries.lately(client.code for client in page)
    rows = [(client, used[client.code], queries.good_keys(client)) for client in page]
    shown = {
        "page": page,
        "rows": rows,
        "may_manage": by.may("clients.manage"),
        "today": timezone.localdate(),
    }
    return render(request, "exchange/clients.html", shown)


@requires("clients.view")
@require_GET
def client(request: HttpRequest, code: str) -> HttpResponse:
    """One system: its keys, its use and refusals, the grants it may use."""
    return _page(request, get_object_or_404(queries.visible_to(actor_of(request)), code=code))


def _page(
    request: HttpRequest, found: Client, form: RotateForm | None = None, error: HouseError | None = None
) -> HttpResponse:
    by = actor_of(request)
    used = queries.lately([found.code])[found.code]
    most = max((uses + refused for _, uses, refused in used.days), default=0)
    grants = Grant.objects.filter(organisation=found.organisation, role=found.role).select_related(
        "resource", "resource__organisation"
    )
    shown = {
        "client": found, "used": used, "grants": grants, "today": timezone.localdate(), "now": timezone.now(),
        "days": [(day, uses, refused, round(100 * uses / most) if most else 0) for day, uses, refused in used.days],
        "may_manage": by.may("clients.manage")
        and policies.can_manage_client(owner=found.organisation.code, manager=by.organisation, bureau=is_bureau(by)),
        "form": form or RotateForm(), "error": error, "reason": used.last_reason,
    }  # fmt: skip
    return render(request, "exchange/client.html", shown, status=400 if error or form else 200)


@requires("clients.manage")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Register a system; its secret is shown on the answering page and nowhere else."""
    by = actor_of(request)
    initial = {
        "expires_on": timezone.localdate() + timedelta(days=USUAL_DAYS),
        "organisation": by.organisation,
    }
    form = ClientForm(by, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            issued = actions.register(
                by=by, code=told["code"], name=told["name"], name_en=told["name_en"], organisation=told["organisation"],
                role=told["role"], method=told["method"], public_key=told["public_key"], expires_on=told["expires_on"],
                quota_per_day=told["quota_per_day"],
            )  # fmt: skip
        except HouseError as refusal:
            form.add_error(None, said(refusal))
        else:
            return _issued(request, issued)
    return render(request, "exchange/client_new.html", {"form": form}, status=400 if form.errors else 200)


@requires("clients.manage")
@require_POST
def rotate(request: HttpRequest, code: str) -> HttpResponse:
    """Give a system a new key."""
    by = actor_of(request)
    found = get_object_or_404(queries.visible_to(by), code=code)
    form = RotateForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    try:
        issued = actions.rotate(by=by, client=found, **form.cleaned_data)
    except HouseError as refusal:
        return _page(request, found, error=refusal)
    return _issued(request, issued)


@requires("clients.manage")
@require_POST
def revoke(request: HttpRequest, code: str) -> HttpResponse:
    """Revoke a system, or the one of its keys that is named."""
    by = actor_of(request)
    found = get_object_or_404(queries.visible_to(by), code=code)
    named_key = request.POST.get("key", "")
    key = get_object_or_404(ClientKey, client=found, key_id=named_key) if named_key else None
    try:
        actions.revoke(by=by, client=found, key=key)
    except HouseError as refusal:
        return _page(request, found, error=refusal)
    messages.success(request, _("已吊销，从下一个请求起不再应答。"))
    return HttpResponseRedirect(reverse("exchange:client", args=[code]))


def _issued(request: HttpRequest, issued: Issued) -> HttpResponse:
    return render(request, "exchange/client_key.html", {"issued": issued, "client": issued.client})


@requires("grants.view")
@require_GET
def statements(request: HttpRequest) -> HttpResponse:
    """What can be verified, and by which resource."""
    return render(request, "exchange/statements.html", {"statements": queries.statements()})
