"""The portal's pages and one more: a form that queues the drill's own job."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.http import require_POST

from tests.drill.jobs import KIND
from wanping_union import web
from wanping_union.jobs import services
from wanping_union.urls import handler400, handler403, handler404, handler500
from wanping_union.urls import urlpatterns as portals

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


@require_POST
@web.once
def enqueue(request: web.Request) -> HttpResponse:
    args = {"key": request.POST["key"], "seconds": float(request.POST["seconds"])}
    services.enqueue(KIND, args, by=request.user)
    return redirect("/")


urlpatterns = [*portals, path("drill/", enqueue)]
