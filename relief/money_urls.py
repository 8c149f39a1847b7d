"""Pages of the finance officer, below relief/money/."""

from django.urls import path

from relief.views import advances, funds, money

urlpatterns = [
    path("", money.waiting, name="money"),
    path("cases/<int:pk>/settle/", money.settle, name="settle"),
    path("payments/<int:pk>/again/", money.pay_again, name="pay_again"),
    path("payments/<int:pk>/reverse/", money.reverse_payment, name="reverse"),
    path("batches/", money.batches, name="batches"),
    path("batches/<int:pk>/", money.batch, name="batch"),
    path("batches/<int:pk>/file/", money.bank_file, name="bank_file"),
    path("batches/<int:pk>/answer/", money.bank_answer, name="bank_answer"),
    path("batches/<int:pk>/print/", money.print_batch, name="print_batch"),
    path("advances/", advances.advances, name="advances"),
    path("advances/<int:pk>/recover/", advances.recover, name="recover"),
    path("funds/", funds.funds, name="funds"),
    path("funds/new/", funds.open_fund, name="open_fund"),
    path("funds/<int:pk>/batch/", money.make_batch, name="make_batch"),
    path("funds/<int:pk>/budget/", funds.add_budget, name="add_budget"),
    path("funds/<int:pk>/<int:year>/", funds.fund_year, name="fund_year"),
]
