from django.urls import path

from wanping_union.audit import views

app_name = "audit"
urlpatterns = [path("", views.acts, name="acts")]
