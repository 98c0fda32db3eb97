"""Routes of flows."""

from __future__ import annotations

from django.urls import path

from .views import editing, flows, instances

#: Fixed words bear a hyphen: no code of a flow can be one of them.
app_name = "flow"

urlpatterns = [
    path("", flows.flows, name="flows"),
    path("new-flow/", editing.new, name="new"),
    path("work-calendars/", flows.calendars, name="calendars"),
    path("in-progress/", instances.instances, name="instances"),
    path("in-progress/<str:number>/", instances.instance, name="instance"),
    path("in-progress/<str:number>/act/", instances.act, name="act"),
    path("<str:code>/", flows.flow, name="flow"),
    path("<str:code>/versions/", flows.versions, name="versions"),
    path("<str:code>/versions/<int:number>/", flows.version, name="version"),
    path("<str:code>/edit/", editing.edit, name="edit"),
    path("<str:code>/check/", editing.check, name="check"),
    path("<str:code>/draft/", editing.draft, name="draft"),
    path("<str:code>/publish/", editing.publish, name="publish"),
    path("<str:code>/discard/", editing.discard, name="discard"),
]
