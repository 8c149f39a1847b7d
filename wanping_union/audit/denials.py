"""Who was refused a page is written down; the refusal itself takes nothing back."""

from collections.abc import Callable

from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from wanping_union.accounts.models import User
from wanping_union.audit import log


class Denials:
    """Middleware, inside Actor: one act for each page that a signed-in person may not open.

    The page's name, never its address: that may tell more than the log's readers should know.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, PermissionDenied) and isinstance(request.user, User):
            log.write("denied", "无权访问", by=request.user, note=_page(request))


def _page(request: HttpRequest) -> str:
    """后台任务（jobs:jobs）."""
    if (match := request.resolver_match) is None:
        return ""
    area = apps.get_containing_app_config(match.func.__module__)
    return f"{area.verbose_name}（{match.view_name}）" if area else match.view_name
