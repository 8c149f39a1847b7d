"""材料: what is asked for follows from the answers; each is photographed and sent."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from relief import documents
from relief.forms import apply as forms
from relief.models import ReliefCase
from relief.rules import Status
from relief.selectors import writing
from relief.views.writing import asked, crumbs, onward
from relief.views.writing import writing as page
from wanping_union import web
from wanping_union.attachments import services as attachments
from wanping_union.web import Request

HERE = "材料"


@page(HERE)
def papers(request: Request, case: ReliefCase) -> HttpResponse:
    found = writing.papers_of(case)
    context = {
        "case": case,
        "papers": found,
        "left": sum(paper.is_wanted and not paper.files for paper in found),
        "crumbs": crumbs(case, (HERE, "")),
    }
    return render(request, "relief/papers.html", context)


@page(HERE)
def paper(request: Request, case: ReliefCase, code: str) -> HttpResponse:
    """One document: where to get it, what it looks like, and sending it."""
    document = next((one for one in documents.ALL if one.code == code), None)
    if document is None:
        raise Http404(code)
    form = forms.Paper(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST":
        web.attempt(
            form,
            lambda values: attachments.keep(
                case, values["file"], by=request.user, union=case.union, label=document.label
            ),
        )
        if not form.errors:
            messages.success(request, f"已上传：{document.label}。")
            is_mending = case.status == Status.RETURNED
            return onward(request, case, "relief:tasks" if is_mending else "relief:papers")
    back = reverse("relief:papers", args=[case.pk])
    here = next((one for one in writing.papers_of(case) if one.document == document), None)
    return asked(
        request, case, "relief/paper.html", form, (HERE, back), (document.label, ""),
        back=back, document=document, files=here.files if here else [], why=here and here.why,
    )  # fmt: skip
