"""A change of the terms is previewed on what was decided, and changes none of it."""

from datetime import date
from decimal import Decimal as D

import pytest
from django.test import Client

from relief.selectors.impact import changed_terms, impact
from tests.relief.playing import DAY, approved_case, ready_case

PAGE = "/relief/preview/relief.warm.employee.10000/"
pytestmark = pytest.mark.usefixtures("autumn")


def test_who_would_have_got_another_amount_is_named(cast, fund):
    first = approved_case(cast, fund, cost="15500")
    approved_case(cast, fund, "9000", cost="36000")
    ready_case(fund, cast.union)  # not decided
    proposed = changed_terms(fund, DAY, {"employee.10000": D(30)})
    found = impact(fund, 2016, proposed)
    assert found.decided == 2
    assert [(one.case, one.before, one.after) for one in found.changed] == [
        (first, D(3100), D(4650)),
    ]  # fmt: skip
    assert found.difference == D(1550)
    assert impact(fund, 2015, proposed).decided == 0
    first.refresh_from_db()
    assert first.amount == D(3100)


def test_a_lower_cap_lowers_the_highest(cast, fund):
    approved_case(cast, fund, "9999", cost="120000")
    found = impact(fund, 2016, changed_terms(fund, DAY, {"employee.cap": D(40_000)}))
    assert [(one.before, one.after) for one in found.changed] == [(D(50_000), D(40_000))]
    assert changed_terms(fund, date(2015, 12, 31), {}) is None


def page(user, path: str = PAGE, status: int = 200) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def test_the_page_says_what_would_change_and_only_a_reviewer_sees_whose(cast, fund):
    case = approved_case(cast, fund, cost="15500")
    name = case.beneficiary.name
    for user in (cast.reviewer, cast.administrator):
        assert "改了会怎样" in page(user, "/reference/of/relief.warm.employee.10000/")
        shown = page(user, f"{PAGE}?value=30&year=2016")
        assert "1 件中有 1 件的建议金额会不同" in shown
        assert "多 1,550.00 元" in shown
        assert name not in shown
    assert str(case) in page(cast.reviewer, f"{PAGE}?value=30&year=2016")
    assert str(case) not in page(cast.administrator, f"{PAGE}?value=30&year=2016")
    assert "金额都不变" in page(cast.reviewer, f"{PAGE}?value=20&year=2016")
    assert "这一年没有已决的" in page(cast.reviewer, f"{PAGE}?value=30&year=2017")
    case.refresh_from_db()
    assert case.amount == D(3100)


def test_who_neither_keeps_the_values_nor_decides_has_no_preview(cast, fund):
    for user in (cast.chair, cast.officer, cast.finance, cast.auditor):
        page(user, status=403)
    assert "改了会怎样" not in page(cast.chair, "/reference/of/relief.warm.employee.10000/")


def test_odd_questions_get_a_sentence_or_no_page(cast, fund):
    assert "请填写改成" in page(cast.reviewer, f"{PAGE}?value=&year=2016", 422)
    page(cast.reviewer, f"{PAGE}?value=-1&year=2016", 422)
    page(cast.reviewer, f"{PAGE}?value=30&year=99999", 422)
    for key in ("relief.warm.event.cap", "relief.warm.employee.5", "relief.none.employee.cap", "x"):
        page(cast.reviewer, f"/relief/preview/{key}/", 404)
