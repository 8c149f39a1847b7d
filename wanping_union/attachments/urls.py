from django.urls import path

from wanping_union.attachments import views

app_name = "attachments"
urlpatterns = [
    path("<str:kind>/<int:key>/add/", views.add, name="add"),
    path("<int:pk>/", views.attachment, name="attachment"),
    path("<int:pk>/file/", views.file, name="file"),
    path("<int:pk>/pages/<int:number>/", views.page, name="page"),
    path("<int:pk>/thumbnail/", views.thumbnail, name="thumbnail"),
    path("<int:pk>/remove/", views.remove, name="remove"),
]
