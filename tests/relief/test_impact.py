"""A change of the terms is previewed on what was decided, and changes none of it."""

from datetime import date
from decimal import Decimal as D

import pytest

from relief.selectors.impact import changed_terms, impact
from tests.relief.playing import DAY, approved_case, ready_case

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
