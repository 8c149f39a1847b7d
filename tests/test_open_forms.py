"""What anybody may send without an account: a person always can, a program is slowed."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django import forms as django_forms
from django.http import QueryDict
from redis.exceptions import ConnectionError as Away

from wanping_union import open_forms, patience
from wanping_union.errors import Refused
from wanping_union.limits import Limit
from wanping_union.open_forms import NUMERALS, OpenForm, signed_now

LIMIT = Limit("test", most=2, seconds=60)


class Letter(OpenForm):
    limit = LIMIT
    text = django_forms.CharField(label="内容", max_length=100)


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch):
    monkeypatch.setattr(open_forms, "QUICKEST", -1)


@pytest.fixture
def away(monkeypatch) -> Callable[..., Any]:
    """Redis does not answer."""

    def fail(*args: object) -> int:
        raise Away

    monkeypatch.setattr(patience, "count", fail)
    return fail


def letter(address: str = "10.0.0.1", **values: str) -> Letter:
    data = QueryDict(mutable=True)
    data.update({"text": "您好", "drawn": signed_now()} | values)
    return Letter(data, address=address)


def passed(address: str = "10.0.0.1") -> Letter:
    """The first letter beyond the limit: it is asked a sum."""
    for _ in range(LIMIT.most):
        assert letter(address).is_valid()
    form = letter(address)
    assert not form.is_valid()
    return form


def solution(form: Letter) -> int:
    return sum(NUMERALS.index(n) for n in re.findall("[一二三四五六七八九]", question(form)))


def question(form: Letter) -> str:
    return str(form["answer"].label).removesuffix("等于几？")


def test_beyond_the_limit_a_sum_is_asked_and_what_was_typed_stays():
    form = passed()
    assert form.asks
    assert form["text"].value() == "您好"
    assert not letter(sum=form.data["sum"], answer="").is_valid()
    wrong = letter(sum=form.data["sum"], answer="99")
    assert not wrong.is_valid()
    assert "算得不对" in str(wrong.errors)
    assert wrong.data["sum"] != form.data["sum"]
    assert wrong["answer"].value() == ""
    right = letter(sum=wrong.data["sum"], answer=str(solution(wrong)))
    assert right.is_valid()


def test_a_sum_is_solved_once_and_may_be_answered_in_words():
    form = passed()
    number = solution(form)
    words = NUMERALS[number] if number <= 10 else "十" + NUMERALS[number - 10]
    assert letter(sum=form.data["sum"], answer=f" {words} ").is_valid()
    assert not letter(sum=form.data["sum"], answer=words).is_valid()


def test_nobody_writes_a_sum_of_their_own():
    passed()
    assert not letter(sum="1 1 x", answer="2").is_valid()
    assert not letter(sum=f"1 1 x:{signed_now().partition(':')[2]}", answer="2").is_valid()


def test_each_address_and_each_form_is_counted_for_itself():
    passed()
    assert letter("10.0.0.2").is_valid()
    assert not Limit("another", 1, 60).is_passed("10.0.0.1")


def test_who_has_a_whole_network_is_one_address():
    passed("2001:db8:1:2::1")
    assert not letter("2001:db8:1:2:ffff::9").is_valid()
    assert letter("2001:db8:1:3::1").is_valid()
    assert letter("unix:").is_valid(), "what is no address is counted as it is"


def test_what_is_not_whole_is_not_counted():
    for _ in range(LIMIT.most + 1):
        assert not letter(text="").is_valid()
    assert letter().is_valid()


def test_without_redis_sending_stays_open_and_guessing_is_closed(away):
    for _ in range(LIMIT.most + 2):
        assert letter().is_valid()
    assert Limit("code", 5, 60, is_closed=True).is_passed("10.0.0.1")


def test_the_count_ends_with_its_time():
    assert patience.count("limit:x", 60) == 1
    assert patience.count("limit:x", 60) == 2
    ttl = patience._own_client().ttl("limit:x")
    assert 0 < ttl <= 60


def test_no_address_is_kept():
    letter("10.0.0.77").is_valid()
    kept = patience._own_client().keys("*")
    assert kept
    assert all(b"10.0.0.77" not in key for key in kept)


def test_programs_are_refused(monkeypatch):
    assert not letter(website="http://x").is_valid()
    assert not letter(drawn="made up").is_valid()
    assert not letter(drawn="").is_valid()
    with monkeypatch.context() as later:
        later.setattr(open_forms, "LONGEST", -1)
        assert not letter().is_valid()
    monkeypatch.setattr(open_forms, "QUICKEST", 3)
    quick = letter()
    assert not quick.is_valid()
    assert "没有提交成功" in str(quick.errors)


def test_a_second_tap_does_nothing_twice_and_a_refusal_is_no_sending():
    done: list[int] = []
    drawn = signed_now()

    def refuse() -> None:
        raise Refused("不行")

    form = letter(drawn=drawn)
    assert form.is_valid()
    with pytest.raises(Refused):
        form.once(refuse)
    for _ in range(2):
        form.once(lambda: done.append(1))
    assert done == [1]
    other = letter()
    assert other.is_valid()
    other.once(lambda: done.append(2))
    assert done == [1, 2]


def test_what_broke_was_not_sent():
    done: list[int] = []

    def fail() -> None:
        raise OSError("disk")

    form = letter()
    assert form.is_valid()
    with pytest.raises(OSError, match="disk"):
        form.once(fail)
    form.once(lambda: done.append(1))
    assert done == [1]
