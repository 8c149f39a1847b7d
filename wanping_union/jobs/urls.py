from django.urls import path

from wanping_union.jobs import views

app_name = "jobs"
urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("now/", views.now, name="now"),
    path("retry/<slug:kind>/", views.retry_kind, name="retry_kind"),
    path("<uuid:pk>/", views.progress, name="progress"),
    path("<uuid:pk>/retry/", views.retry, name="retry"),
]
