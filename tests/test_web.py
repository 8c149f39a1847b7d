"""What all views share: the login wall, forms sent twice, stashed searches."""

import re
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import BadRequest
from django.db import connection, transaction
from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.test import RequestFactory

from tests.factories import make_user
from wanping_union import web
from wanping_union.accounts.models import SafeRedo, Union
from wanping_union.audit import log
from wanping_union.audit.models import Act


@web.once
def leave_a_trace(request: web.Request, path: str = "/done/") -> HttpResponse:
    log.write("trace", "留痕", by=request.user)
    return HttpResponseRedirect(path)


@web.once
def refuse(request: web.Request) -> HttpResponse:
    return HttpResponse(status=422)


def post(user, **fields):
    request = RequestFactory().post("/form/", fields)
    request.user = user
    return request


def test_a_form_sent_twice_acts_once_and_shows_the_first_result(db):
    user, token = make_user(), str(uuid4())
    first = leave_a_trace(post(user, form_token=token))
    second = leave_a_trace(post(user, form_token=token), path="/elsewhere/")
    assert (first.url, second.url) == ("/done/", "/done/")
    assert Act.objects.count() == 1


def test_a_record_that_went_while_its_form_waited_is_not_found(db):
    with pytest.raises(Http404):
        web.attempt(Form({}), lambda _: Act.objects.get(pk=1))


def test_a_refused_form_may_be_sent_again(db):
    user, token = make_user(), str(uuid4())
    assert refuse(post(user, form_token=token)).status_code == 422
    assert leave_a_trace(post(user, form_token=token)).url == "/done/"


@pytest.mark.parametrize("fields", [{}, {"form_token": "x"}])
def test_a_form_without_a_token_is_a_bad_request(db, fields):
    with pytest.raises(BadRequest):
        leave_a_trace(post(make_user(), **fields))


def test_somebody_elses_token_is_a_bad_request(db):
    token = str(uuid4())
    leave_a_trace(post(make_user(), form_token=token))
    with pytest.raises(BadRequest):
        leave_a_trace(post(make_user(), form_token=token))


def test_a_double_click_acts_once(committed):
    user, token, start, results = make_user(), str(uuid4()), Barrier(8), []

    def click() -> None:
        start.wait()
        with transaction.atomic():
            results.append(leave_a_trace(post(user, form_token=token)).url)
        connection.close()

    threads = [Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == ["/done/"] * 8
    assert Act.objects.count() == 1
    assert SafeRedo.objects.count() == 1


def test_a_stranger_is_sent_to_the_login_page(client, db):
    assert client.get("/members/").headers["Location"].startswith("/login/?next=/members/")


def test_a_part_of_a_page_asked_by_a_stranger_is_left_for_the_page_to_ask_again(client, db):
    response = client.get(
        "/members/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/members/"}
    )
    assert response.status_code == 401


@pytest.mark.parametrize(
    ("wanted", "led"),
    [
        ("/members/", "/members/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_next_never_leaves_the_site(rf, wanted, led):
    assert web.safe_next(rf.get("/large/", {"next": wanted})) == led


def test_what_is_searched_for_is_sealed_in_the_session(client, chair):
    client.force_login(chair)
    request = RequestFactory().get("/")
    request.session = client.session
    key = web.stash(request, "韩轩娜")
    assert web.unstash(request, key) == "韩轩娜"
    assert "韩轩娜" not in str(dict(request.session))
    assert web.unstash(request, "nothing") == ""
    assert SESSION_KEY in request.session


def test_only_the_newest_searches_are_remembered(client, chair):
    client.force_login(chair)
    request = RequestFactory().get("/")
    request.session = client.session
    keys = [web.stash(request, str(n)) for n in range(web.STASHED + 1)]
    assert web.unstash(request, keys[0]) == ""
    assert web.unstash(request, keys[-1]) == str(web.STASHED)


def test_a_page_that_breaks_takes_back_what_it_wrote(client, chair, monkeypatch, committed):
    client.force_login(chair)
    client.raise_request_exception = False
    monkeypatch.setattr(
        "wanping_union.portal.tiles_of", lambda user: log.write("x", "x", by=user) and 1 / 0
    )
    response = client.get("/")
    assert response.status_code == 500
    assert "Traceback" not in response.content.decode()
    assert "ZeroDivision" not in response.content.decode()
    assert not Act.objects.filter(name="x").exists()


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/", "工作台"),
        ("/members/", "会员名册"),
        ("/members/new/", "会员名册"),
        ("/members/grid/", "工会网格"),
        ("/members/unions/WP01/", "工会网格"),
        ("/members/imports/", "导入表格"),
        ("/relief/", "困难帮扶"),
        ("/me/", "我的"),
    ],
)
def test_the_navigation_marks_one_place_and_the_right_one(client, chair, path, label):
    client.force_login(chair)
    shell = client.get(path).context["shell"]
    marked = re.compile(r'aria-current="page"><svg.*?</svg>(?:<span>)?(.+?)<')
    assert marked.findall(shell.nav) == [label]
    in_bar = label != "导入表格"  # nobody imports a workbook on a phone
    assert marked.findall(shell.tabs) == [label] * in_bar
    assert shell.tabs.count("<a ") == 5


def test_the_bar_is_of_who_asks_and_of_the_page_asked_for(client, chair, union):
    client.force_login(chair)
    token = re.compile(r'name="csrfmiddlewaretoken" value="(\w{64})"')
    first, second = (client.get(path).content.decode() for path in ("/members/?sex=F", "/"))
    for page, here in ((first, "%2Fmembers%2F%3Fsex%3DF"), (second, "%2F")):
        assert f'/large/?next={here}"' in page
        assert len(token.findall(page)) >= 2  # the search and the way out
        assert len(set(token.findall(page))) == 1
    assert token.findall(first)[0] != token.findall(second)[0]
    Union.objects.filter(pk=union.pk).update(name="<新名>工会")
    assert "<span>&lt;新名&gt;工会</span>" in client.get("/").content.decode()


def test_a_refused_page_says_who_may_and_what_to_do(client, chair):
    client.force_login(chair)
    page = client.get("/audit/changes/")
    assert page.status_code == 403
    text = page.content.decode()
    assert "由有关工会的审计员办理，您登录的身份是基层工会主席（晓月苑联合工会）" in text
    assert "请转给有权限的同事办理" in text


NOT_FOR_PEOPLE = ("Redis", "PostgreSQL", "Celery", "verify_audit", "manage.py")


def test_no_page_speaks_of_programs():
    pages = (settings.BASE_DIR / "templates").rglob("*.html")
    shown = {page: re.sub(r"{#.*?#}", "", page.read_text()) for page in pages}
    assert shown
    assert [(p.name, w) for p, text in shown.items() for w in NOT_FOR_PEOPLE if w in text] == []
