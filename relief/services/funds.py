"""Opening funds and giving them money."""

from decimal import Decimal

from django.db import IntegrityError, transaction

from relief.models import Fund, FundYear
from relief.models.money import EntryKind
from relief.services import ledger
from relief.services.payments import check_role
from wanping_union.accounts.models import Union, User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, Refused
from wanping_union.roles import PAY_RELIEF


@transaction.atomic
def open_fund(union: Union, *, by: User, code: str, name: str) -> Fund:
    """code: as its reference values have it. Raises NotAllowed, and Refused for a known one."""
    if not by.may(PAY_RELIEF, union):
        raise NotAllowed(f"{by.pk} may not open a fund of {union.pk}")
    try:
        with transaction.atomic():
            fund = Fund.objects.create(code=code, name=name, union=union)
    except IntegrityError:
        raise Refused("已经有这个代码的基金。") from None
    log.write("open_fund", "建立救助基金", by=by, record=fund, union=union, roles=PAY_RELIEF)
    return fund


@transaction.atomic
def add_budget(fund: Fund, *, by: User, year: int, amount: Decimal, note: str) -> FundYear:
    """Add to a year's budget, or take from it. amount: yuan, signed.

    Raises NotAllowed, and Refused below what is granted, or for nothing.
    """
    check_role(by, fund)
    if not amount:
        raise Refused("请填写要增加或减少的金额。")
    FundYear.objects.get_or_create(fund=fund, year=year)
    found = FundYear.objects.select_for_update().get(fund=fund, year=year)
    try:
        ledger.enter(found, EntryKind.BUDGET, amount, record=found, by=by, note=note)
    except Refused:
        raise Refused(f"预算不能少于已批准的 {found.committed:,} 元。") from None
    log.write(
        "add_budget", "调整基金预算", by=by, record=found, union=fund.union, note=note,
        roles=PAY_RELIEF,
    )  # fmt: skip
    found.refresh_from_db()
    return found
