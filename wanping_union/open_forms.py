"""Forms that anybody may send: no account, no image puzzle, no JavaScript, nothing typed lost.

A field that only programs fill in, the time at which this portal drew the page, and, once an
address has sent more than its limit, one sum in Chinese that each answer solves once.
"""

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django import forms
from django.core.cache import cache
from django.core.signing import BadSignature, TimestampSigner

from wanping_union.forms import Form, typed
from wanping_union.limits import Limit

QUICKEST = 3  # seconds in which nobody reads the page and writes
LONGEST = 24 * 3600  # seconds that a page may stand open
TOO_QUICK = "没有提交成功，您写的还在下面。请等几秒钟再提交一次。"
ANSWER = "请回答下面这道算术题再提交，您写的还在。"
WRONG = "算得不对，换了一道，请再算一次。"
NUMERALS = "零一二三四五六七八九十"
ATTRS = {"class": "w-xs", "autocomplete": "off", "inputmode": "numeric", "data-nosave": ""}
DRAWN = TimestampSigner(salt="open_forms.drawn")
ASKED = TimestampSigner(salt="open_forms.sum")


def signed_now() -> str:
    """When this page was drawn, a name of its own with it; only this portal can write it."""
    return DRAWN.sign(secrets.token_hex(8))


class OpenForm(Form):
    """The template draws its own fields and includes _parts/open_form.html."""

    limit: Limit  # of the form
    website = forms.CharField(required=False, max_length=200)  # people do not see it
    drawn = forms.CharField(widget=forms.HiddenInput, max_length=100)
    sum = forms.CharField(required=False, widget=forms.HiddenInput, max_length=200)
    answer = forms.CharField(
        required=False,
        max_length=10,
        widget=forms.TextInput(
            attrs={
                "class": "w-xs",
                "autocomplete": "off",
                "data-nosave": "",
                "inputmode": "numeric",
            }
        ),
    )

    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        """address: whom the limit counts; it is stored nowhere."""
        super().__init__(*args, **kwargs)
        self.address = address
        self.initial.setdefault("drawn", signed_now())
        self._ask(self.data.get("sum", ""))

    @property
    def asks(self) -> bool:
        """Whether the page shows a sum."""
        return bool(self.fields["answer"].label)

    def once(self, act: Callable[[], object]) -> None:
        """Do it, unless this very page was sent before: a second tap finds it done.

        While Redis is away it is done again. Raises what the act raises.
        """
        key = f"sent:{self.cleaned_data['drawn']}"
        if not cache.add(key, True, LONGEST):
            return
        with ExitStack() as undo:
            undo.callback(cache.delete, key)
            act()
            undo.pop_all()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("website") or not _is_by_hand(values.get("drawn", "")):
            typed(self, "drawn", signed_now())
            self.add_error(None, TOO_QUICK)
        elif not self.errors and self.limit.is_passed(self.address):
            self._check_answer(values)
        return values

    def _check_answer(self, values: dict[str, Any]) -> None:
        if self.asks and _is_right(values["sum"], values["answer"]):
            return
        self.add_error("answer", WRONG if values["answer"] else ANSWER)
        typed(self, "answer", "")
        typed(self, "sum", _new_sum())
        self._ask(self.data["sum"])

    def _ask(self, token: str) -> None:
        numbers = _numbers(token)
        if numbers:
            first, second = (NUMERALS[n] for n in numbers)
            field = self.fields["answer"]
            field.required = True
            field.label = self["answer"].label = f"{first}加{second}等于几？"


def _is_by_hand(drawn: str) -> bool:
    return _is_younger(drawn, LONGEST) and not _is_younger(drawn, QUICKEST)


def _is_younger(drawn: str, seconds: int) -> bool:
    try:
        DRAWN.unsign(drawn, max_age=seconds)
    except BadSignature:
        return False
    return True


def _new_sum() -> str:
    first, second = (secrets.randbelow(9) + 1 for _ in range(2))
    return ASKED.sign(f"{first} {second} {secrets.token_hex(8)}")


def _numbers(token: str) -> list[int]:
    """Those of a sum that this portal asked within a day; none for anything else."""
    try:
        first, second, _ = ASKED.unsign(token, max_age=LONGEST).split()
    except BadSignature:
        return []
    return [int(first), int(second)]


def _is_right(token: str, answer: str) -> bool:
    """Whether it solves the sum, which was not solved before."""
    wanted = sum(_numbers(token))
    solved = answer.strip() in (str(wanted), _in_words(wanted))
    return solved and cache.add(f"solved:{token.rpartition(':')[2]}", True, LONGEST)


def _in_words(number: int) -> str:
    """八, 十二"""
    tens, ones = divmod(number, 10)
    if not tens:
        return NUMERALS[ones]
    return "十" + (NUMERALS[ones] if ones else "")
