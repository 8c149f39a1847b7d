"""A case played by its cast, each step by whoever takes it in life."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal as D
from typing import Any

from relief import services
from relief.models import Fund, FundYear, LedgerEntry, Payment, ReliefCase
from relief.rules import Cause, Disease, Place, Status
from relief.services import Answer
from relief.terms import BillSums
from tests.factories import make_member
from tests.relief.building import WARM, make_draft, make_household
from wanping_union import clock
from wanping_union.accounts.models import Union, User

DAY = date(2016, 10, 10)  # a Monday
NOTICED = date(2016, 10, 18)  # the notice of five working days is over
CARD = "6228480402564890018"
OTHER_CARD = "4111111111111111"
COMMITTEE = ["甲一", "乙二", "丙三"]
UNRELATED = {"unrelated": True, "note": "材料核对无误"}


@dataclass(frozen=True)
class Cast:
    union: Union
    chair: User
    officer: User
    areachair: User
    reviewer: User
    reviewer2: User
    finance: User
    administrator: User
    auditor: User


def give_budget(fund: Fund, amount: str, year: int = 2016) -> FundYear:
    found, _ = FundYear.objects.get_or_create(fund=fund, year=year)
    LedgerEntry.objects.create(
        fund_year=found, kind="budget", amount=D(amount), record="test:1", on=DAY
    )
    return found


def write_case(cast: Cast, fund: Fund, *, cost: str = "15500", **values: Any) -> ReliefCase:
    """A draft as the chair writes it, whole."""
    household = services.open_file(make_member(cast.union), by=cast.chair)
    case = services.open_case(household, by=cast.chair, fund=fund)
    return fill_case(cast, case, cost=cost, **values)


def fill_case(cast: Cast, case: ReliefCase, *, cost: str, **values: Any) -> ReliefCase:
    facts = {
        "cause": Cause.ILLNESS,
        "disease": Disease.TUMOUR,
        "story": "今年六月确诊，正在化疗。",
        "happened_on": date(2016, 6, 1),
        "account": CARD,
        "account_name": case.household.head.name,
        "bank": "工商银行",
    } | values
    services.save_case(case, facts, by=cast.chair, version=0)
    services.save_bill(
        case,
        BillSums(D(cost)),
        by=cast.chair,
        number=f"N{case.pk}",
        hospital="丰台医院",
        dated=date(2016, 8, 1),
    )
    case.refresh_from_db()
    return case


def visit(case: ReliefCase, cast: Cast) -> None:
    services.visit(case, by=cast.officer, on=clock.today(), place=Place.HOSPITAL, people=2)


def noticed(act: Callable[[], None]) -> None:
    """After the notice is over, or later if the test is later already."""
    with clock.at(max(NOTICED, clock.today())):
        act()


WAY: dict[Status, Callable[[ReliefCase, Cast], None]] = {  # status → what leads to it
    Status.SUBMITTED: lambda case, cast: services.submit(case, by=cast.chair),
    Status.UNIT_VERIFIED: lambda case, cast: services.unit_verify(
        case, by=cast.chair, committee=COMMITTEE
    ),
    Status.VISITED: visit,
    Status.PUBLICITY: lambda case, cast: services.publish(case, by=cast.officer),
    Status.AREA_REVIEWED: lambda case, cast: noticed(
        lambda: services.area_review(case, by=cast.officer)
    ),
    Status.SIGNED: lambda case, cast: noticed(lambda: services.sign(case, by=cast.areachair)),
}


def bring(case: ReliefCase, cast: Cast, status: Status) -> ReliefCase:
    """Play the case from where it is to that status."""
    steps = list(WAY)
    begun = steps.index(Status(case.status)) + 1 if case.status in steps else 0
    for step in steps[begun : steps.index(status) + 1]:
        WAY[step](case, cast)
    case.refresh_from_db()
    return case


def signed_case(cast: Cast, fund: Fund, **values: Any) -> ReliefCase:
    return bring(write_case(cast, fund, **values), cast, Status.SIGNED)


def approved_case(cast: Cast, fund: Fund, amount: str = "3100", **values: Any) -> ReliefCase:
    case = signed_case(cast, fund, **values)
    noticed(lambda: services.approve(case, by=cast.reviewer, amount=D(amount), **UNRELATED))
    case.refresh_from_db()
    return case


def paid_case(cast: Cast, fund: Fund, amount: str = "3100", **values: Any) -> ReliefCase:
    case = approved_case(cast, fund, amount, **values)
    pay(case, cast)
    case.refresh_from_db()
    return case


def answer(payment: Payment, **values: Any) -> Answer:
    values = {"is_paid": True, "on": None} | values
    return Answer(payment.pk, values.pop("amount", payment.amount), **values)


def pay(case: ReliefCase, cast: Cast) -> None:
    """By a batch of its own that the bank confirms."""
    ids = list(case.payments.filter(state="waiting").values_list("pk", flat=True))
    batch = services.make_batch(case.fund, ids, by=cast.finance)
    answers = [answer(payment) for payment in batch.payments.all()]
    noticed(lambda: services.reconcile(batch, answers, by=cast.finance, sha256=f"{batch.pk:064}"))


def ready_case(fund: Fund, union: Union | None = None, **values: Any) -> ReliefCase:
    """A signed case straight from the shelf: for races, which need many."""
    household = values.pop("household", None) or make_household(
        make_member(union) if union else None
    )
    values = {
        "status": Status.SIGNED,
        "beneficiary": household.members.get(relation="self"),
        "cause": Cause.OTHER,
        "happened_on": DAY,
        "story": "火灾",
        "account": CARD,
        "account_name": household.head.name,
        "bank": "工商银行",
        "submitted_on": DAY,
        "terms": WARM.stored(),
        "fund": fund,
    } | values
    return make_draft(household, **values)


def state(fund: Fund, year: int = 2016) -> tuple[D, D, D]:
    """(budget, committed, paid) of a year."""
    found = FundYear.objects.get(fund=fund, year=year)
    return found.budget, found.committed, found.paid
