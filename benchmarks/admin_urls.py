"""The stock Django admin over the same rows, as a user would set it up to have our list of people.

Nothing but options of ModelAdmin, and of those only what our page offers: the same people, columns
and order, fifty a page, its filters (the district's, so without a choice among all enterprises),
and one search box over what ours says it finds: name, last digits of the mobile, unit. What is
sealed (ID number, mobile) is shown masked and cannot be searched; pinyin stands in an array that
`search_fields` is not made for. Both are left out, which is in the admin's favour.
"""

from typing import Any

from django.contrib.admin import AdminSite, ModelAdmin, display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import path

from members.models import Membership
from members.selectors.people import usable

site = AdminSite(name="admin")


class MembershipAdmin(ModelAdmin):
    list_display = (
        "person", "sex", "id_number", "mobile", "union", "enterprise", "route", "joined_on",
        "status",
    )  # fmt: skip
    list_filter = ("status", "union", "route", "person__sex", "joined_on", "lacks_card",
                   "lacks_mobile")  # fmt: skip
    search_fields = ("person__name", "person__mobile_tail", "enterprise__name")
    list_select_related = ("person", "union", "enterprise")
    ordering = ("-joined_on", "-id")
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return usable(super().get_queryset(request))

    @display(ordering="person__sex")
    def sex(self, membership: Membership) -> str:
        return membership.person.get_sex_display()

    def id_number(self, membership: Membership) -> str:
        return membership.person.masked_id_number

    def mobile(self, membership: Membership) -> str:
        return membership.person.masked_mobile


site.register(Membership, MembershipAdmin)

urlpatterns = [path("admin/", site.urls)]
