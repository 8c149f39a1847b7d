from django.urls import path, register_converter
from django.urls.converters import IntConverter

from wanping_union.reference import views


class Year(IntConverter):
    regex = "20[0-9]{2}"


register_converter(Year, "year")
app_name = "reference"
urlpatterns = [
    path("", views.values, name="values"),
    path("new/", views.new, name="new"),
    path("row/<int:pk>/", views.edit, name="edit"),
    path("holidays/", views.holidays, name="holidays"),
    path("holidays/<year:year>/", views.year, name="year"),
    path("holidays/<year:year>/edit/", views.edit_year, name="edit_year"),
    path("of/<str:key>/", views.value, name="value"),
]
