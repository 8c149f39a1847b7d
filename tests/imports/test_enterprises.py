from datetime import date
from decimal import Decimal

import pytest

from members.models import Enterprise, EnterpriseYear
from tests.factories import make_enterprise
from tests.imports.conftest import BY_NAME
from tests.imports.test_roster import codes, roster
from wanping_union.imports import services
from wanping_union.imports.reading import Unreadable

HEAD = (
    "名称",
    "统一社会信用代码",
    "所属工会",
    "行业",
    "行业代码",
    "从业人员",
    "营业收入（万元）",
    "资产总额（万元）",
)
CODE = "91110106EH82942F63"


def run(*rows, head=HEAD, by=None, year=2016):
    content = roster(*rows, head=head)
    return services.import_content(BY_NAME["enterprises"], content, "x.xlsx", by=by, year=year)


def test_the_sample_ledger_has_the_known_sizes(sample):
    sizes = list(EnterpriseYear.objects.filter(year=2016).values_list("size", flat=True))
    assert len(sizes) == 127
    assert {s: sizes.count(s) for s in set(sizes)} == {"medium": 10, "small": 8, "micro": 109}
    assert sum(EnterpriseYear.objects.values_list("headcount", flat=True)) == 1356
    assert set(Enterprise.objects.values_list("covered_from", flat=True)) == {date(2016, 1, 1)}


def test_facts_belong_to_their_year_and_coverage_to_the_first(union):
    row = ("书店", CODE, union.code, "零售业", "F52", 260, 9800, 6200)
    assert run(row, year=2016).counts.created == 1
    assert run(row, year=2015).counts.updated == 1
    enterprise = Enterprise.objects.get()
    assert enterprise.covered_from == date(2015, 1, 1)
    assert sorted(enterprise.years.values_list("year", flat=True)) == [2015, 2016]


def test_a_blank_cell_leaves_the_fact_and_the_size_as_they_are(union):
    run(("书店", CODE, union.code, "零售业", "F52", 260, 9800, 6200))
    assert run(("书店", CODE, union.code, "", "", "", "", "")).counts.unchanged == 1
    facts = EnterpriseYear.objects.get()
    assert (facts.headcount, facts.revenue, facts.size) == (260, Decimal("9800.00"), "medium")


def test_an_enterprise_is_known_by_code_else_by_name_in_its_union(union, other_union):
    known = make_enterprise(union, name="书店")
    assert run(("书店", CODE, union.code, "", "", "", "", "")).counts.updated == 1
    assert Enterprise.objects.get(uscc=CODE) == known
    assert run(("新书店", CODE, union.code, "", "", "", "", "")).counts.updated == 1
    assert run(("新书店", "", other_union.code, "", "", "", "", "")).counts.created == 1


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("", CODE, "WP01", "", "", "", "", ""), ("名称", "required")),
        (("甲", "123", "WP01", "", "", "", "", ""), ("统一社会信用代码", "uscc_checksum")),
        (("甲", "", "WP99", "", "", "", "", ""), ("所属工会", "unknown_union")),
        (("甲", "", "WP01", "", "", "很多", "", ""), ("从业人员", "number_format")),
        (("甲", "", "WP01", "", "", "", "-5", ""), ("营业收入（万元）", "money_format")),
    ],
)
def test_a_bad_cell_is_named(union, row, expected):
    assert codes(run(row)) == [(2, *expected)]


def test_the_same_enterprise_twice_in_a_file_is_a_problem(union):
    row = ("书店", CODE, union.code, "", "", "", "", "")
    assert codes(run(row, row)) == [(3, "统一社会信用代码", "duplicate_in_file")]


def test_the_unit_of_money_stands_in_the_heading(union):
    head = (*HEAD[:6], "营业收入（元）", "资产总额（千元）")
    run(("书店", CODE, union.code, "", "", "", 98_000_000, 62_000), head=head)
    facts = EnterpriseYear.objects.get()
    assert (facts.revenue, facts.assets) == (Decimal("9800.00"), Decimal("6200.00"))


def test_without_a_year_the_file_is_refused(union):
    with pytest.raises(Unreadable) as refusal:
        run(("书店", CODE, union.code, "", "", "", "", ""), year=None)
    assert refusal.value.code == "no_year"


def test_a_chair_cannot_take_an_enterprise_of_another_union(union, other_union, chair):
    make_enterprise(other_union, name="书店", uscc=CODE)
    outcome = run(("书店", CODE, union.code, "", "", "", "", ""), by=chair)
    assert codes(outcome) == [(2, "统一社会信用代码", "not_your_union")]
