"""The figures of relief in the monthly report. Meanings: contract.md."""

from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Max, Sum

from relief.models import ReliefCase
from wanping_union.accounts.models import Union
from wanping_union.indicators import Column, Indicator, Period, Rows, Section

NOTHING = Decimal("0.00")


def _paid(union: Union, period: Period) -> Rows:
    rows = ReliefCase.objects.filter(union__among=union.reach)
    return rows.paid_between(period.start, period.end).select_related("union", "fund")


def _amount(case: Any) -> Decimal:
    return Decimal(case.amount)


# No names: who reads figures need not know who was helped.
COLUMNS = (
    Column("编号", lambda case: case.pk),
    Column("所属工会", lambda case: case.union.name),
    Column("基金", lambda case: case.fund.name),
    Column("困难原因", lambda case: case.get_cause_display()),
    Column("批准日期", lambda case: case.decided_on),
    Column("拨付日期", lambda case: case.paid_on),
    Column("金额（元）", _amount, is_number=True),
)


def _page_of_case(case: Any) -> str:
    return ""  # who reads figures may not open case files


SECTION = Section(
    "应急救助",
    (
        Indicator(
            code="relief_case_count",
            name="应急救助",
            definition="期内已经拨付救助金的申请件数，按拨付日期计；只批准没有拨付的不计。",
            source="救助申请：拨付日期",
            unit="件",
            base=_paid,
            dated="paid_on",
            columns=COLUMNS,
            link=_page_of_case,
        ),
        Indicator(
            code="relief_paid_amount",
            name="其中：救助金额",
            definition="上述申请批准金额之和，含先行救助。",
            source="救助申请：批准金额、拨付日期",
            unit="元",
            base=_paid,
            dated="paid_on",
            columns=COLUMNS,
            link=_page_of_case,
            measure=partial(Sum, "amount"),
            zero=NOTHING,
            weigh=_amount,
            part_of="relief_case_count",
        ),
        Indicator(
            code="relief_paid_max",
            name="其中：最高一笔",
            definition="上述申请中批准金额最高的一件；期内没有的为 0。",
            source="救助申请：批准金额、拨付日期",
            unit="元",
            base=_paid,
            dated="paid_on",
            columns=COLUMNS,
            link=_page_of_case,
            measure=partial(Max, "amount"),
            zero=NOTHING,
            weigh=_amount,
            gather=max,
            part_of="relief_case_count",
            adds_up=False,
        ),
    ),
    trend_title="近十二个月应急救助",
    trend=("relief_case_count",),
    spread="relief_case_count",
)
