"""Routes of the catalogue. A resource's code holds a full stop, so that the words before it cannot be taken for one."""

from django.urls import path

from .views import checking, lists, needs, registering, resources

app_name = "catalogue"
urlpatterns = [
    path("", resources.resource_list, name="resources"),
    path("held/", lists.held, name="held"),
    path("needs/", lists.needs, name="needs"),
    path("needs/new/", needs.new, name="need_new"),
    path("needs/<str:number>/", needs.need, name="need"),
    path("needs/<str:number>/edit/", needs.edit, name="need_edit"),
    path("needs/<str:number>/answer/", needs.answer, name="need_answer"),
    path("answerable/", lists.answerable, name="answerable"),
    path("answerable/claim/", lists.claim, name="claim"),
    path("answerable/<int:number>/release/", lists.release, name="release"),
    path("check-form/", checking.check_form, name="check_form"),
    path("forms/<str:number>/", checking.form, name="form"),
    path("registrations/", registering.drafts, name="registrations"),
    path("registrations/begin/", registering.begin, name="begin"),
    path("registrations/row/", registering.row, name="row"),
    path("registrations/<str:number>/publish/", registering.publish, name="registration_publish"),
    path("registrations/<str:number>/discard/", registering.discard, name="registration_discard"),
    path("registrations/<str:number>/<str:step>/", registering.registration, name="registration"),
    path("<str:code>/", resources.resource_detail, name="resource"),
    path("<str:code>/edit/", resources.resource_edit, name="edit"),
    path("<str:code>/offers/", resources.offers_panel, name="offers"),
    path("<str:code>/withdraw/", resources.withdraw, name="withdraw"),
    path("<str:code>/publish/", resources.publish, name="publish"),
]
