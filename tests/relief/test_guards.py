"""What the database itself refuses, whatever code asks for it."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from relief.models import Bill, FundYear, LedgerEntry, Payment, ReliefCase, YearlyGrant
from relief.rules import STEPS, Status
from tests.factories import make_user
from tests.relief.building import DAY, WARM, make_draft, make_fund, make_household, make_relative

pytestmark = pytest.mark.django_db


def refused(act, match):
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        act()


def make_case(status: str, **values) -> ReliefCase:
    home = make_household()
    values = {
        "status": status,
        "beneficiary": home.members.get(),
        "cause": "illness",
        "account": "6228480402564890018",
        "submitted_on": DAY,
        "terms": WARM.stored(),
        "amount": D(100) if status != Status.DRAFT else None,
        "decided_on": DAY,
        "reason": "理由",
        "returned_from": Status.SIGNED if status == Status.RETURNED else "",
    } | values
    return make_draft(home, **values)


@pytest.mark.parametrize("status", Status.values)
def test_a_status_moves_by_the_steps_alone(status):
    allowed = {str(s.target) for s in STEPS if status in s.sources}
    for target in set(Status.values) - {status}:
        case = make_case(status)
        move = {"status": target, "returned_from": "signed" if target == "returned" else ""}

        def act(case=case, move=move):
            ReliefCase.objects.filter(pk=case.pk).update(**move)

        if target in allowed:
            act()
        else:
            refused(act, "Invalid transition")


def test_what_was_granted_stays():
    case = make_case(Status.APPROVED)
    rows = ReliefCase.objects.filter(pk=case.pk)
    refused(lambda: rows.update(amount=D(99)), "Cannot update")
    refused(lambda: rows.update(terms=[]), "Cannot update")
    assert rows.update(bank="某行") == 1


@pytest.mark.parametrize(
    ("status", "values", "name"),
    [
        (Status.APPROVED, {"amount": None}, "granted_has_amount"),
        (Status.APPROVED, {"amount": D(0)}, "granted_has_amount"),
        (Status.REFUSED, {"reason": None}, "void_has_reason"),
        (Status.RETURNED, {"returned_from": ""}, "returned_knows_where"),
        (Status.SUBMITTED, {"beneficiary": None}, "submitted_is_whole"),
        (Status.SUBMITTED, {"account": None}, "submitted_is_whole"),
        (Status.SUBMITTED, {"terms": None}, "submitted_is_whole"),
        (Status.DRAFT, {"loss": D(-1)}, "loss_not_negative"),
        (Status.DRAFT, {"cause": "greed"}, "cause_known"),
        (Status.PUBLICITY, {"public_from": DAY, "public_to": date(2016, 10, 9)}, "ordered"),
        (Status.PUBLICITY, {"public_from": DAY}, "ordered"),
    ],
)
def test_no_half_case(status, values, name):
    refused(lambda: make_case(status, **values), name)


def test_a_person_has_one_open_case_and_a_household_several():
    home = make_household()
    head, spouse = home.members.get(), make_relative(home, "spouse")
    make_draft(home, beneficiary=head)
    make_draft(home, beneficiary=spouse)
    refused(lambda: make_draft(home, beneficiary=head), "relief_one_open_a_person")


def test_nobody_stands_in_two_files_and_a_household_has_one_spouse():
    home, other = make_household(), make_household()
    head = home.members.get()
    refused(lambda: make_relative(other, "spouse", number=head.id_number), "household_member_once")
    make_relative(home, "spouse")
    refused(lambda: make_relative(home, "spouse"), "household_one_spouse")
    refused(lambda: make_relative(home, "self"), "household_one_head")


def make_year(budget: D = D(100)) -> FundYear:
    year = FundYear.objects.create(fund=make_fund(), year=2016)
    enter(year, "budget", budget)
    return year


def enter(year: FundYear, kind: str, amount: D) -> LedgerEntry:
    return LedgerEntry.objects.create(
        fund_year=year, kind=kind, amount=amount, record="test:1", on=DAY
    )


def test_the_sums_follow_the_ledger_to_the_fen():
    year = make_year()
    enter(year, "commit", D("60.01"))
    enter(year, "pay", D("60.01"))
    enter(year, "pay", D("-60.01"))
    year.refresh_from_db()
    assert (year.budget, year.committed, year.paid) == (D(100), D("60.01"), D(0))
    assert year.left == D("39.99")


def test_a_fund_is_never_overspent():
    year = make_year()
    refused(lambda: enter(year, "commit", D("100.01")), "never_overspent")
    enter(year, "commit", D(100))
    refused(lambda: enter(year, "commit", D("0.01")), "never_overspent")
    refused(lambda: enter(year, "pay", D("100.01")), "never_overspent")
    refused(lambda: enter(year, "budget", D(-1)), "never_overspent")
    refused(lambda: enter(year, "pay", D(-1)), "never_overspent")


def test_nobody_writes_the_sums_or_mends_the_ledger():
    year = make_year()
    entry = year.entries.get()
    rows = FundYear.objects.filter(pk=year.pk)
    for name in ("budget", "committed", "paid"):
        refused(lambda name=name: rows.update(**{name: D(7)}), "follow its ledger")
    refused(lambda: FundYear.objects.create(fund=make_fund(), year=2016, budget=D(1)), "follow")
    refused(lambda: LedgerEntry.objects.filter(pk=entry.pk).update(amount=D(1)), "Cannot")
    refused(entry.delete, "Cannot")
    refused(lambda: enter(year, "budget", D(0)), "moves_something")


def test_without_its_trigger_the_sums_could_be_written():
    """Negative control: the guard is that trigger and nothing else."""
    year = make_year()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("alter table relief_fundyear disable trigger user")  # not the owner
    refused(lambda: FundYear.objects.filter(pk=year.pk).update(budget=D(7)), "follow")


def test_a_year_never_passes_its_cap():
    grant = YearlyGrant.objects.create(fund=make_fund(), year=2016, key=b"x", cap=D(100))
    rows = YearlyGrant.objects.filter(pk=grant.pk)
    assert rows.update(granted=D(100)) == 1
    refused(lambda: rows.update(granted=D("100.01")), "under_cap")
    refused(lambda: rows.update(granted=D(-1)), "under_cap")


def test_a_bill_counts_once():
    def bill(**values):
        values = {"number": "1", "key": b"k" * 16, "hospital": "医院", "dated": DAY} | values
        return Bill.objects.create(case=make_draft(), total=D(9), **values)

    first = bill()
    refused(bill, "bill_counts_once")
    Bill.objects.filter(pk=first.pk).update(counts=False)
    bill()
    refused(lambda: bill(key=b"l" * 16, insurance=D(10)), "bears_no_more")
    refused(lambda: bill(key=b"m" * 16, insurance=D(-1)), "not_negative")


def make_payment(case: ReliefCase, **values) -> Payment:
    values = {"payee": "某人", "account": "1", "amount": D(100)} | values
    return Payment.objects.create(case=case, year=2016, kind="case", planned_on=DAY, **values)


def test_a_case_is_paid_once():
    case = make_case(Status.APPROVED)
    payment = make_payment(case)
    refused(lambda: make_payment(case), "payment_once")
    rows = Payment.objects.filter(pk=payment.pk)
    refused(lambda: rows.update(amount=D(1)), "Cannot update")
    refused(lambda: rows.update(state="paid"), "paid_has_day")
    refused(lambda: rows.update(state="reversed", paid_on=DAY), "Invalid transition")
    refused(lambda: rows.update(account=None), "by_bank_has_account")
    rows.update(state="cancelled")
    make_payment(case)


def test_returns_and_stages_fit():
    case = make_case(Status.RETURNED)
    case.returns.create(papers="[]", stage="signed", by=make_user(), on=DAY)
    refused(
        lambda: case.returns.create(papers="[]", stage="signed", by=make_user(), on=DAY), "one_open"
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        case.returns.update(answered_on=date(2016, 1, 1))
