"""困难职工 categories of both generations. Pure: numbers in, a category out."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import TextChoices

from relief.terms import NOTHING

MONTHS = 12
GENERATION_A = "困难职工档案管理办法（总工办〔2016〕36号）"
GENERATION_B = "全国总工会困难职工三类标准（2018 年以后，北京是否采用待核实）"


class CategoryA(TextChoices):
    MINIMUM = "a_minimum", "低保户"
    NEAR = "a_near", "低保边缘户"
    ACCIDENT = "a_accident", "意外致困户"


class CategoryB(TextChoices):
    DEEP = "b_deep", "深度困难"
    RELATIVE = "b_relative", "相对困难"
    ACCIDENT = "b_accident", "意外致困"


NO_INCOME = "没有登记上一年的家庭收入，算不出来。"
NO_LINE = "参考数据里没有当天的低保线，算不出来。"
CATEGORIES = [*CategoryA.choices, *CategoryB.choices]


@dataclass(frozen=True)
class HouseholdFacts:
    """Yuan a year; None is unknown, never zero. line: 低保线 in yuan a person and month.

    members: people who live together. income: disposable, of all of them. rigid: 刚性支出.
    savings: with net investments. event_cost: of the disease or accident.
    """

    members: int
    income: Decimal | None = None
    rigid: Decimal = NOTHING
    savings: Decimal | None = None
    event_cost: Decimal = NOTHING
    line: Decimal | None = None


def per_head(amount: Decimal, members: int) -> Decimal:
    """Yuan a person and month, unrounded (R-INC-04). Raises ZeroDivisionError for no members."""
    return amount / MONTHS / members


def category_a(facts: HouseholdFacts) -> CategoryA | None:
    """None: no category, or income or line unknown. Source: GENERATION_A."""
    if facts.income is None or facts.line is None:
        return None
    head = per_head(facts.income, facts.members)
    after = per_head(facts.income - facts.rigid, facts.members)
    if head < facts.line:
        return CategoryA.MINIMUM
    if head * 2 <= facts.line * 3 and after <= facts.line:
        return CategoryA.NEAR
    return CategoryA.ACCIDENT if _is_accident_a(facts, head, facts.income, facts.line) else None


def _is_accident_a(facts: HouseholdFacts, head: Decimal, income: Decimal, line: Decimal) -> bool:
    if not facts.event_cost:
        return False
    means = income
    if head > 3 * line:
        if facts.savings is None:
            return False
        means += facts.savings
    return per_head(means - facts.event_cost, facts.members) <= line


def category_b(facts: HouseholdFacts, *, share: Decimal) -> CategoryB | None:
    """share: percent of a year's income that an event must cost more than. Source: GENERATION_B."""
    if facts.income is None or facts.line is None:
        return None
    head = per_head(facts.income - facts.rigid, facts.members)
    if head < facts.line:
        return CategoryB.DEEP
    if head < 2 * facts.line:
        return CategoryB.RELATIVE
    return CategoryB.ACCIDENT if facts.event_cost * 100 > facts.income * share else None


def why_a(facts: HouseholdFacts) -> str:
    """The numbers that decided category_a, in words."""
    if facts.income is None or facts.line is None:
        return _unknown(facts)
    found = category_a(facts)
    head = per_head(facts.income, facts.members)
    after = per_head(facts.income - facts.rigid, facts.members)
    near = f"低保线的 1.5 倍 {_yuan(facts.line * 3 / 2)} 元"
    if found == CategoryA.MINIMUM:
        return f"人均每月收入 {_yuan(head)} 元，低于低保线 {_yuan(facts.line)} 元。"
    if found == CategoryA.ACCIDENT:
        return (
            f"意外或大病花费 {_yuan(facts.event_cost)} 元，"
            f"扣除后人均每月不超过低保线 {_yuan(facts.line)} 元。"
        )
    if head * 2 > facts.line * 3:
        return f"人均每月收入 {_yuan(head)} 元，超过{near}。"
    is_met = "不超过" if found else "仍高于"
    return (
        f"人均每月收入 {_yuan(head)} 元，不超过{near}；"
        f"扣除刚性支出后 {_yuan(after)} 元，{is_met}低保线 {_yuan(facts.line)} 元。"
    )


def why_b(facts: HouseholdFacts, *, share: Decimal) -> str:
    """The numbers that decided category_b, in words."""
    if facts.income is None or facts.line is None:
        return _unknown(facts)
    found = category_b(facts, share=share)
    if found == CategoryB.ACCIDENT:
        return (
            f"意外或大病花费 {_yuan(facts.event_cost)} 元，"
            f"超过家庭年收入 {_yuan(facts.income)} 元的 {share.normalize():f}%。"
        )
    head = _yuan(per_head(facts.income - facts.rigid, facts.members))
    if found == CategoryB.DEEP:
        return f"扣除刚性支出后人均每月 {head} 元，低于低保线 {_yuan(facts.line)} 元。"
    against = "不到" if found else "达到"
    return f"扣除刚性支出后人均每月 {head} 元，{against}低保线的 2 倍 {_yuan(2 * facts.line)} 元。"


def _unknown(facts: HouseholdFacts) -> str:
    return NO_INCOME if facts.income is None else NO_LINE


def _yuan(amount: Decimal) -> str:
    """2,000 or 666.67"""
    return f"{amount:,.2f}".removesuffix(".00")
