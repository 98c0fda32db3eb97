"""List, page and form of resources."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tongchou.accounts.access import actor_of, requires
from tongchou.standards.elements import ELEMENTS

from .. import queries
from ..actions.resources import change
from ..forms import ResourceForm
from ..lineage import lineage, panels
from ..models import Resource

PAGE_ROWS = 50


@requires("catalogue.view")
def resource_list(request: HttpRequest) -> HttpResponse:
    """All resources, by owner, with filters."""
    chosen = {
        name: request.GET.get(name, "") for name in ("organisation", "share_class", "subject_kind", "element")
    }
    text = request.GET.get("q", "").strip()
    found = queries.resources(text=text, **chosen)
    page = Paginator(found, PAGE_ROWS).get_page(request.GET.get("page"))
    return render(
        request,
        "catalogue/resources.html",
        {
            "page": page,
            "q": text,
            "chosen": chosen,
            "owners": queries.owners(),
            "share_classes": Resource.ShareClass.choices,
            "subject_kinds": Resource.SubjectKind.choices,
            "overview": queries.overview(),
        },
    )


@requires("catalogue.view")
def resource_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One resource: facts, fields, lineage, and the panels of the rooms above."""
    resource = get_object_or_404(Resource.objects.select_related("organisation"), code=code)
    actor = actor_of(request)
    fields = [{"field": field, "element": ELEMENTS.get(field.element)} for field in resource.fields.all()]
    return render(
        request,
        "catalogue/resource.html",
        {
            "resource": resource,
            "fields": fields,
            "key": set(resource.key),
            "lineage": lineage(resource),
            "panels": [
                {"panel": panel, "url": reverse(panel.url_name, args=[resource.code])}
                for panel in panels()
                if actor.may(panel.permission)
            ],
            "may_edit": actor.may("catalogue.edit"),
        },
    )


@requires("catalogue.edit")
def resource_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change what the catalogue says of a resource."""
    resource = get_object_or_404(Resource, code=code)
    form = ResourceForm(request.POST or None, instance=resource)
    if request.method == "POST" and form.is_valid():
        resource = get_object_or_404(Resource, code=code)  # the form has already written on its own instance
        change(by=actor_of(request), resource=resource, values=form.cleaned_data, grades=form.grades())
        messages.success(request, _("已保存。"))
        return HttpResponseRedirect(reverse("catalogue:resource", args=[code]))
    return render(request, "catalogue/edit.html", {"resource": resource, "form": form})
