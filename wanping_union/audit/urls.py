from django.urls import path

from wanping_union.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.acts, name="acts"),
    path("changes/", views.changes, name="changes"),
    path("looks/", views.looks, name="looks"),
    path("seals/", views.seals, name="seals"),
]
