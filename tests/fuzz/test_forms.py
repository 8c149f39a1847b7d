"""Odd forms and odd addresses, sent to every page the resolver knows: never a server error."""

import copy
import logging
import re
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from django.core.cache import cache as redis
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz import FORMS, odd, pages
from tests.page_table import CASES, DJANGOS_OWN, NOBODY, NOBODYS, address, walk

pytestmark = pytest.mark.usefixtures("world")
ANSWERS = {200, 204, 302, 400, 401, 403, 404, 405, 413, 422}
ROUNDS = max(FORMS // odd.INPUTS, 1)
QUERIES = max(ROUNDS // 10, 1)
FORMS_TO_SEND = st.tuples(odd.changes, odd.kinds, st.booleans())  # the last: with others' ids
SECONDS = 3  # of processor time for one answer
IDS = [f"{name}-{n}" for name, n, _ in CASES]


def rounds(count: int, test: Callable[..., None]) -> Callable[[], None]:
    """The test with so many examples, always the same."""
    same = settings(
        max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck)
    )
    return seed(0)(same(test))


@cache
def examples(count: int, strategy: st.SearchStrategy[Any]) -> list[Any]:
    found: list[Any] = []
    rounds(count, given(strategy)(lambda example: found.append(example)))()
    return found


def check(act: Callable[[Any], None], count: int, strategy: st.SearchStrategy[Any]) -> None:
    """Do it with every example, drawn once for all pages; where it fails, find the smallest."""
    try:
        for example in examples(count, strategy):
            act(example)
    except Exception:
        rounds(count, given(strategy)(act))()
        raise


class Sender:
    """Sends one request after another, each as if it were the first."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.cookies = copy.deepcopy(client.cookies)
        self.sent = 0

    def __call__(self, method: str, path: str, body: bytes = b"", kind: str = "") -> HttpResponse:
        self.sent += 1
        self.client.cookies = copy.deepcopy(self.cookies)
        redis.clear()  # the limits by address and account
        address = f"10.{self.sent >> 16}.{self.sent >> 8 & 255}.{self.sent & 255}"
        start = time.thread_time()
        with transaction.atomic():
            response = self.client.generic(method, path, body, kind, REMOTE_ADDR=address)
            transaction.set_rollback(True)
        assert time.thread_time() - start < SECONDS
        assert response.status_code in ANSWERS
        return response


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable()  # every refusal would be written down with its traceback
    yield
    logging.disable(logging.NOTSET)


def foreign(fields: odd.Fields, side) -> odd.Fields:
    """What belongs to somebody else, in fields of their own beside the form's."""
    ids = (side.union.pk, side.enterprise.pk, side.member.pk, side.batch.pk, side.account.pk)
    return [*fields, *(("pk", str(pk)) for pk in ids), ("union", side.union.code)]


@pytest.mark.parametrize(("name", "n", "page"), CASES, ids=IDS)
def test_odd_forms_and_queries_are_answered(own, other, signed_in, name, n, page):
    client = pages.able(page, own, signed_in)
    path = address(name, page, own)
    send = Sender(client)
    parameters = [*pages.parameters_of(client, path).items(), ("union", other.union.code)]

    def ask(changes):
        query = odd.pairs(odd.changed(parameters, changes)).decode()
        send("GET", f"{path.partition('?')[0]}?{query[:8000]}")

    def post(example):
        changes, kind, beside = example
        sent = odd.changed(foreign(fields, other) if beside else fields, changes)
        send("POST", path, odd.encoded(sent, kind), kind)

    check(ask, QUERIES, odd.changes)
    if send("POST", path).status_code != 405:
        fields = pages.fields_of(client, name, page, own)
        send("POST", path, odd.encoded(fields, odd.FORM), odd.FORM)
        check(post, ROUNDS, FORMS_TO_SEND)


@pytest.mark.parametrize("name", sorted(NOBODY))
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_stranger_gets_an_answer(own, name, method):
    path = reverse(name, kwargs=NOBODYS.get(name))
    fields = [("login", own.account.username), ("password", "x"), ("next", "/"), ("code", "1")]
    send = Sender(Client())

    def ask(example):
        changes, kind, _ = example
        sent = odd.changed(fields, changes)
        if method == "GET":
            send("GET", f"{path}?{odd.pairs(sent).decode()[:8000]}")
        else:
            send("POST", path, odd.encoded(sent, kind), kind)

    count = ROUNDS if name == "account_login" else QUERIES
    check(ask, count, FORMS_TO_SEND)


@pytest.mark.parametrize("place", ["0", str(2**63), "9" * 5000, "x", "王"], ids=lambda p: p[:20])
def test_an_odd_place_in_an_address_is_answered(own, administrator, place):
    client = Client()
    client.force_login(administrator)
    send = Sender(client)
    for pattern, _ in walk(get_resolver().url_patterns):
        if not pattern.startswith(DJANGOS_OWN) and "<" in pattern:
            path = "/" + re.sub(r"<[^>]*>", place, pattern)
            for method in ("GET", "POST"):
                send(method, path)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "TRACE", "X"])
def test_an_odd_method_is_answered(own, administrator, method):
    client = Client()
    client.force_login(administrator)
    send = Sender(client)
    for pattern, _ in walk(get_resolver().url_patterns):
        if not pattern.startswith(DJANGOS_OWN):
            send(method, "/" + re.sub(r"<[^>]*>", "1", pattern))


def test_the_check_would_see_a_page_that_breaks(db, monkeypatch):
    """Negative control: a page that trusts a number."""
    monkeypatch.setattr("wanping_union.web.safe_next", lambda request: int(request.GET["next"]))
    with pytest.raises(ValueError, match="invalid literal"):
        Sender(Client())("GET", "/large/?next=%F0%9F%91%A9")
