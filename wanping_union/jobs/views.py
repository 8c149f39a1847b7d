"""The administrator's page of jobs; how far one job is; trying failed ones again."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from wanping_union import web
from wanping_union.audit import log
from wanping_union.jobs import selectors, services
from wanping_union.jobs.models import Job, State
from wanping_union.roles import KEEP_JOBS
from wanping_union.web import Request

Words = Mapping[str, str]  # kind → what it is called
ORDER = (State.FAILED, State.RUNNING, State.QUEUED, State.DONE)


class Filters(forms.Form):
    kind = forms.ChoiceField(label="任务", required=False)
    state = forms.ChoiceField(required=False, choices=State.choices, widget=forms.HiddenInput)

    def __init__(self, *args: Any, words: Words, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [("", "全部"), *words.items()]


@require_GET
@never_cache
@web.for_roles(KEEP_JOBS)
def jobs(request: Request, words: Words) -> HttpResponse:
    seen = selectors.jobs_for(request.user)
    form = Filters(request.GET, words=words)
    form.is_valid()
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    part = selectors.sliced(
        seen.filter(**chosen),
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    context = {
        "form": form,
        "rows": [(job, words.get(job.kind, job.kind)) for job in part.jobs],
        "views": _views(selectors.counts(seen), chosen),
        "failed_kinds": [(k, words.get(k, k), n) for k, n in selectors.failed_kinds(seen)],
        "pager": {
            "words": "新的在前，办完后保留 180 天",
            "prev_url": _url(chosen | {"after": part.newer}) if part.newer else "",
            "next_url": _url(chosen | {"before": part.older}) if part.older else "",
        },
        **_now(request, words),
    }
    return render(request, "jobs/jobs.html", context, status=422 if form.errors else 200)


def _views(counts: Mapping[str, int], chosen: Mapping[str, str]) -> list[dict[str, Any]]:
    """Links by state above the list; the kind chosen stays chosen."""
    kind = {name: value for name, value in chosen.items() if name == "kind"}
    states = [("", "全部"), *((state.value, state.label) for state in ORDER)]
    return [
        {
            "label": label,
            "url": _url(kind | ({"state": state} if state else {})),
            "current": chosen.get("state", "") == state,
            "count": counts.get(state),
        }
        for state, label in states
    ]


def _url(query: Mapping[str, str]) -> str:
    return f"{reverse('jobs:jobs')}?{urlencode(query)}"


@require_GET
@never_cache
@web.for_roles(KEEP_JOBS)
def now(request: Request, words: Words) -> HttpResponse:
    """The part that shows what runs, for polling."""
    return render(request, "jobs/_now.html", _now(request, words))


def _now(request: Request, words: Words) -> dict[str, Any]:
    running = selectors.running(selectors.jobs_for(request.user))
    return {
        "signs": list(selectors.health()),
        "running": [(job, words.get(job.kind, job.kind)) for job in running],
    }


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
def progress(request: Request, pk: str, words: Words) -> HttpResponse:
    """The part for polling, or a page of its own; a page that waits is told to load anew."""
    job = _job_or_404(request, pk)
    if not request.htmx:
        return _show(request, job, words)
    response = render(request, "_parts/progress.html", {"job": progress_of(job)})
    if job.is_over:
        response["HX-Refresh"] = "true"
    return response


def _show(
    request: Request, job: Job, words: Words, refused: forms.Form | None = None
) -> HttpResponse:
    context = {
        "record": job,
        "title": words.get(job.kind, job.kind),
        "crumbs": [("后台任务", reverse("jobs:jobs")), (words.get(job.kind, job.kind), "")],
        "job": progress_of(job),
        "failed": job.state == State.FAILED and not refused,
        "keeps_jobs": request.user.may(KEEP_JOBS),
        "form": refused,
    }
    return render(request, "jobs/job.html", context, status=422 if refused else 200)


@require_POST
@web.once
def retry(request: Request, pk: str, words: Words) -> HttpResponse:
    job = _job_or_404(request, pk)
    form = web.attempt(forms.Form(request.POST), lambda _: services.retry(job))
    if form.errors:
        return _show(request, job, words, form)
    log.write("retry_job", "重试后台任务", by=request.user, record=job, union=job.union)
    messages.success(request, "已重新排队。")
    return redirect(web.safe_next(request, reverse("jobs:progress", args=[job.pk])))


@require_POST
@web.for_roles(KEEP_JOBS)
@web.once
def retry_kind(request: Request, kind: str, words: Words) -> HttpResponse:
    """Try all failed jobs of a kind again, those of them that may be."""
    count = services.retry_all(selectors.jobs_for(request.user).filter(kind=kind))
    note = f"{words.get(kind, kind)} {count} 件"
    log.write("retry_jobs", "重试一类后台任务", by=request.user, note=note)
    messages.success(request, f"已重新排队：{note}。")
    return redirect("jobs:jobs")


def _job_or_404(request: Request, pk: str) -> Job:
    return get_object_or_404(selectors.jobs_for(request.user), pk=pk)
