from django.urls import path

from wanping_union.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.reports, name="reports"),
    path("make/", views.make, name="make"),
    path("figures/<str:code>/", views.figure, name="figure"),
    path("<int:pk>/", views.report, name="report"),
    path("<int:pk>/retry/", views.retry, name="retry"),
    path("<int:pk>/file/", views.download, name="download"),
    path("<int:pk>/rows/", views.bulk, name="bulk"),
]
