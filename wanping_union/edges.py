"""The portal's two edges: what comes in as text, and what headers every answer carries."""

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.request import UnreadablePostError
from django.shortcuts import render

ODD = re.compile("[\0\ud800-\udfff]")
DIGITS = {ord("０") + n: str(n) for n in range(10)}
# What no page here uses. Passkeys and the clipboard's copy button keep their default.
UNUSED = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation",
    "gyroscope", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
HEADERS = {
    "Permissions-Policy": ", ".join(f"{name}=()" for name in UNUSED),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",  # static files carry their own
}
SIGN_OUT = "account_logout"

Answer = Callable[[HttpRequest], HttpResponse]


class Headers:
    """Middleware: headers that Django has no setting for, on every answer and error."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if _signs_out(request, response):
            # Drafts of this person must not wait for the next one at a shared computer.
            response["Clear-Site-Data"] = '"storage"'
        return response


def _signs_out(request: HttpRequest, response: HttpResponse) -> bool:
    """A session that merely ended keeps its drafts: signing in again brings them back."""
    if request.method != "POST" or response.status_code != 302:
        return False
    return request.resolver_match is not None and request.resolver_match.url_name == SIGN_OUT


class TextRequest(WSGIRequest):
    """A request that is made even where it names a codec not for text, for OddInput to refuse."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        with suppress(LookupError, ValueError):
            super()._set_content_type_params(meta)  # type: ignore[misc]  # not in the stubs


class Handler(WSGIHandler):
    request_class = TextRequest


class OddInput:
    """Middleware: text that no keyboard makes is answered 400, and IE is told what to do.

    Full-width digits become plain ones in every field and parameter; nothing else is folded here,
    and nothing in a field named password, which must stay as typed.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "Trident/" in request.headers.get("User-Agent", ""):
            return render(None, "old_browser.html")  # needs no context
        if (request.encoding or "utf-8").lower() != "utf-8":
            request.encoding = "utf-8"  # the page that says so reads the request too
            raise BadRequest("not UTF-8")  # other codecs make signs that PostgreSQL refuses
        try:
            posted, files = request.POST, request.FILES
        except UnreadablePostError:
            raise BadRequest("the connection broke") from None
        names = [file.name or "" for _, sent in files.lists() for file in sent]
        # A cookie writes signs as octal numbers: no proxy sees this NUL.
        around = [request.path, *request.COOKIES.values(), *request.headers.values(), *names]
        if any(map(ODD.search, [*around, *_texts(request.GET), *_texts(posted), *files])):
            raise BadRequest("NUL or lone surrogate")
        request.GET, request.POST = _folded(request.GET), _folded(posted)
        return self.get_response(request)


def _texts(fields: QueryDict) -> list[str]:
    return [text for key, values in fields.lists() for text in (key, *values)]


def _folded(fields: QueryDict) -> Any:
    """The fields, or a copy that is immutable too."""
    if all(map(str.isascii, _texts(fields))):
        return fields
    copy = fields.copy()
    for key, values in fields.lists():
        if "password" not in key:
            copy.setlist(key, [text.translate(DIGITS) for text in values])
    copy._mutable = False
    return copy
