"""What is too large to be read at all."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from wanping_union.imports.reading import FILE_TOO_LARGE

TOO_LARGE = (
    "文件超过 20 MB。请用较低的清晰度扫描（200 dpi 就够），或分成几个文件。"
    "返回上一页，前面选好、填好的内容还在。"
)
AROUND = 1024 * 1024  # bytes of a form beside its file


class BodyLimit:
    """Middleware: answers 413 by the announced length, before anything reads the body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if announced.isdecimal() and int(announced) > settings.IMPORT_MAX_BYTES + AROUND:
            is_table = request.path.startswith("/members/imports/")
            words = {"words": FILE_TOO_LARGE if is_table else TOO_LARGE}
            return render(None, "imports/too_large.html", words, status=413)
        return self.get_response(request)
