"""Accounts: one row is one role of one person. Passwords come later, on printed slips."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, count
from typing import Any

from django.urls import reverse
from pypinyin import lazy_pinyin

from members.imports.places import Unions
from wanping_union.accounts import services
from wanping_union.accounts.models import Grant, Union, User
from wanping_union.errors import Refused
from wanping_union.imports import cells
from wanping_union.imports.comparing import Beside
from wanping_union.imports.kinds import (
    ByRow,
    Cells,
    Context,
    Counts,
    Field,
    Kind,
    Loader,
    Misfit,
    Part,
    Problem,
    Reads,
    Shown,
    converted,
    counts,
)
from wanping_union.imports.layout import Column
from wanping_union.imports.models import Fate
from wanping_union.imports.reading import Cell
from wanping_union.names import fold
from wanping_union.roles import KEEP_ACCOUNTS, Role

ODD_NAME = "用户名要以小写字母开头，只用小写字母、数字、点和横线，3 到 30 个。"
TAKEN = "用户名“{}”已经是{}的。请换一个；是同一个人的，请把姓名写成一样。"
OTHERS = "用户名“{}”的账号不归您管。请换一个用户名。"
TWICE = "与第 {} 行重复。请删去多余的一行。"
ROLES = {role.label: role for role in Role} | {
    "主席": Role.UNIT_CHAIR, "基层主席": Role.UNIT_CHAIR, "经办人": Role.UNIT_CLERK,
}  # fmt: skip
R = Reads
FIELDS = (
    Field(Column("name", "姓名", ("人员姓名", "使用人"), True), R.NAME, sample="王某某"),
    Field(
        Column("username", "用户名", ("账号", "登录名")), sample="wangmoumou", width=16,
        hint="不填由系统按姓名拼音起；同一个人有几个角色的，几行写同一个用户名。",
    ),
    Field(
        Column("union", "工会代码", ("工会", "所属工会", "工会名称"), True), width=22,
        hint="工会的代码或全称。",
    ),
    Field(
        Column("role", "角色", ("身份", "职务"), True), R.CHOICE, sample=Role.UNIT_CLERK.label,
        choices=tuple(role.label for role in Role), width=18,
    ),
)  # fmt: skip
LABELS = {field.column.key: field.column.label for field in FIELDS}
USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,29}", re.ASCII)


@dataclass(eq=False)
class Record:
    row: int
    name: str
    username: str
    union: Union
    role: Role


class Accounts(ByRow):
    def __init__(self, context: Context) -> None:
        self._by = context.by
        self._comparison = context.comparison
        self._unions = Unions(context.unions)
        self._rows: dict[tuple[Any, ...], int] = {}
        self._names: dict[str, str] = {}  # of people, by user name in this file
        self._records: list[Record] = []

    def take_row(self, row: int, cells_: Cells) -> list[Problem]:
        problems: list[Problem] = []
        values = converted(LABELS, cells_, self._converted, problems)
        if problems:
            return problems
        record = Record(row, **values)
        problems = list(self._misfits(record))
        if not problems:
            self._records.append(record)
        return problems

    def _converted(self, key: str, cell: Cell) -> Any:
        match key:
            case "name":
                return cells.required(cells.name(cell, 40))
            case "union":
                return self._unions.find(cell)
            case "role":
                return cells.required(cells.choice(cell, ROLES))
            case _:
                return username(cell)

    def _misfits(self, record: Record) -> Iterator[Problem]:
        who = record.username or fold(record.name)
        key = (who, record.union.pk, record.role)
        if (first := self._rows.setdefault(key, record.row)) != record.row:
            yield Problem(LABELS["name"], "duplicate_in_file", TWICE.format(first))
        if record.username:
            other = self._names.setdefault(record.username, record.name)
            if other != record.name:
                words = TAKEN.format(record.username, other)
                yield Problem(LABELS["username"], "duplicate_in_file", words)
        try:
            services.check_place(record.role, record.union)
        except Refused as refusal:
            yield Problem(LABELS["role"], "unknown_choice", str(refusal))

    def settle(self) -> Iterator[tuple[int, Problem]]:
        written = [record.username for record in self._records if record.username]
        stored = {user.username: user for user in User.objects.filter(username__in=written)}
        kept = services.accounts_of(self._by) if self._by else User.objects.all()
        mine = set(kept.filter(username__in=written).values_list("username", flat=True))
        roles = self._roles(stored)
        good = []
        for record in self._records:
            known = stored.get(record.username)
            if known and known.username not in mine:
                words = OTHERS.format(record.username)
                yield record.row, Problem(LABELS["username"], "not_your_union", words)
            elif known and known.name != record.name:
                words = TAKEN.format(record.username, known.name)
                yield record.row, Problem(LABELS["username"], "duplicate_in_file", words)
            elif words := services.not_together(roles[self._who(record)]):
                yield record.row, Problem(LABELS["role"], "unknown_choice", words)
            else:
                good.append(record)
        self._records = good

    def _who(self, record: Record) -> object:
        return record.username or record.row

    def _roles(self, stored: Mapping[str, User]) -> dict[object, set[Role]]:
        """All roles of each person, as they would be with this file."""
        roles: dict[object, set[Role]] = defaultdict(set)
        for grant in Grant.objects.own().filter(user__in=stored.values()).select_related("user"):
            roles[grant.user.username].add(Role(grant.role))
        for record in self._records:
            roles[self._who(record)].add(record.role)
        return roles

    def write(self) -> Counts:
        found = []
        for record in self._records:
            fate, account = self._write(record)
            found.append(fate)
            if self._comparison:
                new = fate == Fate.NEW
                beside = Beside(
                    record.row, None if new else account.pk, account.name if new else ""
                )
                self._comparison.add(fate, beside)
        return counts(found)

    def _write(self, record: Record) -> tuple[Fate, User]:
        account = self._known(record)
        fate = Fate.NEW if account is None else Fate.UNCHANGED
        if account is None:
            named = record.username or free(record.name)
            account = services.add_without_password(named, record.name)
        values = {"user": account, "union": record.union, "role": record.role}
        if not Grant.objects.own().filter(**values).exists():
            Grant.objects.create(**values)
            fate = Fate.CHANGED if fate == Fate.UNCHANGED else fate
        return fate, account

    def _known(self, record: Record) -> User | None:
        """By user name; without one, who has that name and that role there already."""
        if record.username:
            return User.objects.filter(username=record.username).first()
        there = Grant.objects.own().filter(union=record.union, role=record.role)
        return User.objects.filter(name=record.name, pk__in=there.values("user")).first()

    def remarks(self) -> list[str]:
        return ["新账号还没有密码：请在“账号”页面给他们打印一次性密码单。"]


def username(cell: Cell) -> str:
    written = cells.text(cell, 40).lower()
    if written and not USERNAME.fullmatch(written):
        raise Misfit("unknown_choice", ODD_NAME)
    return written


def free(name: str) -> str:
    """A user name that nobody has, from the name's pinyin."""
    stem = re.sub(r"[^a-z]", "", "".join(lazy_pinyin(name)).lower())[:24]
    stem = stem if len(stem) > 2 else f"user{stem}"
    taken = set(User.objects.filter(username__startswith=stem).values_list("username", flat=True))
    numbered = (f"{stem}{n}" for n in count(2))
    return next(found for found in chain([stem], numbered) if found not in taken)


def accounts(user: User, ids: Iterable[int]) -> dict[int, Shown]:
    """Those of the accounts that the person keeps, by id."""
    found = services.found(user).filter(pk__in=ids)
    return {
        one.pk: Shown(
            one.name,
            "、".join(dict.fromkeys(str(grant.union) for grant in one.grants.all())),
            reverse("accounts:user", args=[one.pk]),
        )
        for one in found
    }


@contextmanager
def load(context: Context) -> Iterator[Loader]:
    yield Accounts(context)


ACCOUNTS = Kind(
    name="accounts",
    label="账号",
    noun="个账号",
    roles=KEEP_ACCOUNTS,
    fields=FIELDS,
    loader=load,
    list_page="accounts:users",
    shown=accounts,
    parts=(Part(User), Part(Grant, owner="user")),
)
