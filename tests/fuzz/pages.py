"""Every page of the portal, and the forms that stand on it."""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit
from uuid import uuid4

from django.test import Client
from django.urls import resolve

from tests.factories import id_number
from tests.fuzz.odd import FILES, Fields
from tests.page_table import CASES, NAMED_IN_FORM, Page, address
from tests.sides import Side
from wanping_union.roles import Role

# What a person would fill in, by a part of the field's name; else by its type.
TYPICAL: dict[str, Callable[[], str]] = {
    "id_number": id_number,
    "mobile": lambda: "13812345678",
    "phone": lambda: "13812345678",
    "card": lambda: "6029690012345678",
    "uscc": lambda: "",
    "industry_code": lambda: "",
    "username": lambda: f"u{uuid4().hex[:9]}",
    "password": lambda: "wanping-2016",
    "month": lambda: "2016-12",
    "year": lambda: "2016",
    "value": lambda: "1",
    "as_of": lambda: "",
}
BY_TYPE = {"date": "2016-03-01", "number": "1", "email": "a@example.org", "checkbox": "on"}


class Forms(HTMLParser):
    """Forms of a page: (method, action, fields as a browser would send them, somewhat filled in)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, Fields]] = []
        self.links: list[str] = []
        self._select: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((given.get("method", "get"), given.get("action", ""), []))
        elif tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "select":
            self._select = (given.get("name", ""), [])
        elif tag == "option" and self._select:
            options = self._select[1]
            options.insert(0 if "selected" in given else len(options), given.get("value", ""))
        elif tag in ("input", "textarea", "button") and given.get("name"):
            self._add(given["name"], self._value(tag, given))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            name, options = self._select
            self._add(name, next((option for option in options if option), ""))
            self._select = None

    def _add(self, name: str, value: object) -> None:
        if self.found:
            self.found[-1][2].append((name, value))

    def _value(self, tag: str, given: dict[str, str]) -> object:
        if given.get("type") == "file":
            return FILES[3]
        if given.get("value") or tag == "button":
            return given.get("value", "")
        typical = next((make for part, make in TYPICAL.items() if part in given["name"]), None)
        return typical() if typical else BY_TYPE.get(given.get("type", ""), "测试")


def forms_at(client: Client, path: str) -> list[tuple[str, str, Fields]]:
    """(method, path it goes to, fields)."""
    response = client.get(path)
    if response.status_code != 200 or "html" not in response.headers["Content-Type"]:
        return []
    page = Forms()
    page.feed(response.content.decode())
    return [
        (method, urlsplit(urljoin(path, action)).path, fields)
        for method, action, fields in page.found
    ]


def fields_of(client: Client, name: str, page: Page, own: Side) -> Fields:
    """What the page's own form sends; else what forms of other pages send to it."""
    path = address(name, page, own)
    target = urlsplit(path).path
    here = [
        fields for method, to, fields in forms_at(client, path) if (method, to) == ("post", target)
    ]
    return _joined(here or list(_elsewhere(client, name, own))) or _least(name, own)


def _elsewhere(client: Client, name: str, own: Side) -> Iterator[Fields]:
    for other, _, page in CASES:
        if other != name and not page.post_only and other.split(":")[0] == name.split(":")[0]:
            for method, to, fields in forms_at(client, address(other, page, own)):
                if method == "post" and resolve(to).view_name == name:
                    yield fields


def _joined(forms: list[Fields]) -> Fields:
    return list(dict(field for form in forms for field in form).items())


def _least(name: str, own: Side) -> Fields:
    more = [("union", own.union.code), ("month", "2016-12")] if name in NAMED_IN_FORM else []
    return [("form_token", str(uuid4())), ("note", "测试"), *more]


def parameters_of(client: Client, path: str) -> dict[str, str]:
    """Names that links and filters of the page put behind its address, with a value for each."""
    known = {
        "page": "2",
        "s": "x",
        "next": "/",
        "after": "1",
        "before": "1",
        "q": "王",
        "kind": "x",
    }
    response = client.get(path)
    if response.status_code != 200 or "html" not in response.headers["Content-Type"]:
        return known
    page = Forms()
    page.feed(response.content.decode())
    for method, _, fields in page.found:
        known |= {name: str(value) for name, value in fields if method == "get"}
    for link in page.links:
        known |= dict(parse_qsl(urlsplit(link).query))
    return known


def able(page: Page, own: Side, signed_in: Callable[[Role], Client]) -> Client:
    """Somebody whom the page lets in: who sent the file where nobody else is."""
    roles = page.post_roles or page.roles
    if roles and Role.UNIT_CLERK not in roles:
        return signed_in(roles[0])
    client = Client()
    client.force_login(own.account)
    return client
