"""Two reviewers at the same moment, through the pages."""

from functools import partial
from uuid import uuid4

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from relief.rules import Status
from tests.relief.playing import ready_case
from tests.relief.test_races import at_once

ROUNDS = 5  # the services' own races run more


def sent(client: Client, path: str) -> HttpResponse:
    values = {"amount": "1000", "unrelated": "on", "note": "火灾"}
    fields = {f"approve-{name}": value for name, value in values.items()}
    return client.post(path, fields | {"form_token": str(uuid4())})


def test_two_reviewers_press_approve_and_one_of_them_reads_that_it_is_done(committed, cast, fund):
    clients = [Client(), Client()]
    for client, reviewer in zip(clients, (cast.reviewer, cast.reviewer2), strict=True):
        client.force_login(reviewer)
    for _ in range(ROUNDS):
        case = ready_case(fund, cast.union)
        path = reverse("relief:act", args=[case.pk, "approve"])

        answers = at_once(*(partial(sent, client, path) for client in clients))

        assert sorted(answer.status_code for answer in answers) == [302, 422]
        second = next(answer for answer in answers if answer.status_code == 422)
        assert "请刷新页面看看最新情况" in second.content.decode()
        case.refresh_from_db()
        assert case.status == Status.APPROVED
        assert case.payments.count() == 1
