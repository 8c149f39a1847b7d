from django.urls import path

from relief.views import unit

app_name = "relief"
urlpatterns = [
    path("", unit.cases, name="cases"),
]
