from allauth.account import views as allauth_views
from django.urls import include, path

from wanping_union.accounts.admin import site
from wanping_union.accounts.views import keeping, kin, leave, mine, second, signing

own = (
    [
        path("me/", mine.me, name="me"),
        path("me/union/", mine.act_for, name="act_for"),
        path("me/confirm/", second.confirm, name="confirm"),
        path("me/kin/", kin.declared, name="kin"),
        path("me/kin/remove/", kin.remove, name="remove_kin"),
        path("me/second/", second.overview, name="factors"),
        path("me/second/app/", second.app, name="app"),
        path("me/second/key/", second.key, name="key"),
        path("me/second/codes/", second.codes, name="codes"),
        path("me/second/codes/new/", second.new_codes, name="new_codes"),
        path("me/second/<int:pk>/remove/", second.remove, name="remove_factor"),
        path("me/sessions/end/", mine.end_others, name="end_others"),
        path("me/sessions/<int:pk>/end/", mine.end_session, name="end_session"),
        path("accounts/", keeping.users, name="users"),
        path("accounts/new/", keeping.new, name="new"),
        path("accounts/slip/", keeping.slip, name="slip"),
        path("accounts/slips/", keeping.slips, name="slips"),
        path("accounts/<int:pk>/", keeping.user, name="user"),
        path("accounts/<int:pk>/edit/", keeping.edit, name="edit"),
        path("accounts/<int:pk>/leave/", leave.plan, name="leave"),
        path("accounts/leave/<int:pk>/end/", leave.end, name="end_leave"),
        path("accounts/<int:pk>/<slug:name>/", keeping.act, name="act"),
    ],
    "accounts",
)
# Only these pages of allauth: no sign-up, no reset by mail.
urlpatterns = [
    path("login/", signing.SignIn.as_view(), name="account_login"),
    path("login/second/", signing.SecondStep.as_view(), name="mfa_authenticate"),
    path("login/alive/", signing.alive, name="alive"),
    path("logout/", allauth_views.logout, name="account_logout"),
    path("password/", allauth_views.password_change, name="account_change_password"),
    path("", include(own)),
    path("admin/", site.urls),
]
