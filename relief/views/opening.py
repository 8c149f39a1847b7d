"""What every page about a case begins with."""

from django.shortcuts import get_object_or_404

from members.models import Person
from relief.models import ReliefCase
from relief.selectors.cases import cases_for, may_see_inside
from wanping_union.audit import log
from wanping_union.roles import AREA, DECIDE_RELIEF, UNIT
from wanping_union.web import Request

CRUMB = ("困难帮扶", "/relief/")
INSIDE = ("诊断", "家庭经济状况", "收款账户")  # what pages show of a case, as looks name it
CONCERNED = (*UNIT, *AREA, *DECIDE_RELIEF)  # who may know whom it is about; the auditor may not


def case_or_404(request: Request, pk: int, page: str) -> ReliefCase:
    """The case, noted as seen on this page."""
    found: ReliefCase = get_object_or_404(cases_for(request.user), pk=pk)
    fields = INSIDE if may_see_inside(found, request.user) else ()
    log.look(ReliefCase, [pk], by=request.user, page=page, fields=fields)
    log.look(Person, [found.household.head_id], by=request.user, page=page, fields=fields)
    return found


def crumbs(case: ReliefCase, here: str) -> list[tuple[str, str]]:
    return [CRUMB, (str(case), case.get_absolute_url()), (here, "")]
