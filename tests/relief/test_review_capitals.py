"""Amounts in capital characters: the examples of the rule itself, and that none is ambiguous."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.capitals import DIGITS, capitals


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("10", "壹拾元整"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("1409.50", "壹仟肆佰零玖元伍角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("50000.00", "伍万元整"),
        ("60600", "陆万零陆佰元整"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("34999.65", "叁万肆仟玖佰玖拾玖元陆角伍分"),
        ("100000000", "壹亿元整"),
        ("100000001", "壹亿零壹元整"),
        ("100010000", "壹亿零壹万元整"),
        ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_an_amount_reads_as_the_rule_writes_it(amount, words):
    assert capitals(Decimal(amount)) == words


@pytest.mark.parametrize("amount", ["-1", "0.005", "1000000000000", "NaN"])
def test_what_no_voucher_can_hold_has_no_words(amount):
    with pytest.raises((ValueError, ArithmeticError)):
        capitals(Decimal(amount))


def read(words: str) -> Decimal:
    """The amount back from its words: digits count, 零 and 整 do not."""
    values = {"仟": 1000, "佰": 100, "拾": 10, "元": 1}
    total = section = digit = Decimal(0)
    for sign in words:
        if sign in DIGITS:
            digit = Decimal(DIGITS.index(sign))
        elif sign in ("仟", "佰", "拾"):
            section, digit = section + digit * values[sign], Decimal(0)
        elif sign in ("亿", "万", "元"):
            power = {"亿": 10**8, "万": 10**4, "元": 1}[sign]
            total, section, digit = total + (section + digit) * power, Decimal(0), Decimal(0)
        elif sign in ("角", "分"):
            total, digit = total + digit * Decimal({"角": "0.1", "分": "0.01"}[sign]), Decimal(0)
    return total


@given(st.integers(0, 10**14 - 1))
def test_every_amount_can_be_read_back(fen):
    amount = Decimal(fen) / 100
    words = capitals(amount)
    assert read(words) == amount
    assert "零零" not in words
