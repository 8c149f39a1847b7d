"""Money as people type it: every way of writing is read, nothing is rounded."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from wanping_union.forms import MoneyField


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("1500", "1500.00"),
        ("1,500.5", "1500.50"),
        ("１，５００．５０", "1500.50"),
        (" ¥ 60,600.00 元 ", "60600.00"),
        ("￥3", "3.00"),
        ("1.500", "1.50"),
        ("5万元", "50000.00"),
        ("9999999999.99", "9999999999.99"),
    ],
)
def test_an_amount_is_read_however_it_is_written(typed, amount):
    assert MoneyField().clean(typed) == Decimal(amount)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1.005", "money_decimals"),
        ("0.001元", "money_decimals"),
        ("-1", "money_negative"),
        ("－1", "money_negative"),
        ("10000000000", "money_too_large"),
        ("9" * 24, "money_too_large"),
        ("9" * 25, "money_format"),
        *(
            (typed, "money_format")
            for typed in ("NaN", "Infinity", "1e9", "1,50", "一百", "½", "٣")
        ),
    ],
)
def test_what_is_no_amount_is_refused_with_a_sentence(typed, code):
    with pytest.raises(ValidationError) as refused:
        MoneyField().clean(typed)
    assert refused.value.code == code
    assert refused.value.message.endswith("。")


def test_a_typed_unit_wins_over_that_of_the_field():
    field = MoneyField(unit="万元")
    assert field.clean("12.5") == field.clean("125,000元") == Decimal("12.50")
    with pytest.raises(ValidationError):
        field.clean("1元")


def test_a_blank_amount_is_unknown_unless_it_is_required():
    assert MoneyField(required=False).clean(" ") is None
    with pytest.raises(ValidationError):
        MoneyField().clean("")
