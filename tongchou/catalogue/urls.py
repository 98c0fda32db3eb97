"""Routes of the catalogue."""

from django.urls import path

from .views import resources

app_name = "catalogue"
urlpatterns = [
    path("", resources.resource_list, name="resources"),
    path("<str:code>/", resources.resource_detail, name="resource"),
    path("<str:code>/edit/", resources.resource_edit, name="edit"),
]
