"""Routes of deliveries, sources and quarantine."""

from django.urls import path

from .views import deliveries, quarantine, sources

app_name = "gather"
urlpatterns = [
    path("", deliveries.delivery_list, name="deliveries"),
    path("sources/", sources.source_list, name="sources"),
    path("sources/<str:code>/", sources.source_detail, name="source"),
    path("sources/<str:code>/look/", sources.look, name="look"),
    path("upload/<str:code>/", deliveries.upload, name="upload"),
    path("quarantine/", quarantine.overview, name="quarantine"),
    path("panel/<str:code>/", deliveries.panel, name="panel"),
    path("<str:number>/", deliveries.delivery_detail, name="delivery"),
    path("<str:number>/progress/", deliveries.delivery_progress, name="progress"),
    path("<str:number>/cancel/", deliveries.cancel, name="cancel"),
    path("<str:number>/retry/", deliveries.retry, name="retry"),
    path("<str:number>/release/", deliveries.release, name="release"),
    path("<str:number>/refuse/", deliveries.refuse, name="refuse"),
    path("<str:number>/quarantine/", quarantine.rows, name="rows"),
    path("<str:number>/quarantine/<int:row>/", quarantine.row, name="row"),
    path("<str:number>/send-back/", quarantine.send_back, name="send_back"),
]
