"""The stock Django admin over the same rows, as a user would set it up to have our list of people.

Nothing but options of ModelAdmin, and of those only what our page offers: its columns and order,
fifty a page, its filters (the district's, so without a choice among all enterprises), and one
search box over what ours says it finds: name, last digits of the mobile, unit. The unit decides
the search: without it, on the person's two columns alone, the admin takes a third of the time.
All memberships, past ones too: leaving them out, as our page does, makes its counts four times
slower. What is sealed (ID number, mobile) is shown masked and cannot be searched; pinyin stands in
an array that `search_fields` is not made for.
"""

from django.contrib.admin import AdminSite, ModelAdmin, display
from django.urls import path

from members.models import Membership

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

    @display(ordering="person__sex")
    def sex(self, membership: Membership) -> str:
        return membership.person.get_sex_display()

    def id_number(self, membership: Membership) -> str:
        return membership.person.masked_id_number

    def mobile(self, membership: Membership) -> str:
        return membership.person.masked_mobile


site.register(Membership, MembershipAdmin)

urlpatterns = [path("admin/", site.urls)]
