"""How far a job is, and trying a failed one again."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from wanping_union import web
from wanping_union.audit import log
from wanping_union.jobs import services
from wanping_union.jobs.models import Job, State
from wanping_union.roles import KEEP_ACCOUNTS
from wanping_union.web import Request


def progress_of(job: Job) -> dict[str, Any]:
    """What _parts/progress.html shows; any page may put it in its context as `job`."""
    words = {State.QUEUED: "正在排队，请稍候", State.FAILED: job.error, State.DONE: "已完成"}
    return {
        "percent": job.percent,
        "words": words.get(State(job.state), job.words or "正在处理"),
        "url": reverse("jobs:progress", args=[job.pk]),
        "done": job.is_over,
    }


@require_GET
@never_cache
def progress(request: Request, pk: str) -> HttpResponse:
    """The part for polling, or a page of its own; a page that waits is told to load anew."""
    job = _job_or_404(request, pk)
    if not request.htmx:
        context = {"record": job, "job": progress_of(job), "failed": job.state == State.FAILED}
        return render(request, "jobs/job.html", context)
    response = render(request, "_parts/progress.html", {"job": progress_of(job)})
    if job.is_over:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@web.once
def retry(request: Request, pk: str) -> HttpResponse:
    job = _job_or_404(request, pk)
    form = web.attempt(forms.Form(request.POST), lambda _: services.retry(job))
    if form.errors:
        context = {"record": job, "job": progress_of(job), "form": form}
        return render(request, "jobs/job.html", context, status=422)
    log.write("retry_job", "重试后台任务", by=request.user, record=job, union=job.union)
    messages.success(request, "已重新排队。")
    return redirect(web.safe_next(request, reverse("jobs:progress", args=[job.pk])))


def _job_or_404(request: Request, pk: str) -> Job:
    """One's own job; an administrator's also those of their unions and of nobody."""
    mine = Q(by=request.user)
    if request.user.may(KEEP_ACCOUNTS):
        mine |= Q(union__in=request.user.union_ids(KEEP_ACCOUNTS)) | Q(by=None, union=None)
    return get_object_or_404(Job.objects.select_related("union", "by").filter(mine), pk=pk)
