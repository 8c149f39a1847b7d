from django.urls import path

from relief.views import apply, bills, family, papers, public, unit

app_name = "relief"
urlpatterns = [
    path("", unit.cases, name="cases"),
    path("check/", public.check, name="check"),
    path("notices/", public.notices, name="notices"),
    path("notices/<slug:code>/object/", public.object_to, name="object_to"),
    path("new/", apply.new, name="new"),
    path("new/<int:pk>/", apply.start, name="start"),
    path("<int:pk>/", unit.case, name="case"),
    path("<int:pk>/apply/", apply.tasks, name="tasks"),
    path("<int:pk>/apply/family/", family.family, name="family"),
    path("<int:pk>/apply/family/contact/", family.contact, name="contact"),
    path("<int:pk>/apply/family/finances/", family.finances, name="finances"),
    path("<int:pk>/apply/family/new/", family.member, name="add_member"),
    path("<int:pk>/apply/family/<int:member>/", family.member, name="member"),
    path("<int:pk>/apply/family/<int:member>/remove/", family.remove_member, name="remove_member"),
    path("<int:pk>/apply/hardship/", apply.hardship, name="hardship"),
    path("<int:pk>/apply/bills/", bills.bills, name="bills"),
    path("<int:pk>/apply/bills/new/", bills.bill, name="add_bill"),
    path("<int:pk>/apply/bills/<int:bill>/", bills.bill, name="bill"),
    path("<int:pk>/apply/bills/<int:bill>/remove/", bills.remove_bill, name="remove_bill"),
    path("<int:pk>/apply/papers/", papers.papers, name="papers"),
    path("<int:pk>/apply/papers/<slug:code>/", papers.paper, name="paper"),
    path("<int:pk>/apply/account/", apply.account, name="account"),
    path("<int:pk>/apply/check/", apply.check_answers, name="check_answers"),
    path("<int:pk>/apply/advance/", apply.ask_advance, name="ask_advance"),
    path("<int:pk>/sent/", apply.sent, name="sent"),
    path("<int:pk>/consents/", family.consents, name="consents"),
    path("<int:pk>/consents/print/", family.print_consents, name="print_consents"),
    path("<int:pk>/consents/<int:member>/", family.agree, name="agree"),
    path(
        "<int:pk>/consents/<int:member>/<slug:purpose>/withdraw/",
        family.withdraw_consent,
        name="withdraw_consent",
    ),
]
