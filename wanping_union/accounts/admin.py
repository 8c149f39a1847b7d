"""Django's own administration, for the system's owner: rare configuration only."""

from typing import Any

from allauth.account import views as allauth_views
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from wanping_union import web
from wanping_union.accounts.models import Grant, LoginGuard, Union, User


class OwnerSite(admin.AdminSite):
    """Comes and goes through the portal's own pages, so that lockout and audit hold here too."""

    site_header = site_title = "系统配置"
    index_title = "系统所有者专用"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Raises PermissionDenied for who has signed in and is not the owner: 403, no detour."""
        if request.user.is_authenticated and not request.user.is_superuser:
            raise PermissionDenied
        return request.user.is_authenticated

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        # The wall asks for a sign-in before it lets anybody come here.
        self.has_permission(request)
        return redirect(web.safe_next(request, reverse("admin:index")))

    def logout(  # type: ignore[override]  # a redirect, no page of Django's
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        response: HttpResponse = allauth_views.logout(request)
        return response

    def password_change(  # type: ignore[override]  # a redirect, no page of Django's
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        return redirect("account_change_password")


site = OwnerSite(name="admin")


class Kept(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Nothing is made or deleted here."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(Union, site=site)
class UnionAdmin(Kept):
    list_display = ("code", "name", "kind", "parent", "valid_from", "valid_to")
    list_filter = ("kind",)
    search_fields = ("code", "name")
    readonly_fields = ("code", "kind", "parent", "path")


@admin.register(User, site=site)
class UserAdmin(Kept):
    list_display = ("username", "name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")
    search_fields = ("username", "name")
    fields = ("username", "name", "is_active", "is_staff", "is_superuser", "must_change_password")
    readonly_fields = ("username",)


@admin.register(Grant, site=site)
class GrantAdmin(Kept):
    list_display = ("user", "role", "union")
    list_filter = ("role",)
    list_select_related = ("user", "union")
    fields = readonly_fields = ("user", "role", "union")


@admin.register(LoginGuard, site=site)
class LoginGuardAdmin(Kept):
    """Deleting a row unlocks the name."""

    list_display = ("name", "tries", "first_at", "locked_until")
    fields = readonly_fields = list_display

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return True
