"""What the home page says about members: to do, due soon, how my union stands."""

from typing import Any

from django.urls import reverse

from members import report
from members.selectors import paging, people, unions
from wanping_union import clock
from wanping_union.accounts.models import Union, User
from wanping_union.home import Tile, ToDo
from wanping_union.indicators import Period
from wanping_union.roles import AREA, KEEP_PEOPLE, SEE_FIGURES, UNIT, Role

TILES = ("member_count", "member_count_women", "enterprise_count", "employee_count")
SEE_MAP = (*AREA, Role.DISTRICT_REVIEWER, Role.ADMINISTRATOR, Role.AUDITOR)


def todo(user: User) -> list[ToDo]:
    """What is missing in the register, by what is missing."""
    ids = user.union_ids(KEEP_PEOPLE)
    if not ids:
        return []
    january = clock.today().replace(month=1, day=1)
    lacking = people.missing(ids, january)
    page = f"{reverse('members:people')}?status=active&missing="
    found = (
        (lacking.route, "名今年的新会员没有入会途径", f"{page}route&joined_from={january}"),
        (lacking.mobile, "名会员没有手机号码", f"{page}mobile"),
        (lacking.card, "名会员没有京卡卡号", f"{page}card"),
    )
    return [
        ToDo(f"{paging.words(count)} {words}", "打开名单，逐个补上或用表格导入", url)
        for count, words, url in found
        if count
    ]


def due(user: User) -> list[ToDo]:
    """Committees to be elected anew. Basis: 北京市实施《工会法》办法 Art. 13."""
    mine = unions.unions_for(user, (*UNIT, *AREA, Role.DISTRICT_REVIEWER))
    return [
        ToDo(
            f"{union.name}换届",
            f"本届任期到 {term.ends_on}",
            reverse("members:union", args=[union.code]),
            term.days_left,
        )
        for union, term in unions.ending_terms(mine, clock.today())
    ]


def tiles(user: User) -> list[Tile]:
    """The figures of the report as of today, each linked to the page of its rows."""
    union = _first_union(user)
    if union is None:
        return []
    today = clock.today()
    period = Period(today.replace(month=1, day=1), today)
    query = f"?union={union.code}&from={period.start}&to={period.end}"
    found = [report.SECTION.find(code) for code in TILES]
    now = unions.figures_below(user, union, today)
    figures = (now.members, now.women, now.enterprises, now.staff)
    return [
        Tile(
            indicator.name.removeprefix("其中："),
            f"{figure:,}",
            indicator.unit,
            reverse("reports:figure", args=[indicator.code]) + query,
        )
        for indicator, figure in zip(found, figures, strict=True)
    ]


def _first_union(user: User) -> Union | None:
    wanted = set(SEE_FIGURES)
    return next((grant.union for grant in user.held if grant.role in wanted), None)


def grid(user: User) -> list[dict[str, Any]]:
    """The tile map, for those who look after more than one union."""
    if not user.may(SEE_MAP):
        return []
    return unions.map_tiles(unions.grid(user, clock.today()))
