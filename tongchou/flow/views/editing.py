"""Writing a flow: as a form or as text, checked while it is written, kept as a draft, published by somebody else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongchou.accounts.access import actor_of, requires
from tongchou.standards.errors import HouseError
from tongchou.web.middleware import status_of

from .. import differences, reading
from ..actions import definitions as actions
from ..definitions import CODE
from ..errors import no_flow
from ..forms import DefinitionForm, fits
from ..models import Flow, FlowDraft, FlowVersion, Instance
from ..publishing import read_draft

#: What a new flow begins with; sound but for the permission, which its writer chooses.
BEGINNING = """code: {code}
title: {{zh: {title}, en: {title}}}
start: waiting
states:
  waiting:
    title: {{zh: 待办理, en: Waiting}}
    owner: owner
    permission: ""
    limit: {{working_days: 5}}
    remind: {{before: {{working_days: 1}}}}
    escalate: {{tell: bureau}}
  accepted:
    title: {{zh: 办成, en: Accepted}}
    end: true
  refused:
    title: {{zh: 不同意, en: Refused}}
    end: true
    outcome: refused
actions:
  accept:
    title: {{zh: 同意, en: Accept}}
    from: [waiting]
    to: accepted
    not_by: [starter]
    tone: primary
  refuse:
    title: {{zh: 不同意, en: Refuse}}
    from: [waiting]
    to: refused
    not_by: [starter]
    needs_comment: true
    tone: danger
"""


@requires("flows.edit")
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Begin a flow: its code and name."""
    code, title = request.POST.get("code", "").strip(), request.POST.get("title", "").strip()[:60]
    problem = ""
    if request.method == "POST":
        if not CODE.fullmatch(code):
            problem = _("代码由小写字母、数字和下划线组成，以字母开头。")
        elif not title or any(one in title for one in "{}:#\"'\n"):
            problem = _("请填写名称（不含标点）。")
        elif Flow.objects.filter(code=code).exists() or FlowDraft.objects.filter(code=code).exists():
            problem = _("这个代码已有流程或草稿。")
        else:
            actions.save_draft(
                by=actor_of(request), code=code, text=BEGINNING.format(code=code, title=title), revision=0
            )
            return HttpResponseRedirect(reverse("flow:edit", args=[code]))
    context = {"code": code, "title": title, "problem": problem}
    return render(request, "flow/new.html", context, status=400 if problem else 200)


def _found(code: str) -> tuple[FlowVersion | None, FlowDraft | None]:
    """The version in force and the draft of a flow. Raises HouseError "flow.flow_not_found" when there is neither."""
    flow = Flow.objects.select_related("current").filter(code=code).first()
    draft = FlowDraft.objects.filter(code=code).first()
    if (flow is None or flow.current is None) and draft is None:
        raise no_flow(code)
    return flow.current if flow else None, draft


def _posted_text(request: HttpRequest, code: str, more: str = "") -> tuple[str, DefinitionForm | None]:
    """The definition as it stands on the page: its text, and the form when it was written as one."""
    if request.POST.get("mode") != "form":
        return request.POST.get("text", "").replace("\r\n", "\n"), None
    form = DefinitionForm(data=request.POST, more=more)
    return reading.write(form.content(code)), form


@requires("flows.edit")
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Write the definition. Posting `do`: save, form, text, more-states, more-actions, more-facts."""
    by = actor_of(request)
    version, draft = _found(code)
    text = draft.text if draft else version.text if version else ""
    revision, do = draft.revision if draft else 0, request.POST.get("do", "")
    mode, form, refusal = request.GET.get("mode", "form"), None, None
    if request.method == "POST":
        mode = "form" if request.POST.get("mode") == "form" else "text"
        said = request.POST.get("revision", "")
        seen = int(said) if said.isdecimal() and len(said) < 9 else 0
        text, form = _posted_text(request, code, do.removeprefix("more-") if do.startswith("more-") else "")
        if do == "save":
            try:
                actions.save_draft(by=by, code=code, text=text, revision=seen)
            except HouseError as error:
                refusal, revision = error, seen
            else:
                messages.success(request, _("已保存草稿。"))
                return HttpResponseRedirect(f"{reverse('flow:edit', args=[code])}?mode={mode}")
        elif do in ("form", "text"):
            mode, form, revision = do, None, seen
        else:
            revision = seen
    read = read_draft(code, text)
    shown_as_text = ""
    if mode == "form" and form is None:
        if isinstance(read.content, Mapping) and fits(read.content):
            form = DefinitionForm(content=read.content)
        else:
            mode, shown_as_text = "text", "yes" if text.strip() else ""
    context = {
        "code": code, "version": version, "draft": draft, "revision": revision, "mode": mode, "form": form, "text": text,
        "refusal": refusal, "only_text": shown_as_text, **_checked(read, version),
    }  # fmt: skip
    return render(request, "flow/edit.html", context, status=status_of(refusal) if refusal else 200)


@requires("flows.edit")
@require_POST
def check(request: HttpRequest, code: str) -> HttpResponse:
    """What is wrong with what stands on the page, its picture, and what it changes; asked while somebody writes."""
    version, _draft = _found(code)
    text, _form = _posted_text(request, code)
    context = {"code": code, "version": version, **_checked(read_draft(code, text), version)}
    return render(request, "flow/parts/checked.html", context)


def _checked(read: reading.Read, version: FlowVersion | None) -> dict[str, Any]:
    findings = [(read.line_of(one.place), one) for one in read.findings]
    changes = (
        differences.between(version.content if version else {}, read.definition.content)
        if read.definition is not None and version is not None
        else []
    )
    drawable = (
        read.definition
        if read.definition is not None and read.definition.start in read.definition.states
        else None
    )
    return {"findings": findings, "definition": drawable, "changes": changes}


@requires("flows.view")
@require_GET
def draft(request: HttpRequest, code: str) -> HttpResponse:
    """A draft as its publisher reads it: what changes, what is wrong, what is under way in the old version."""
    by = actor_of(request)
    found = get_object_or_404(FlowDraft, code=code)
    version, _draft = _found(code)
    own = by.username in found.editors
    context = {
        "code": code, "draft": found, "version": version, "own": own, "may_edit": by.may("flows.edit"),
        "may_publish": by.may("flows.publish"),
        "running": Instance.objects.filter(flow=code, ended_at=None).count(),
        **_checked(read_draft(code, found.text), version),
    }  # fmt: skip
    return render(request, "flow/draft.html", context)


def _revision(request: HttpRequest) -> int:
    said = request.POST.get("revision", "")
    return int(said) if said.isdecimal() and len(said) < 9 else 0


@requires("flows.publish")
@require_POST
def publish(request: HttpRequest, code: str) -> HttpResponse:
    """Publish the draft that was read."""
    version = actions.publish(by=actor_of(request), code=code, revision=_revision(request))
    messages.success(request, _("已发布。新的流转单从这一版本开始；办理中的仍按原版本。"))
    return HttpResponseRedirect(reverse("flow:flow", args=[version.flow.code]))


@requires("flows.edit")
@require_POST
def discard(request: HttpRequest, code: str) -> HttpResponse:
    """Give up the draft that was seen."""
    actions.discard_draft(by=actor_of(request), code=code, revision=_revision(request))
    messages.success(request, _("已放弃草稿。"))
    return HttpResponseRedirect(reverse("flow:flows"))
