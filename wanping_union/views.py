"""Pages that stand on the whole portal."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from wanping_union import clock, guide, patience, portal, web
from wanping_union.audit.sealing import LEAST_YEARS
from wanping_union.home import A_SCREEN, greeting
from wanping_union.jobs import keeping
from wanping_union.privacy import REGISTER
from wanping_union.reference import services as reference
from wanping_union.retention import LOG_YEARS

OLD_PULSE_SECONDS = 300


@require_GET
def home(request: web.Request) -> HttpResponse:
    due = portal.due_of(request.user)
    context = {
        "today": clock.today(),
        "todo": portal.todo_of(request.user),
        "due": due[:A_SCREEN],
        "due_count": len(due),
        "due_more": len(due[A_SCREEN:]),
        "tiles": portal.tiles_of(request.user),
        "map": portal.map_of(request.user),
        "quick": portal.quick_of(request.user),
        "greeting": greeting(timezone.localtime().hour),
    }
    return render(request, "home.html", context)


@require_GET
def privacy(request: web.Request) -> HttpResponse:
    """The register of personal data, for everybody who works with it."""
    years = max(reference.value(LOG_YEARS, clock.today()) or 0, LEAST_YEARS)
    return render(request, "privacy.html", {"groups": REGISTER, "log_years": f"{years:.0f}"})


@require_GET
def help_page(request: web.Request) -> HttpResponse:
    return render(request, "help.html", {"chapters": guide.chapters(request.user)})


@require_GET
@login_not_required
def healthz(request: HttpRequest) -> JsonResponse:
    """Database, Redis and the age of the last beat, in seconds; 503 when one is missing."""
    database, age = True, None
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        age = keeping.pulse_age(keeping.BEAT)
    except DatabaseError:
        database = False
    redis = patience.is_well()
    ok = database and redis and (age is None or age < OLD_PULSE_SECONDS)
    state = {"database": database, "redis": redis, "beat_age": age and round(age, 1)}
    return JsonResponse({"ok": ok, **state}, status=200 if ok else 503)


@require_GET
@login_not_required
def large(request: HttpRequest) -> HttpResponse:
    """大字版 on or off: a cookie, so that it works without JavaScript and before sign-in."""
    response = redirect(web.safe_next(request))
    on = request.COOKIES.get("large") != "1"
    response.set_cookie(
        "large", "1" if on else "0", max_age=365 * 24 * 3600, samesite="Lax", httponly=True
    )
    return response


def _error(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    context["request_id"] = str(getattr(request, "request_id", ""))[:8]
    return render(request, f"{status}.html", context, status=status)


def bad_request(request: HttpRequest, exception: Any) -> HttpResponse:
    return _error(request, 400)


def forbidden(request: HttpRequest, exception: Any) -> HttpResponse:
    """Says who may, where that is known."""
    return _error(request, 403, who=getattr(exception, "who", ""))


def not_found(request: HttpRequest, exception: Any) -> HttpResponse:
    return _error(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without context processors: they may be what failed."""
    event = str(getattr(request, "request_id", ""))[:8]
    return render(None, "500.html", {"request_id": event}, status=500)
