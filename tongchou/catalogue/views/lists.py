"""The three lists of each department, with filters and as files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.accounts.models import Organisation
from tongchou.standards.elements import ELEMENTS
from tongchou.web.templatetags.house import named, say

from .. import exporting, policies, rules
from ..actions import responsibilities as actions
from ..models import Need, Resource, Responsibility
from ..queries import lists
from ..queries.people import is_bureau

PAGE_ROWS = 50


def _scope(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    """Whose list: as chosen, else the reader's own department where it is one of those that may have lists."""
    by = actor_of(request)
    organisations = Organisation.objects.filter(active=True, level=Organisation.Level.DISTRICT)
    chosen = request.GET.get("organisation")
    if chosen is None:
        chosen = by.organisation if by.may("catalogue.register") and not is_bureau(by) else ""
    whose = Organisation.objects.filter(code=chosen).first()
    return chosen, {
        "organisations": organisations,
        "organisation": chosen,
        "whose": whose,
        "may_register": by.may("catalogue.register"),
        "keeps": by.may("catalogue.register")
        and policies.can_keep(owner=chosen or "-", organisation=by.organisation, bureau=is_bureau(by)),
        "q": request.GET.get("q", "").strip(),
        "state": request.GET.get("state", ""),
    }


@requires("catalogue.view")
@require_GET
def held(request: HttpRequest) -> HttpResponse:
    """资源清单: what a department holds, and what the description of each lacks."""
    chosen, context = _scope(request)
    share_class = request.GET.get("share_class", "")
    lacking = request.GET.get("lacking", "") == "1"
    rows = lists.held(
        organisation=chosen,
        text=context["q"],
        share_class=share_class,
        state=context["state"],
        only_lacking=lacking,
    )
    if request.GET.get("export"):
        return exporting.response(
            request.GET["export"], name="held", title=_("资源清单"),
            heading=[_("部门"), _("资源"), _("代码"), _("信息资源代码"), _("状态"), _("共享属性"), _("更新周期"), _("字段数"),
                     _("发布日期"), _("待补充")],
            rows=[
                [named(one.resource.organisation), named(one.resource), one.resource.code, one.resource.catalogue_code,
                 one.resource.get_state_display(), one.resource.get_share_class_display(),
                 one.resource.get_cycle_display(), len(one.resource.fields.all()), one.resource.published_on,
                 " ".join(say(lack.what) for lack in one.lacks)]
                for one in rows
            ],
        )  # fmt: skip
    context |= {
        "page": Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page")),
        "share_class": share_class,
        "lacking": lacking,
        "share_classes": Resource.ShareClass.choices,
        "states": Resource.State.choices,
        "tab": "held",
    }
    return render(request, "catalogue/held.html", context)


@requires("catalogue.view")
@require_GET
def needs(request: HttpRequest) -> HttpResponse:
    """需求清单: what a department needs and does not hold."""
    chosen, context = _scope(request)
    asked = request.GET.get("addressed_to", "")
    found = lists.needs(organisation=chosen, state=context["state"], text=context["q"], addressed_to=asked)
    if request.GET.get("export"):
        return exporting.response(
            request.GET["export"], name="needs", title=_("需求清单"),
            heading=[_("需求号"), _("部门"), _("需要什么数据"), _("理由"), _("用于事项"), _("需要的字段"), _("请求部门"),
                     _("状态"), _("由何资源满足"), _("答复"), _("提出日期")],
            rows=[
                [one.number, named(one.organisation), named_need(one), one.reason, one.matter,
                 "、".join(each["label"] for each in one.fields), named(one.addressed_to), one.get_state_display(),
                 named(one.met_by), one.answer, one.stated_on]
                for one in found
            ],
        )  # fmt: skip
    context |= {
        "page": Paginator(found, PAGE_ROWS).get_page(request.GET.get("page")),
        "addressed_to": asked,
        "states": Need.State.choices,
        "tab": "needs",
    }
    return render(request, "catalogue/needs.html", context)


def named_need(need: Need) -> str:
    """What a need wants, in the reader's language where it was said in it."""
    return need.title_en if need.title_en and (get_language() or "").startswith("en") else need.title


@requires("catalogue.view")
@require_GET
def answerable(request: HttpRequest) -> HttpResponse:
    """责任清单: which fact is whose to keep right, with conflicts and gaps."""
    chosen, context = _scope(request)
    subject, element = request.GET.get("subject", ""), request.GET.get("element", "")
    rows = lists.duties(organisation=chosen, state=context["state"], subject=subject, element=element)
    if request.GET.get("export"):
        return exporting.response(
            request.GET["export"], name="responsibilities", title=_("责任清单"),
            heading=[_("数据"), _("数据元"), _("主体类别"), _("责任部门"), _("存放资源"), _("依据"), _("由谁提供"), _("状态")],
            rows=[
                [say(one.label), one.element, say(rules.SUBJECTS[one.subject]),
                 "、".join(named(each.organisation) for each in one.claims),
                 "、".join(each.resource.code for each in one.claims if each.resource),
                 "；".join(each.basis for each in one.claims if each.basis),
                 "、".join(sorted({each.resource.code for each in one.holders})), say(lists.STATES[one.state])]
                for one in rows
            ],
        )  # fmt: skip
    counts = {state: sum(one.state == state for one in rows) for state in lists.STATES}
    by = actor_of(request)
    context |= {
        "page": Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page")),
        "subject": subject,
        "element": element,
        "state_words": lists.STATES,
        "states": list(lists.STATES.items()),
        "counts": [(state, lists.STATES[state], counts[state]) for state in lists.STATES],
        "subjects": Resource.SubjectKind.choices,
        "elements": list(ELEMENTS.values()),
        "aspects": [(code, label) for code, label in rules.ASPECTS.items() if code],
        "claimable": Resource.objects.filter(organisation__code=chosen or by.organisation),
        "mine": by.organisation,
        "bureau": is_bureau(by),
        "tab": "answerable",
    }
    return render(request, "catalogue/answerable.html", context)


@requires("catalogue.register")
@require_POST
def claim(request: HttpRequest) -> HttpResponse:
    """Put a fact on the reader's list, or, for the bureau, on that of the organisation named."""
    by, post = actor_of(request), request.POST
    owner = get_object_or_404(Organisation, code=post.get("organisation") or by.organisation)
    actions.claim(
        by=by, organisation=owner, element=post.get("element", ""), subject_kind=post.get("subject", ""),
        aspect=post.get("aspect", ""), resource=Resource.objects.filter(code=post.get("resource", "")).first(),
        basis=post.get("basis", ""),
    )  # fmt: skip
    messages.success(request, _("已列入责任清单。"))
    return HttpResponseRedirect(f"{reverse('catalogue:answerable')}?organisation={owner.code}")


@requires("catalogue.register")
@require_POST
def release(request: HttpRequest, number: int) -> HttpResponse:
    """Take a claim off the list."""
    found = get_object_or_404(Responsibility.objects.select_related("organisation"), pk=number)
    owner = found.organisation.code
    actions.release(by=actor_of(request), responsibility=found)
    messages.success(request, _("已从责任清单移除。"))
    return HttpResponseRedirect(f"{reverse('catalogue:answerable')}?organisation={owner}")
