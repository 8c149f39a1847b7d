"""Adding a file to a record, looking at it, taking it away."""

from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from wanping_union import web
from wanping_union.attachments import checking, forms, selectors, services, storing
from wanping_union.attachments.holders import Holder, Holders
from wanping_union.attachments.models import Attachment
from wanping_union.audit import log
from wanping_union.errors import Refused
from wanping_union.web import Request


@require_http_methods(["GET", "POST"])
@web.once
def add(request: Request, holders: Holders, kind: str, key: int) -> HttpResponse:
    holder, record = _record_or_404(request, holders, kind, key)
    union = holder.union(record)
    web.check_role(request, holder.keepers, union)
    _note(request, record)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = forms.Add(*posted, labels=holder.labels)
    kept: list[Attachment] = []
    if posted:
        web.attempt(
            form,
            lambda values: kept.append(
                services.keep(
                    record, values["file"], by=request.user, union=union, label=values["label"]
                )
            ),
        )
    if kept:
        messages.success(request, f"已上传：{kept[0].label}。")
        twins = selectors.twins(kept[0], request.user, holders)
        return redirect(kept[0] if twins else record)
    context = {"form": form, "record": record, "crumbs": _crumbs(record, "上传附件")}
    return render(request, "attachments/add.html", context, status=422 if form.errors else 200)


def _record_or_404(request: Request, holders: Holders, kind: str, key: int) -> tuple[Holder, Any]:
    """The record, of those the person may see."""
    if kind not in holders:
        raise Http404(kind)
    holder = holders[kind]
    record: Model = get_object_or_404(holder.visible_to(request.user), pk=key)
    return holder, record


def _found(request: Request, holders: Holders, pk: int) -> tuple[Attachment, Holder, Any]:
    """Raises Http404 where the record is not the person's to see, NotAllowed where its files are
    not.
    """
    rows = Attachment.objects.there().select_related("by", "union")
    attachment = get_object_or_404(rows, pk=pk)
    holder, record = _record_or_404(request, holders, attachment.kind, attachment.key)
    web.check_role(request, holder.viewers, holder.union(record))
    return attachment, holder, record


def _note(request: Request, record: Model) -> None:
    """The page names whom its file is about."""
    log.look(type(record), [record.pk], by=request.user, page="附件")


def _crumbs(record: Any, here: str) -> list[tuple[str, str]]:
    return [(str(record), record.get_absolute_url()), (here, "")]


@require_GET
@never_cache
def attachment(request: Request, holders: Holders, pk: int) -> HttpResponse:
    """One file with its facts; a picture is shown, which its own view writes down."""
    found, holder, record = _found(request, holders, pk)
    _note(request, record)
    before, after = selectors.beside(found)
    context = {
        "attachment": found,
        "leaf": selectors.leaf(found, request.GET.get("page", "")),
        "record": record,
        "before": before,
        "after": after,
        "may_keep": request.user.may(holder.keepers, holder.union(record)),
        "twins": selectors.twins(found, request.user, holders),
        "crumbs": _crumbs(record, found.label),
    }
    return render(request, "attachments/attachment.html", context)


@require_GET
def file(request: Request, holders: Holders, pk: int) -> HttpResponse:
    """The content: a picture in the page, anything else as a download."""
    found, holder, _ = _found(request, holders, pk)
    content = services.look(found, holder, by=request.user)
    as_file = not found.is_picture or "download" in request.GET
    return _bytes(content, found.mime, found.name, as_file=as_file)


@require_GET
def page(request: Request, holders: Holders, pk: int, number: int) -> HttpResponse:
    """A page of a PDF, drawn for whoever may open the file."""
    found, holder, _ = _found(request, holders, pk)
    if not 1 <= number <= found.pages_shown:
        raise Http404(number)
    content = services.look(found, holder, by=request.user)
    try:
        _, picture = checking.drawn(content, number)
    except Refused as refusal:
        return HttpResponse(str(refusal), status=422, content_type="text/plain; charset=utf-8")
    return _bytes(picture, "image/jpeg", f"{number}.jpg", as_file=False)


@require_GET
def thumbnail(request: Request, holders: Holders, pk: int) -> HttpResponse:
    """Too small to read anything in it, so the look at its record is enough."""
    found, _, _ = _found(request, holders, pk)
    if not found.is_picture:
        raise Http404(pk)
    content = storing.read(found.path + storing.SMALL)
    return _bytes(content, "image/jpeg", "thumbnail.jpg", as_file=False)


def _bytes(content: bytes, mime: str, name: str, *, as_file: bool) -> HttpResponse:
    """Bytes that no browser may guess at, keep, or let act."""
    kind = "attachment" if as_file else "inline"
    headers = {
        "Content-Disposition": content_disposition_header(as_file, name) or kind,
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return HttpResponse(content, content_type=mime, headers=headers)


@require_http_methods(["GET", "POST"])
@web.once
def remove(request: Request, holders: Holders, pk: int) -> HttpResponse:
    found, holder, record = _found(request, holders, pk)
    web.check_role(request, holder.keepers, holder.union(record))
    _note(request, record)
    form = forms.Remove(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        web.attempt(
            form,
            lambda values: services.remove(found, holder, by=request.user, reason=values["reason"]),
        )
        if not form.errors:
            messages.success(request, f"已删除：{found.label}。")
            return redirect(record)
    context = {"form": form, "attachment": found, "crumbs": _crumbs(record, f"删除{found.label}")}
    return render(request, "attachments/remove.html", context, status=422 if form.errors else 200)
