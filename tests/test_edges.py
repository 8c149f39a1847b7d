"""What comes in at the edge: odd text is refused, full-width digits are read."""

from io import BytesIO

import pytest
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from wanping_union.edges import OddInput
from wanping_union.wsgi import application

SURROGATE = "\ud800"


def taken(request: HttpRequest) -> HttpRequest:
    """The request as views see it. Raises BadRequest."""
    OddInput(lambda inner: HttpResponse())(request)
    return request


@pytest.mark.parametrize("query", ["q=%00", "q=a%00b", "%00=1"])
def test_a_nul_byte_is_a_bad_request(client, chair, query):
    client.force_login(chair)
    assert client.get(f"/members/?{query}").status_code == 400
    assert client.post("/members/search/", {"q": "\0"}).status_code == 400


def test_a_nul_byte_in_a_header_a_cookie_or_a_file_name_is_a_bad_request():
    file = BytesIO(b"x")
    file.name = "a\0.xlsx"
    sent = RequestFactory().post("/", {"file": file})
    sent.FILES["file"]._name = file.name  # a parser that lets it through
    for request in (
        RequestFactory().get("/", headers={"user-agent": "a\0b"}),
        RequestFactory().get("/", headers={"cookie": 'a="\\000b"'}),
        sent,
    ):
        with pytest.raises(BadRequest):
            taken(request)


def test_half_a_sign_is_a_bad_request(rf):
    request = rf.post("/")
    request.POST = request.POST.copy()
    request.POST["q"] = SURROGATE
    with pytest.raises(BadRequest):
        taken(request)


@pytest.mark.parametrize("codec", ["unicode_escape", "gbk", "utf-7", "hex", "zlib", "idna"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_form_in_another_encoding_is_a_bad_request(db, method, codec):
    body = b'--b\r\nContent-Disposition: form-data; name="q"\r\n\r\n\\ud800\r\n--b--\r\n'
    environ = RequestFactory()._base_environ(
        REQUEST_METHOD=method,
        QUERY_STRING="q=" + "a" * 99,
        CONTENT_TYPE=f"multipart/form-data; boundary=b; charset={codec}",
        CONTENT_LENGTH=str(len(body)),
        **{"wsgi.input": BytesIO(body)},
    )
    told: list[str] = []
    list(application(environ, lambda status, headers: told.append(status)))
    assert told == ["400 Bad Request"]


def test_a_form_that_breaks_off_is_a_bad_request(client, db):
    class Broken(BytesIO):
        def read(self, *_: int) -> bytes:
            raise OSError("reset by peer")

    answer = client.request(
        **{
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/login/",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": "5",
            "wsgi.input": Broken(),
        }
    )
    assert answer.status_code == 400


def test_full_width_digits_become_plain_ones_and_nothing_else_changes(rf):
    request = taken(rf.post("/?page=１２", {"n": ["１２３", "ＷＰ０１，（甲）。"], "x": "1"}))
    assert request.GET["page"] == "12"
    assert request.POST.getlist("n") == ["123", "ＷＰ01，（甲）。"]
    assert request.POST["x"] == "1"


@pytest.mark.parametrize("name", ["password", "oldpassword", "password1"])
def test_a_password_stays_as_it_was_typed(rf, name):
    assert taken(rf.post("/", {name: "秘密１２３"})).POST[name] == "秘密１２３"


def test_a_form_stays_immutable(rf):
    with pytest.raises(AttributeError):
        taken(rf.post("/", {"n": "１"})).POST["n"] = "2"


def test_a_page_number_typed_with_an_input_method_is_understood(client, chair):
    client.force_login(chair)
    assert client.get("/members/imports/?page=１").status_code == 200


def test_internet_explorer_is_told_what_to_do(client, db):
    response = client.get("/login/", headers={"User-Agent": "Mozilla/5.0 (Trident/7.0; rv:11.0)"})
    assert "浏览器" in response.content.decode()
