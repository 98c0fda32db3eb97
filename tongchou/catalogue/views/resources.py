"""List, page and form of resources; publishing and withdrawing them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.standards.elements import ELEMENTS
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text
from tongchou.web.templatetags.house import say

from .. import asking, demands, exporting, history, policies, queries
from ..actions import resources as actions
from ..forms import ResourceForm
from ..lineage import lineage, panels
from ..models import Resource, ResourceChange
from ..queries import lists, offers
from ..queries.people import is_bureau
from ..queries.resources import classes_in_use, elements_in_use

PAGE_ROWS = 50
#: Changes shown on a resource's page.
CHANGES = 20


def _chosen(request: HttpRequest) -> dict[str, str]:
    names = ("organisation", "share_class", "subject_kind", "element", "class_code")
    return {name: request.GET.get(name, "") for name in names}


@requires("catalogue.view")
@require_GET
def resource_list(request: HttpRequest) -> HttpResponse:
    """All published resources, by owner, with filters; as a file with ?export=csv or xlsx."""
    chosen, text = _chosen(request), request.GET.get("q", "").strip()
    found = queries.resources(text=text, **chosen)
    if request.GET.get("export"):
        return _exported(request.GET["export"], found)
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    return render(
        request,
        "catalogue/resources.html",
        {
            "page": page,
            "q": text,
            "chosen": chosen,
            "narrowed": text or any(chosen.values()),
            "owners": queries.owners(),
            "share_classes": Resource.ShareClass.choices,
            "subject_kinds": Resource.SubjectKind.choices,
            "elements": [ELEMENTS[code] for code in elements_in_use() if code in ELEMENTS],
            "classes": classes_in_use(),
            "overview": queries.overview(),
            "may_register": actor_of(request).may("catalogue.register"),
        },
    )


def _exported(kind: str, found: Any) -> HttpResponse:
    """The catalogue as the national guide lists it: one row for each field 信息项 of each resource."""
    heading = [
        _("信息资源代码"), _("信息资源名称"), _("提供方"), _("提供方代码"), _("摘要"), _("格式"), _("信息项"), _("数据元"),
        _("数据类型"), _("长度"), _("等级"), _("共享属性"), _("共享条件"), _("共享方式"), _("不予共享依据"), _("向社会开放"),
        _("开放条件"), _("更新周期"), _("发布日期"),
    ]  # fmt: skip
    rows = []
    for one in found.select_related("organisation__provider").prefetch_related("fields"):
        provider = getattr(one.organisation, "provider", None)
        for field in one.fields.all():
            known = ELEMENTS.get(field.element)
            rows.append([
                one.catalogue_code or one.code, one.name, one.organisation.name, provider.uscc if provider else "",
                one.abstract, f"{one.get_format_class_display()} {one.format_type}".strip(), field.label,
                known.label.zh if known else field.element, demands.data_type_of(field.element, field.data_type),
                demands.length_of(field.element, field.length), field.grade, one.get_share_class_display(),
                one.share_condition, one.get_share_way_display(), one.legal_basis,
                _("是") if one.is_open else _("否"), one.open_condition, one.get_cycle_display(), one.published_on,
            ])  # fmt: skip
    return exporting.response(kind, name="catalogue", title=_("资源目录"), heading=heading, rows=rows)


@requires("catalogue.view")
@require_GET
def resource_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One resource: facts, fields, lineage, its history, and the panels of the rooms above."""
    resource = get_object_or_404(
        Resource.objects.select_related("organisation__provider", "resource_class"), code=code
    )
    actor = actor_of(request)
    fields = [
        {
            "field": field,
            "element": ELEMENTS.get(field.element),
            "type": demands.data_type_of(field.element, field.data_type),
            "length": demands.length_of(field.element, field.length),
        }
        for field in resource.fields.all()
    ]
    own = policies.can_keep(
        owner=resource.organisation.code, organisation=actor.organisation, bureau=is_bureau(actor)
    )
    return render(
        request,
        "catalogue/resource.html",
        {
            "resource": resource,
            "provider": getattr(resource.organisation, "provider", None),
            "fields": fields,
            "types": demands.DATA_TYPES,
            "key": set(resource.key),
            "related": Resource.objects.filter(code__in=resource.related),
            "lineage": lineage(resource),
            "panels": [
                {"panel": panel, "url": reverse(panel.url_name, args=[resource.code])}
                for panel in panels()
                if actor.may(panel.permission)
            ],
            "may_edit": actor.may("catalogue.register") and own,
            "lacks": lists.lacks_of(resource) if own else [],
            "changes": [_change(one) for one in ResourceChange.objects.filter(resource=code)[:CHANGES]],
            "recollected": lists.recollections(collected_by=code),
            "ask_url": asking.url_of(resource)
            if actor.organisation and actor.organisation != resource.organisation.code
            else "",
        },
    )


_KINDS = {
    "resource.changed": Text("修改", "Changed"),
    "resource.registered": Text("登记", "Registered"),
    "resource.published": Text("重新发布", "Published again"),
    "resource.withdrawn": Text("撤下", "Withdrawn"),
    "pack.applied": Text("由数据包更新", "Brought by a pack"),
}


def _change(one: ResourceChange) -> dict[str, Any]:
    """One change for the page: what, before and after, and whether it is as the ledger has it."""
    parts = []
    for name, (before, after) in sorted(one.values.items()):
        word = history.WORDS.get(name)
        parts.append({"what": say(word) if word else name, "before": before, "after": after})
    return {
        "change": one,
        "title": _KINDS.get(one.kind, Text(one.kind, one.kind)),
        "parts": parts,
        "unaltered": history.is_unaltered(one),
    }


@requires("catalogue.register")
@require_http_methods(["GET", "POST"])
def resource_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change what the catalogue says of a resource: its own department, or the bureau."""
    resource = get_object_or_404(Resource.objects.select_related("organisation"), code=code)
    actor = actor_of(request)
    policies.check_keep(
        owner=resource.organisation.code, organisation=actor.organisation, bureau=is_bureau(actor), where=code
    )
    form = ResourceForm(request.POST or None, instance=resource)
    version = resource.version
    if request.method == "POST":
        given = request.POST.get("version", "")
        version = int(given) if given.isdigit() else version
        if form.is_valid():
            try:
                actions.change(
                    by=actor,
                    resource=get_object_or_404(
                        Resource, code=code
                    ),  # the form has written on its own instance
                    values=form.values(),
                    fields=form.field_values(),
                    version=int(given) if given.isdigit() else None,
                )
            except HouseError as refusal:
                form.refuse(refusal)
            else:
                messages.success(request, _("已保存。"))
                return HttpResponseRedirect(reverse("catalogue:resource", args=[code]))
    shown = get_object_or_404(Resource.objects.select_related("organisation"), code=code)
    return render(
        request, "catalogue/edit.html", {"resource": shown, "form": form, "version": version},
        status=400 if form.errors else 200,
    )  # fmt: skip


def _version(request: HttpRequest) -> int | None:
    given = request.POST.get("version", "")
    return int(given) if given.isdigit() else None


@requires("catalogue.register")
@require_POST
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Take a resource out of the catalogue."""
    resource = get_object_or_404(Resource, code=code)
    actions.withdraw(
        by=actor_of(request),
        resource=resource,
        version=_version(request),
        reason=request.POST.get("reason", ""),
    )
    messages.success(request, _("已撤下。"))
    return HttpResponseRedirect(reverse("catalogue:resource", args=[code]))


@requires("catalogue.register")
@require_POST
def publish(request: HttpRequest, code: str) -> HttpResponse:
    """Bring a withdrawn resource back."""
    resource = get_object_or_404(Resource, code=code)
    actions.publish(by=actor_of(request), resource=resource, version=_version(request))
    messages.success(request, _("已发布。"))
    return HttpResponseRedirect(reverse("catalogue:resource", args=[code]))


@requires("catalogue.register")
@require_GET
def offers_panel(request: HttpRequest, code: str) -> HttpResponse:
    """What the reader's department could give in return for the resource."""
    resource = get_object_or_404(Resource.objects.select_related("organisation"), code=code)
    mine = actor_of(request).organisation
    own = resource.organisation.code == mine
    to_provider = [] if own else offers.offers(mine, to=resource.organisation.code)
    others = [one for one in offers.offers(mine) if one.need.organisation.code != resource.organisation.code]
    return render(
        request,
        "catalogue/offers.html",
        {"resource": resource, "own": own, "to_provider": to_provider, "others": others[:5]},
    )
