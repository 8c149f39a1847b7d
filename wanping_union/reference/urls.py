from django.urls import path

from wanping_union.reference import views

app_name = "reference"
urlpatterns = [
    path("", views.values, name="values"),
    path("new/", views.new, name="new"),
    path("row/<int:pk>/", views.edit, name="edit"),
    path("of/<str:key>/", views.value, name="value"),
]
