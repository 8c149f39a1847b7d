"""Amounts of money in capital characters (大写), as forms and vouchers have them. Pure.

Source: 中国人民银行《支付结算办法》附一《正确填写票据和结算凭证的基本规定》.
"""

from decimal import Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("仟", "佰", "拾", "")
GROUPS = ("亿", "万", "")  # of four digits each
MOST = Decimal(10) ** 12  # yuan: the first amount that has no words


def capitals(amount: Decimal) -> str:
    """3100.05 → 叁仟壹佰元零伍分. amount: yuan.

    Raises ValueError for a negative amount, a fraction of a fen, or a trillion and more.
    """
    fen = amount * 100
    if not 0 <= amount < MOST or fen != int(fen):
        raise ValueError(amount)
    yuan, rest = divmod(int(fen), 100)
    jiao, fen_left = divmod(rest, 10)
    words = f"{_whole(yuan)}元" if yuan or not rest else ""
    if jiao:
        words += f"{DIGITS[jiao]}角"
    elif fen_left and yuan:
        words += "零"
    return words + (f"{DIGITS[fen_left]}分" if fen_left else "整")


def _whole(number: int) -> str:
    text, gap = "", False
    for power, unit in zip((8, 4, 0), GROUPS, strict=True):
        group = number // 10**power % 10_000
        if group:
            text += ("零" if text and (gap or group < 1000) else "") + _group(group) + unit
        gap = not group
    return text or DIGITS[0]


def _group(number: int) -> str:
    text, gap = "", False
    for digit, place in zip(f"{number:04d}", PLACES, strict=True):
        if digit != "0":
            text += ("零" if text and gap else "") + DIGITS[int(digit)] + place
        gap = digit == "0"
    return text
