"""What the pages of rights share."""

from django.http import Http404
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from wanping_union.accounts.models import Union
from wanping_union.rights.registry import Offers, Subject
from wanping_union.web import Request

ask = require_http_methods(["GET", "HEAD", "POST"])
Crumbs = list[tuple[str, str]]


def subject_or_404(request: Request, offers: Offers, pk: int) -> Subject:
    found = offers.find(request.user, pk)
    if found is None:
        raise Http404(pk)
    offers.look([found.pk], by=request.user, page="个人信息权利")
    return found


def union_or_404(unions: list[Union], code: str) -> Union:
    found = next((union for union in unions if union.code == code), None)
    if found is None:
        raise Http404(code)
    return found


def crumbs(*here: tuple[str, str]) -> Crumbs:
    """here: (label, url), the last without url."""
    return [("个人信息权利", reverse("rights:home")), *here]


def crumbs_of(subject: Subject, label: str) -> Crumbs:
    return [("会员名册", "/members/"), (subject.name, subject.url), (label, "")]
