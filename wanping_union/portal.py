"""The one place that knows every app: explicit tuples of what the apps offer."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from functools import cache, lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

import members.exports
import members.home
import members.imports
import members.papers
import members.report
import members.rights
import relief.home
import relief.papers
import relief.report
import relief.rights
from members.models import Enterprise, Membership, Person
from relief.models import Household, ReliefCase
from relief.selectors import paying
from wanping_union import clock
from wanping_union.accounts.models import Union, User
from wanping_union.attachments import services as attachments
from wanping_union.attachments.holders import Holder
from wanping_union.audit import log as audit
from wanping_union.audit import sealing
from wanping_union.exports import core
from wanping_union.exports import services as exporting
from wanping_union.exports.kinds import Export
from wanping_union.home import Tile, ToDo
from wanping_union.imports import engine
from wanping_union.imports import services as imports
from wanping_union.imports.kinds import Kind
from wanping_union.indicators import Indicator, Section
from wanping_union.jobs import keeping
from wanping_union.jobs import selectors as jobs
from wanping_union.jobs.keeping import Chore
from wanping_union.jobs.worker import Handler, Run
from wanping_union.reference import services as reference
from wanping_union.reports import monthly
from wanping_union.reports.selectors import month_before
from wanping_union.retention import LOG_YEARS
from wanping_union.rights import proofs, retention
from wanping_union.rights import selectors as rights
from wanping_union.rights.registry import Offers
from wanping_union.roles import (
    ENTER_RELIEF,
    EVERYONE,
    HELP_ACCOUNTS,
    IMPORT,
    KEEP_JOBS,
    KEEP_PEOPLE,
    PAY_RELIEF,
    SEE_AUDIT,
    SEE_FIGURES,
    SEE_GRID,
    SEE_PEOPLE,
    SEE_REFERENCE,
    SEE_RELIEF,
    SEE_RIGHTS,
    WATCH_FUNDS,
    Role,
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in members.imports.KINDS}
SECTIONS: tuple[Section, ...] = (members.report.SECTION, relief.report.SECTION)
INDICATORS: Mapping[str, Indicator] = {i.code: i for s in SECTIONS for i in s.indicators}
# What an act in the audit may lead to: the records of a kind that a person may open.
RECORD_LINKS: Mapping[str, Callable[[User], QuerySet[Any]]] = {
    "members.person": Person.objects.visible_to,
    "members.membership": lambda user: Membership.objects.visible_to(user).select_related("person"),
    "members.enterprise": Enterprise.objects.visible_to,
    "relief.reliefcase": ReliefCase.objects.visible_to,
    "relief.household": Household.objects.visible_to,
}
EXPORTS: Mapping[str, Export] = {
    export.name: export
    for export in (*members.exports.EXPORTS, *core.exports(INDICATORS, RECORD_LINKS))
}


def _check(run: Run) -> None:
    engine.check(run, KINDS)


def _load(run: Run) -> None:
    engine.load(run, KINDS)


def _undo(run: Run) -> None:
    engine.undo(run, KINDS)


def _export(run: Run) -> None:
    exporting.build(run, EXPORTS)


def _housekeeping(run: Run) -> None:
    """Drop what is past its time: uploaded files, form tokens, sessions, logs. Seal the latest."""
    keeping.purge()
    imports.purge()
    exporting.purge()
    attachments.sweep()
    _end_logs()
    sealing.seal(whole=True)


def _end_logs() -> None:
    years = reference.value(LOG_YEARS, clock.today())
    if years is None:
        return  # nobody said how long: nothing goes
    if gone := sealing.end(int(years)):
        audit.write("end_logs", "清除到期的改动和查看记录", by=None, note=f"{gone:,} 行")


def _monthly_reports(run: Run) -> None:
    queue_monthly_reports()


def _find_past_time(run: Run) -> None:
    run.result = {"lines": retention.find(RIGHTS)}


def _erase_past_time(run: Run) -> None:
    retention.erase(run, RIGHTS)


def _failed_jobs(user: User) -> list[ToDo]:
    return jobs.todo(user, JOB_WORDS)


JOBS: Mapping[str, Handler] = {
    engine.CHECK: _check,
    engine.LOAD: _load,
    engine.UNDO: _undo,
    monthly.BUILD: monthly.building(SECTIONS),
    exporting.BUILD: _export,
    "monthly_reports": _monthly_reports,
    "housekeeping": _housekeeping,
    "retention_find": _find_past_time,
    retention.ERASE: _erase_past_time,
}
JOB_WORDS: Mapping[str, str] = {
    engine.CHECK: "检查导入的表格",
    engine.LOAD: "导入表格",
    engine.UNDO: "撤销导入",
    monthly.BUILD: "生成月报",
    exporting.BUILD: "导出名单",
    "monthly_reports": "安排上月月报",
    "housekeeping": "清理过期数据",
    "retention_find": "查找到期的个人信息",
    retention.ERASE: "按清单删除到期的个人信息",
}
# What the clock asks for once a day; a day that was missed is caught up.
CHORES = (
    Chore("monthly_reports", time(1, 30)),
    Chore("housekeeping", time(3, 10)),
    Chore("retention_find", time(3, 40)),
)
HOLDERS: Mapping[str, Holder] = {
    holder.name: holder for holder in (members.papers.PERSON, relief.papers.CASE)
}
TO_DO = (
    relief.home.advancing,
    relief.home.reviewing,
    relief.home.chasing,
    relief.home.todo,
    relief.home.keeping,
    paying.todo,
    members.home.todo,
    rights.lists_to_approve,
    _failed_jobs,
)
DUE = (relief.home.due, members.home.due, rights.due)
TILES = (members.home.tiles,)
MAP = members.home.grid
RIGHTS = Offers(
    find=members.rights.find,
    restricted=members.rights.restricted,
    untold=members.rights.untold,
    restrict=members.rights.restrict,
    lift=members.rights.lift,
    forget_card=members.rights.forget_card,
    look=members.rights.look,
    copies=(members.rights.copy_of, relief.rights.copy_of, rights.copy_of),
    holds=(members.rights.hold, relief.rights.hold),
    erase=(members.rights.erase,),
    expiring=(members.rights.PEOPLE, relief.rights.FILES, *proofs.EXPIRING),
)


def todo_of(user: User) -> list[ToDo]:
    """What this person must do today."""
    return [item for offer in TO_DO for item in offer(user)]


def due_of(user: User) -> list[ToDo]:
    """What is due soon, nearest first."""
    items = [item for offer in DUE for item in offer(user)]
    return sorted(items, key=lambda item: item.days_left or 0)


def tiles_of(user: User) -> list[Tile]:
    return [tile for offer in TILES for tile in offer(user)]


def map_of(user: User) -> list[dict[str, Any]]:
    """Tiles of the grid, for those who look after several unions."""
    return MAP(user)


def queue_monthly_reports() -> None:
    """Queue last month's workbook for every union that is valid today."""
    month = month_before(clock.today())
    for union in Union.objects.valid_at(clock.today()).order_by("path"):
        monthly.request_quietly(union, month)


@dataclass(frozen=True)
class Item:
    label: str
    url: str
    icon: str
    current: bool


class Choice(NamedTuple):
    """A union that the chip offers."""

    pk: int
    name: str
    current: bool


@dataclass(frozen=True)
class Shell:
    """What every signed-in page shows around its content: texts alone, for what is drawn from it
    is found again by it."""

    nav: str = ""  # drawn
    tabs: str = ""  # drawn: the bottom bar of a phone
    unions: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()  # of the chip, for who has several
    user_name: str = ""
    role_words: str = ""
    union_name: str = ""
    find_url: str = ""
    portal_name: str = settings.PORTAL_NAME
    demo: bool = settings.DEMO
    large: bool = False


@cache
def address(name: str) -> str:
    """Of a page of the portal; every page asks for all of them."""
    return reverse(name)


class Entry(NamedTuple):
    label: str
    name: str  # of its URL
    icon: str
    roles: tuple[Role, ...]
    is_tab: bool = False  # stands in the bottom bar of a phone
    folders: tuple[str, ...] = ()  # where else its pages lie

    def item(self, current: bool = False) -> Item:
        return Item(self.label, address(self.name), self.icon, current)


NAV: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("", (Entry("工作台", "home", "home", EVERYONE, True),)),
    (
        "建会与会员",
        (
            Entry("会员名册", "members:people", "people", SEE_PEOPLE, True),
            Entry("工会网格", "members:grid", "grid", SEE_GRID, True, ("/members/unions/",)),
            Entry("企业台账", "members:enterprises", "building", SEE_PEOPLE),
            Entry("导入表格", "imports:batches", "upload", IMPORT),
        ),
    ),
    (
        "帮扶",
        (
            Entry("困难帮扶", "relief:cases", "heart", SEE_RELIEF, True),
            Entry("困难职工档案", "relief:files", "list", SEE_RELIEF),
            Entry("救助拨付", "relief:money", "card", PAY_RELIEF, True),
            Entry("救助拨付", "relief:money", "card", WATCH_FUNDS),  # whose bar is full
        ),
    ),
    ("统计", (Entry("统计与月报", "reports:reports", "chart", SEE_FIGURES),)),
    (
        "管理",
        (
            Entry("账号", "accounts:users", "key", HELP_ACCOUNTS),
            Entry("个人信息权利", "rights:home", "shield", SEE_RIGHTS),
            Entry("后台任务", "jobs:jobs", "clock", KEEP_JOBS),
            Entry("参考数据", "reference:values", "list", SEE_REFERENCE),
            Entry("操作日志", "audit:acts", "history", SEE_AUDIT),
        ),
    ),
    (
        "",
        (
            Entry("导出记录", "exports:files", "download", EVERYONE),
            Entry("使用帮助", "help", "help", EVERYONE),
            Entry("我的", "accounts:me", "user", EVERYONE, True),
        ),
    ),
)


QUICK = (
    Entry("登记会员", "members:register", "plus", KEEP_PEOPLE),
    Entry("申请救助", "relief:new", "heart", ENTER_RELIEF),
    Entry("导入表格", "imports:batches", "upload", IMPORT),
    Entry("查人", "members:search", "search", SEE_PEOPLE),
)


def quick_of(user: User) -> list[Item]:
    """What is done most often, one tap from the home page."""
    return [entry.item() for entry in QUICK if user.may(entry.roles)]


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: navigation by role, and the two switches."""
    large = request.COOKIES.get("large") == "1"
    user = getattr(request, "user", None)  # none yet where a middleware answered
    if not isinstance(user, User) or user.must_change_password:
        return {"shell": Shell(large=large)}
    roles = frozenset(grant.role for grant in user.held)
    entries = [entry for _, entries in _offered(roles) for entry in entries]
    nav, tabs = _navigation(roles, _nearest(request.path, entries))
    unions = {grant.union_id: grant.union.name for grant in user.held}
    choices = {
        grant.union_id: Choice(grant.union_id, grant.union.name, grant.union_id in unions)
        for grant in user.granted
    }
    return {
        "shell": Shell(
            nav=nav,
            tabs=tabs,
            unions=tuple(unions.values()),
            choices=tuple(choices.values()) if len(choices) > 1 else (),
            user_name=str(user),
            role_words="、".join(dict.fromkeys(g.get_role_display() for g in user.held)),
            union_name=next(iter(unions.values()), ""),
            find_url=address("members:search") if user.may(SEE_PEOPLE) else "",
            large=large,
        )
    }


@lru_cache(maxsize=64)
def _offered(roles: frozenset[str]) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
    """The groups of NAV that are open to somebody with these roles."""
    groups = ((heading, _once(e for e in rows if roles & set(e.roles))) for heading, rows in NAV)
    return tuple((heading, entries) for heading, entries in groups if entries)


def _once(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """For who has both roles of an entry that stands there twice, the first of them."""
    found: dict[str, Entry] = {}
    for entry in entries:
        found.setdefault(entry.name, entry)
    return tuple(found.values())


@lru_cache(maxsize=1024)
def _navigation(roles: frozenset[str], here: Entry | None) -> tuple[str, str]:
    """The main menu and the bottom bar, drawn once for all who hold these roles."""
    groups = [
        (heading, [e.item(e is here) for e in entries]) for heading, entries in _offered(roles)
    ]
    tabs = [e.item(e is here) for _, entries in _offered(roles) for e in entries if e.is_tab]
    nav = render_to_string("_parts/nav.html", {"groups": groups}) if groups else ""
    return nav, render_to_string("_parts/tabs.html", {"tabs": tabs}) if tabs else ""


def _nearest(path: str, entries: list[Entry]) -> Entry | None:
    """The entry under whose address this page lies; /members/grid/ lies under /members/ too."""
    under = [
        (len(folder), n)
        for n, entry in enumerate(entries)
        for folder in (address(entry.name), *entry.folders)
        if (path.startswith(folder) if folder != "/" else path == folder)
    ]
    return entries[max(under)[1]] if under else None
