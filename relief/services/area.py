"""What the area and the levels above do before a decision: visit, review, sign, ask for papers."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Required, TypedDict, Unpack

from django.db import transaction

from relief import documents, rules
from relief.models import CaseReturn, ReliefCase, Visit
from relief.models.papers import Asked
from relief.rules import VisitKind
from relief.services.moving import move, take_up
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.errors import Refused
from wanping_union.steps import Step
from wanping_union.workflow import finish

LABELS = {document.code: document.label for document in documents.ALL}


class VisitFacts(TypedDict, total=False):
    """What is told of a visit. people: how many went; seen: with own eyes; told: by others."""

    on: Required[date]
    place: Required[str]
    people: Required[int]
    who: str
    place_words: str
    seen: str
    told: str
    gift: str


@transaction.atomic
def visit(case: ReliefCase, *, by: User, **facts: Unpack[VisitFacts]) -> None:
    """Raises NotAllowed, OutOfTurn, and Refused for a day to come."""
    case = take_up(rules.VISIT, case, by=by)
    add_visit(case, VisitKind.VERIFY, by=by, **facts)
    move(rules.VISIT, case, by=by)


def add_visit(case: ReliefCase, kind: VisitKind, *, by: User, **facts: Unpack[VisitFacts]) -> Visit:
    """Raises Refused for a day to come, or nobody."""
    if facts["on"] > clock.today():
        raise Refused("走访日期不能晚于今天。")
    if facts["people"] < 1:
        raise Refused("请写明去了几个人。")
    return Visit.objects.create(case=case, kind=kind, by=by, **facts)


@transaction.atomic
def area_review(case: ReliefCase, *, by: User, note: str = "") -> None:
    """Raises NotAllowed, OutOfTurn, and Refused during the notice or with an open objection."""
    case = take_up(rules.AREA_REVIEW, case, by=by)
    move(rules.AREA_REVIEW, case, by=by, note=note)


@transaction.atomic
def sign(case: ReliefCase, *, by: User, note: str = "") -> None:
    """Raises NotAllowed, OutOfTurn and Refused."""
    case = take_up(rules.SIGN, case, by=by)
    move(rules.SIGN, case, by=by, note=note)


@transaction.atomic
def return_by_area(case: ReliefCase, *, by: User, papers: Sequence[Asked]) -> None:
    """Raises NotAllowed, OutOfTurn, and Refused without a paper."""
    _send_back(rules.RETURN_BY_AREA, case, by=by, papers=papers)


@transaction.atomic
def return_by_chair(case: ReliefCase, *, by: User, papers: Sequence[Asked]) -> None:
    """Raises as return_by_area does."""
    _send_back(rules.RETURN_BY_CHAIR, case, by=by, papers=papers)


@transaction.atomic
def return_by_district(case: ReliefCase, *, by: User, papers: Sequence[Asked]) -> None:
    """Raises as return_by_area does."""
    _send_back(rules.RETURN_BY_DISTRICT, case, by=by, papers=papers)


def _send_back(step: Step, case: ReliefCase, *, by: User, papers: Sequence[Asked]) -> None:
    """Name each paper and why, once for all; the clock stands still meanwhile."""
    case = take_up(step, case, by=by)
    asked = [Asked(document, why.strip()) for document, why in papers if why.strip()]
    if not asked or any(one.document not in LABELS for one in asked):
        raise Refused("请指出哪一份材料要补正，并写明原因。")
    CaseReturn.objects.create(
        case=case,
        papers=json.dumps(asked, ensure_ascii=False),
        stage=case.status,
        by=by,
        on=clock.today(),
    )
    note = "、".join(dict.fromkeys(LABELS[one.document] for one in asked))
    finish(step, case, by=by, returned_from=case.status, note=note)
