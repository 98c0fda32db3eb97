"""Tracing a leaked file on screen, for auditors. The file is read, compared and thrown away."""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tongchou.accounts.access import actor_of, requires
from tongchou.standards.errors import HouseError

from ..actions import leaks as actions


@requires("ledger.audit")
@require_http_methods(["GET", "POST"])
def trace(request: HttpRequest) -> HttpResponse:
    """Hand in a file that turned up; see whose copy it is and how sure that is."""
    found, wrong = None, ""
    if request.method == "POST":
        given = request.FILES.get("file")
        if given is None:
            wrong = _("请选择一个文件。")
        else:
            folder = Path(settings.TONGCHOU_DATA) / "tmp"
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=folder) as private:
                # Its name is somebody else's; of it only what tells a workbook is used.
                path = Path(private) / ("leak.xls" if (given.name or "").lower().endswith(".xls") else "leak")
                with path.open("wb") as file:
                    for chunk in given.chunks():
                        file.write(chunk)
                try:
                    found = actions.trace(by=actor_of(request), file=path)
                except HouseError as error:
                    wrong = error.what.say(request.LANGUAGE_CODE) + error.next.say(request.LANGUAGE_CODE)
    return render(
        request, "exchange/leak.html", {"found": found, "wrong": wrong}, status=400 if wrong else 200
    )
