from allauth.account import views as allauth_views
from django.urls import include, path

from wanping_union.accounts import views
from wanping_union.accounts.admin import site

own = (
    [
        path("me/", views.me, name="me"),
        path("accounts/", views.users, name="users"),
        path("accounts/new/", views.new, name="new"),
        path("accounts/slip/", views.slip, name="slip"),
        path("accounts/<int:pk>/", views.user, name="user"),
        path("accounts/<int:pk>/edit/", views.edit, name="edit"),
        path("accounts/<int:pk>/<slug:name>/", views.act, name="act"),
    ],
    "accounts",
)
# Only these pages of allauth: no sign-up, no reset by mail.
urlpatterns = [
    path("login/", views.SignIn.as_view(), name="account_login"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("password/", allauth_views.password_change, name="account_change_password"),
    path("", include(own)),
    path("admin/", site.urls),
]
