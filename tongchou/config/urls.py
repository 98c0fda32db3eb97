"""All routes. Each view declares who may call it; `ActorMiddleware` refuses one that does not."""

from django.urls import include, path
from django.views.i18n import set_language

from tongchou.accounts.access import public, signed_in
from tongchou.web import views as web

urlpatterns = [
    path("", include("tongchou.accounts.urls")),
    path("flows/", include("tongchou.flow.urls")),
    path("catalogue/", include("tongchou.catalogue.urls")),
    path("gather/", include("tongchou.gather.urls")),
    path("", include("tongchou.pool.urls")),
    path("", include("tongchou.exchange.urls")),
    path("language/", public(set_language), name="set_language"),
    path("gallery/", signed_in(web.gallery), name="gallery"),
    path("healthz", public(web.healthz), name="healthz"),
]

handler500 = "tongchou.exchange.unavailable.defect"
