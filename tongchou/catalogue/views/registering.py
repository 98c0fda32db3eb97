"""Registering a resource in four steps, saved as one types."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.accounts.actor import Actor
from tongchou.accounts.models import Organisation
from tongchou.standards.elements import ELEMENTS
from tongchou.standards.errors import HouseError
from tongchou.standards.text import Text

from .. import completeness, demands, drafting, policies
from ..actions import registrations as actions
from ..forms import GRADES, class_choices, data_types
from ..models import Registration, Resource
from ..queries import facts
from ..queries.people import is_bureau

STEPS: dict[str, Text] = {
    "basics": Text("基本信息", "Basics"),
    "fields": Text("信息项", "Fields"),
    "sharing": Text("共享与开放", "Sharing"),
    "check": Text("核对与发布", "Check and publish"),
}
VALUES_OF = {
    "basics": ("code", "name", "name_en", "abstract", "abstract_en", "resource_class", "subject_kind", "cycle",
               "format_class", "format_type"),
    "sharing": ("share_class", "share_condition", "share_condition_en", "share_way", "legal_basis", "legal_basis_en",
                "open_condition", "open_condition_en"),
}  # fmt: skip
#: Empty rows offered below what was typed.
SPARE_ROWS = 3


def _mine(by: Actor) -> Any:
    found = Registration.objects.select_related("organisation")
    return found if is_bureau(by) else found.filter(organisation__code=by.organisation)


@requires("catalogue.register")
@require_GET
def drafts(request: HttpRequest) -> HttpResponse:
    """The department's registrations, drafts first; for the bureau, everybody's."""
    by = actor_of(request)
    found = sorted(_mine(by)[:200], key=lambda one: one.state != Registration.State.DRAFT)
    organisations = Organisation.objects.filter(active=True) if is_bureau(by) else Organisation.objects.none()
    return render(request, "catalogue/registrations.html", {"rows": found, "organisations": organisations})


@requires("catalogue.register")
@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Begin to register a resource."""
    by = actor_of(request)
    code = request.POST.get("organisation") or by.organisation
    organisation = get_object_or_404(Organisation, code=code)
    made = drafting.begin(by=by, organisation=organisation)
    return HttpResponseRedirect(reverse("catalogue:registration", args=[made.number, "basics"]))


def _draft(request: HttpRequest, number: str) -> Registration:
    found: Registration = get_object_or_404(_mine(actor_of(request)), number=number)
    return found


def _rows(request: HttpRequest) -> list[dict[str, Any]]:
    """The rows of the table of fields as posted."""
    post = request.POST
    return [
        {
            **{name: post.get(f"{name}-{row}", "") for name in ("name", "label", "label_en", "element", "grade",
                                                                 "data_type", "length", "nevertheless")},
            "required": f"required-{row}" in post,
            "key": f"key-{row}" in post,
        }
        for row in dict.fromkeys(post.getlist("row"))
    ]  # fmt: skip


def _posted(request: HttpRequest, step: str, draft: Registration) -> dict[str, Any]:
    """What a step's form says, as the arguments of `drafting.save`."""
    if step == "fields":
        # Reasons are given in the last step: they stay with their field.
        reasons = {each["label"]: each.get("nevertheless", "") for each in draft.fields}
        rows = [{**row, "nevertheless": reasons.get(row["label"].strip(), "")} for row in _rows(request)]
        if request.POST.get("pasted", "").strip():
            known = {row["label"].strip() for row in rows}
            rows += [row for row in drafting.pasted(request.POST["pasted"]) if row["label"] not in known]
        return {"fields": rows}
    if step == "check":
        kept = [
            {
                **each,
                "nevertheless": request.POST.get(
                    f"nevertheless-{each['name']}", each.get("nevertheless", "")
                ),
            }
            for each in draft.fields
        ]
        return {"fields": kept}
    values: dict[str, Any] = {name: request.POST[name] for name in VALUES_OF[step] if name in request.POST}
    if step == "sharing":
        values["is_open"] = "is_open" in request.POST
    return {"values": values}


@requires("catalogue.register")
@require_http_methods(["GET", "POST"])
def registration(request: HttpRequest, number: str, step: str) -> HttpResponse:
    """One step of a registration. A POST saves it: as one types (htmx, into place), or with a button (go)."""
    draft = _draft(request, number)
    if step not in STEPS:
        step = "basics"
    if draft.state == Registration.State.PUBLISHED:
        return HttpResponseRedirect(reverse("catalogue:resource", args=[draft.resource]))
    typing = "HX-Request" in request.headers
    refusal: HouseError | None = None
    if request.method == "POST":
        given = request.POST.get("version", "")
        try:
            draft = drafting.save(
                by=actor_of(request), registration=draft, version=int(given) if given.isdigit() else -1,
                **_posted(request, step, draft),
            )  # fmt: skip
        except HouseError as error:
            refusal = error
        go = request.POST.get("go", "")
        if refusal is None and go:
            target = reverse("catalogue:registration", args=[number, go if go in STEPS else step])
            if typing:
                return HttpResponse(status=204, headers={"HX-Redirect": target})
            return HttpResponseRedirect(target)
    context = _context(draft, step)
    context["refusal"] = refusal
    if typing:
        return render(request, "catalogue/parts/saved.html", context)
    if refusal is not None:
        context |= _typed(request, step, draft)
    return render(request, "catalogue/registration.html", context, status=400 if refusal else 200)


def _typed(request: HttpRequest, step: str, draft: Registration) -> dict[str, Any]:
    """What was typed, for a page that could not be saved: nothing typed is lost."""
    said = _posted(request, step, draft)
    typed: dict[str, Any] = {"version": request.POST.get("version", "")}
    if "values" in said:
        typed["values"] = {**draft.values, **said["values"]}
    else:
        typed["rows"] = [{**row, "row": secrets.token_hex(4)} for row in said["fields"]]
    return typed


def _context(draft: Registration, step: str) -> dict[str, Any]:
    order = list(STEPS)
    at = order.index(step)
    values, rows = draft.values, draft.fields
    context: dict[str, Any] = {
        "draft": draft,
        "version": draft.version,
        "step": step,
        "steps": [
            {"label": label, "state": "done" if position < at else "now" if position == at else "next"}
            for position, label in enumerate(STEPS.values())
        ],
        "next": order[at + 1] if at + 1 < len(order) else "",
        "previous": order[at - 1] if at else "",
        "values": values,
        "kinds": Resource.SubjectKind.choices,
        "share_classes": Resource.ShareClass.choices,
    }
    if step == "basics":
        context |= {
            "classes": class_choices(), "cycles": Resource.Cycle.choices, "format_classes": Resource.FormatClass.choices,
        }  # fmt: skip
    if step == "sharing":
        context["share_ways"] = Resource.ShareWay.choices
    if step in ("fields", "check"):
        context["pointed"] = completeness.pointed_out(values, rows)
        context |= _row_choices()
        context["rows"] = [{**row, "row": secrets.token_hex(4)} for row in rows] + [
            {"row": secrets.token_hex(4)} for _spare in range(SPARE_ROWS)
        ]
    if step == "check":
        reasons = [str(row.get("nevertheless") or "") for row in rows]
        context["justify"] = [
            (one, row) for one, row in zip(context["pointed"], rows, strict=True) if one.strength == "same"
        ]
        context["open_reasons"] = len(facts.unjustified(context["pointed"], reasons))
        context["missing"] = completeness.wanting(owner=draft.organisation.code, values=values, rows=rows)
        context["lacks"] = [
            lack for lack in demands.lacks(values, rows) if not lack.demanded and lack.place != "abstract"
        ]
    return context


def _row_choices() -> dict[str, Any]:
    return {"elements": list(ELEMENTS.values()), "grades": GRADES, "types": data_types()}


@requires("catalogue.register")
@require_GET
def row(request: HttpRequest) -> HttpResponse:
    """One more empty row for the table of fields."""
    return render(
        request, "catalogue/parts/field_row.html", {"row": {"row": secrets.token_hex(4)}, **_row_choices()}
    )


@requires("catalogue.register")
@require_POST
def publish(request: HttpRequest, number: str) -> HttpResponse:
    """Publish a registration; the reasons on the page are saved first."""
    by, draft = actor_of(request), _draft(request, number)
    given = request.POST.get("version", "")
    refusal: HouseError | None = None
    try:
        policies.check_version(
            found=draft.version, given=int(given) if given.isdigit() else -1, where=draft.number
        )
        draft = drafting.save(
            by=by, registration=draft, version=draft.version, **_posted(request, "check", draft)
        )
        made = actions.publish(by=by, registration=draft, version=draft.version)
    except HouseError as error:
        refusal = error
    if refusal is not None:
        if draft.state != Registration.State.DRAFT:
            raise refusal
        draft.refresh_from_db()
        return render(
            request,
            "catalogue/registration.html",
            {**_context(draft, "check"), "refusal": refusal},
            status=400,
        )
    messages.success(
        request, _("已发布，信息资源代码 %(code)s。") % {"code": made.catalogue_code or made.code}
    )
    return HttpResponseRedirect(reverse("catalogue:resource", args=[made.code]))


@requires("catalogue.register")
@require_POST
def discard(request: HttpRequest, number: str) -> HttpResponse:
    """Give a draft up."""
    drafting.discard(by=actor_of(request), registration=_draft(request, number))
    messages.success(request, _("已放弃这一登记。"))
    return HttpResponseRedirect(reverse("catalogue:registrations"))
