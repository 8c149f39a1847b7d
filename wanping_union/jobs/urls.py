from django.urls import path

from wanping_union.jobs import views

app_name = "jobs"
urlpatterns = [
    path("<uuid:pk>/", views.progress, name="progress"),
    path("<uuid:pk>/retry/", views.retry, name="retry"),
]
