"""The stock Django admin over the same tables, as a user would set it up."""

from django.contrib.admin import AdminSite, ModelAdmin
from django.urls import path

from members.models import Membership, Person

site = AdminSite(name="admin")


class MembershipAdmin(ModelAdmin):
    list_display = ("person", "union", "enterprise", "route", "joined_on", "status")
    list_filter = ("status", "route")
    list_select_related = ("person", "union", "enterprise")
    ordering = ("-joined_on", "-id")
    list_per_page = 50


class PersonAdmin(ModelAdmin):
    list_display = ("name", "sex", "born_on", "mobile_tail")
    search_fields = ("name",)
    list_per_page = 50


site.register(Membership, MembershipAdmin)
site.register(Person, PersonAdmin)
urlpatterns = [path("admin/", site.urls)]
