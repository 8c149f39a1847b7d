from django.urls import path

from wanping_union.imports import mend_views, views

app_name = "imports"
urlpatterns = [
    path("", views.batches, name="batches"),
    path("upload/", views.upload, name="upload"),
    path("blank/<str:kind>/<str:code>/", views.blank, name="blank"),
    path("<int:pk>/", views.batch, name="batch"),
    path("<int:pk>/compared/<str:fate>/", views.compared, name="compared"),
    path("<int:pk>/mend/", mend_views.mend, name="mend"),
    path("<int:pk>/mend/alike/", mend_views.mend_alike, name="mend_alike"),
    path("<int:pk>/run/", views.run, name="run"),
    path("<int:pk>/cancel/", views.cancel, name="cancel"),
    path("<int:pk>/undo/", views.undo, name="undo"),
    path("<int:pk>/failed-rows/", views.failed_rows, name="failed_rows"),
]
