from django.urls import path

from wanping_union.exports import views

app_name = "exports"
urlpatterns = [
    path("", views.files, name="files"),
    path("new/<slug:name>/", views.ask, name="ask"),
    path("<int:pk>/", views.file, name="file"),
    path("<int:pk>/download/", views.download, name="download"),
    path("<int:pk>/delete/", views.delete, name="delete"),
]
