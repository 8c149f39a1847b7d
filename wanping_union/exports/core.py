"""Lists of the core as workbooks: the audit, accounts, reference values, rows of a figure."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from django.utils import timezone

from wanping_union import clock
from wanping_union.accounts import forms as account_forms
from wanping_union.accounts import services as accounts
from wanping_union.accounts.models import Union, User
from wanping_union.audit import forms as audit_forms
from wanping_union.audit import reading
from wanping_union.audit import selectors as audit
from wanping_union.exports.kinds import DATE, NUMBER, Column, Export, Found, Query, Row
from wanping_union.indicators import Indicator, Period
from wanping_union.reference import selectors as reference
from wanping_union.reference.models import ReferenceValue
from wanping_union.reports.forms import ChoosePeriod
from wanping_union.roles import (
    KEEP_ACCOUNTS,
    READ_LOGS,
    SEE_AUDIT,
    SEE_FIGURES,
    SEE_PEOPLE,
    SEE_REFERENCE,
)

CHUNK = 1_000  # rows fetched at a time

ACTS = (
    Column("时间", 20),
    Column("业务日期", 12, DATE),
    Column("事项", 22),
    Column("对象", 24),
    Column("操作人", 12),
    Column("途径", 10),
    Column("说明", 40),
    Column("变更", 50),
)


def _acts(user: User, query: Query) -> Found:
    seen = audit.acts_for(user)
    form = audit_forms.Filters(
        dict(query), kinds=audit.kinds(user), people=list(audit.people(user))
    )
    form.is_valid()
    rows = audit.narrowed(seen, **form.cleaned_data)

    def lines(clear: bool) -> Iterator[Row]:
        for act in rows.order_by("-at", "-pk").iterator(chunk_size=CHUNK):
            changes = audit.lines([act], user, {})[0].changes
            yield (
                act.pk, _moment(act.at), act.on, act.label, act.record_words, act.by_name,
                act.get_channel_display(), act.note,
                "；".join(f"{field}：{before} → {after}" for field, before, after in changes),
            )  # fmt: skip

    return Found(ACTS, rows.order_by().count, lines, _conditions(form))


CHANGES = (
    Column("时间", 20),
    Column("数据", 14),
    Column("编号", 12),
    Column("变动", 8),
    Column("操作人", 14),
    Column("内容", 80),
)


def _changes(links: audit.Links) -> Any:
    """The change log as its page shows it: what is encrypted stays so."""

    def find(user: User, query: Query) -> Found | None:
        if not reading.may_read(user):
            return None
        people = list(audit.people(user))
        form = audit_forms.ChangeFilters(dict(query), people=people, tables=reading.table_words())
        form.is_valid()
        rows = reading.changes(**form.cleaned_data)

        def lines(clear: bool) -> Iterator[Row]:
            newest_first = rows.order_by("-at", "-pk").iterator(chunk_size=CHUNK)
            for some in iter(lambda: list(islice(newest_first, CHUNK)), []):
                yield from map(_change_line, reading.lines(some, user, {}))

        return Found(
            CHANGES, rows.order_by().count, lines, _conditions(form),
            named=lambda: reading.named(rows, links),
        )  # fmt: skip

    return find


def _change_line(line: reading.Line) -> Row:
    change = line.change
    who = line.who if change.request_id else f"{change.db_user}，不是从本系统改的"
    cells = (
        f"{cell.field}：{cell.before} → {cell.after}" if cell.after else
        f"{cell.field}：{cell.before}"
        for cell in line.cells
    )  # fmt: skip
    return (
        change.pk, _moment(change.at), line.what, change.key, change.get_op_display(), who,
        "；".join(cells),
    )  # fmt: skip


LOOKS = (
    Column("时间", 20),
    Column("查看人", 14),
    Column("途径", 10),
    Column("页面", 20),
    Column("看了什么", 12),
    Column("编号", 40),
    Column("完整号码", 24),
    Column("事由", 40),
)


def _looks(user: User, query: Query) -> Found | None:
    if not reading.may_read(user):
        return None
    form = audit_forms.LookFilters(dict(query), people=list(audit.people(user)))
    form.is_valid()
    rows = reading.looks(**form.cleaned_data)

    def lines(clear: bool) -> Iterator[Row]:
        for look in rows.order_by("-at", "-pk").iterator(chunk_size=CHUNK):
            yield (
                look.pk, _moment(look.at), look.by_name, look.get_channel_display(), look.page,
                reading.seen_words(look), "、".join(map(str, look.ids)), "、".join(look.fields),
                look.reason,
            )  # fmt: skip

    return Found(LOOKS, rows.order_by().count, lines, _conditions(form))


def _moment(at: Any) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""


def _conditions(form: Any) -> list[str]:
    """The filters in use, as "label：choice"."""
    words = []
    for name, value in form.cleaned_data.items():
        if value and (label := form.fields[name].label):
            choices = dict(getattr(form.fields[name], "choices", ()))
            words.append(f"{label}：{choices.get(form.data[name], value)}")
    return words


ACCOUNTS = (
    Column("姓名", 12),
    Column("用户名", 18),
    Column("角色和工会", 50),
    Column("状态", 10),
    Column("上次登录", 20),
    Column("开通时间", 20),
)


def _accounts(user: User, query: Query) -> Found:
    unions = {str(u.pk): u for u in Union.objects.reached_by(user, KEEP_ACCOUNTS)}
    form = account_forms.Filters(dict(query), unions=unions)
    chosen = form.cleaned_data if form.is_valid() else {}
    rows = accounts.found(
        user,
        union=unions.get(chosen.get("union", "")),
        role=chosen.get("role", ""),
        state=chosen.get("state", ""),
    )

    def lines(clear: bool) -> Iterator[Row]:
        for account in rows.iterator(chunk_size=CHUNK):
            grants = [f"{g.get_role_display()}（{g.union}）" for g in account.grants.all()]
            state = "正常" if account.is_active else "已停用"
            yield (
                account.pk, account.name, account.username, "；".join(grants), state,
                _moment(account.last_login), _moment(account.date_joined),
            )  # fmt: skip

    return Found(ACCOUNTS, rows.order_by().count, lines, _conditions(form))


REFERENCE = (
    Column("名称", 28),
    Column("代码", 28),
    Column("数值", 14, NUMBER),
    Column("文字", 30),
    Column("单位", 10),
    Column("有效期起", 12, DATE),
    Column("有效期止", 12, DATE),
    Column("来源", 50),
    Column("可信程度", 12),
    Column("备注", 40),
)


def _reference(user: User, query: Query) -> Found:
    """The keys that the page shows, each with all its rows."""
    groups = reference.groups(
        clock.today(),
        text=query.get("text", "").strip(),
        state=query.get("state", ""),
        unverified=bool(query.get("unverified")),
    )
    rows = [row for _, of_group in groups for line in of_group for row in line.rows]
    return Found(REFERENCE, lambda: len(rows), lambda clear: map(_reference_line, rows))


def _reference_line(row: ReferenceValue) -> Row:
    return (
        row.pk, row.label, row.key, row.value, row.text, row.unit, row.valid_from, row.valid_to,
        row.source, row.get_confidence_display(), row.note,
    )  # fmt: skip


def _figures(indicators: Mapping[str, Indicator]) -> Any:
    """Rows of one figure. query: its code, and union, from and to as on its page."""

    def find(user: User, query: Query) -> Found | None:
        indicator = indicators.get(query.get("code", ""))
        reached = Union.objects.reached_by(user, SEE_FIGURES)
        union = reached.filter(code=query.get("union", "")).first()
        if indicator is None or union is None:
            return None
        form = ChoosePeriod([union], dict(query))
        if (indicator.person and not user.may(SEE_PEOPLE, union)) or not form.is_valid():
            return None
        period = Period(form.cleaned_data["start"], form.cleaned_data["end"])
        rows = indicator.rows(union, period)

        def lines(clear: bool) -> Iterator[Row]:
            for row in rows.order_by("pk").iterator(chunk_size=CHUNK):
                yield (row.pk, *(column.show(row) for column in indicator.columns))

        columns = [
            Column(column.label, 18, NUMBER if column.is_number else "text")
            for column in indicator.columns
        ]
        words = [indicator.short, str(union), f"{period.start} 至 {period.end}"]
        people = rows.model if indicator.person else None
        return Found(columns, rows.order_by().count, lines, words, people)

    return find


def exports(indicators: Mapping[str, Indicator], links: audit.Links) -> tuple[Export, ...]:
    return (
        Export("acts", "操作日志", "条", SEE_AUDIT, "audit:acts", _acts),
        Export("changes", "改动记录", "条", READ_LOGS, "audit:changes", _changes(links)),
        Export("looks", "查看记录", "条", READ_LOGS, "audit:looks", _looks),
        Export("accounts", "账号名单", "个账号", KEEP_ACCOUNTS, "accounts:users", _accounts),
        Export("reference", "参考数据", "行", SEE_REFERENCE, "reference:values", _reference),
        Export("figure", "指标明细", "行", SEE_FIGURES, "reports:reports", _figures(indicators)),
    )
