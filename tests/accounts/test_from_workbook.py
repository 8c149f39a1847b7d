"""Accounts from a workbook, and their slips, printed once."""

import re
from datetime import date
from uuid import uuid4

import pytest

from members.imports.accounts import ACCOUNTS, Accounts, free
from tests.factories import make_user
from wanping_union.accounts import services
from wanping_union.accounts.models import Grant, User
from wanping_union.audit.models import Act
from wanping_union.errors import NotAllowed
from wanping_union.imports.kinds import Context


@pytest.fixture
def send(administrator):
    """Run rows of (name, user name, union, role). Returns (problems by row, counts)."""

    def run(*rows):
        unions = frozenset(administrator.union_ids(ACCOUNTS.roles))
        loader = Accounts(Context(by=administrator, unions=unions, year=0, today=date(2026, 1, 1)))
        found = []
        for n, (name, username, union, role) in enumerate(rows, 2):
            cells = {"name": name, "username": username, "union": union, "role": role}
            found += [(n, p) for p in loader.take_row(n, cells)]
        found += list(loader.settle())
        return {n: p.sentence for n, p in found}, loader.write()

    return run


def token():
    return {"form_token": str(uuid4())}


def test_a_row_is_a_role_and_one_user_name_is_one_person(send, union, other_union):
    problems, counts = send(
        ("王秀英", "wang", "WP01", "基层工会主席"),
        ("王秀英", "wang", other_union.name, "经办人"),
        ("李敏", "", "WP01", "基层工会经办人"),
    )
    assert problems == {}
    wang = User.objects.get(username="wang")
    assert {(g.role, g.union) for g in wang.grants.all()} == {
        ("unit_chair", union), ("unit_clerk", other_union),
    }  # fmt: skip
    assert not wang.has_usable_password()
    assert User.objects.get(name="李敏").username == "limin"
    assert counts.created == 2


def test_the_same_file_again_changes_nothing(send, union):
    rows = (("王秀英", "wang", "WP01", "基层工会主席"), ("李敏", "", "WP01", "经办人"))
    send(*rows)
    before = User.objects.count(), Grant.objects.count()
    problems, counts = send(*rows)
    assert (problems, counts.unchanged) == ({}, 2)
    assert (User.objects.count(), Grant.objects.count()) == before


def test_each_mistake_is_said_at_its_row(send, union, administrator, chair):
    owner = make_user(username="owner", name="程梓燕", is_superuser=True)
    problems, counts = send(
        ("", "aa1", "WP01", "经办人"),
        ("王秀英", "王", "WP01", "经办人"),
        ("王秀英", "bb1", "XX99", "经办人"),
        ("王秀英", "cc1", "WP01", "国王"),
        ("王秀英", "dd1", "WP01", "区总工会审核员"),
        ("王秀英", "ee1", "FT", "审计员"),
        ("王秀英", "ee1", "FT", "区总工会财务"),
        ("李敏", chair.username, "WP01", "经办人"),
        (owner.name, "owner", "WP01", "经办人"),
        ("张一", "ff1", "WP01", "经办人"),
        ("张二", "ff1", "WP01", "经办人"),
        ("张一", "ff1", "WP01", "经办人"),
    )
    words = ["必须填写", "用户名要以", "没有找到工会", "不在可选", "只能设在", "不能兼任", "不能兼任",
             "已经是程梓燕的", "不归您管", None, "已经是张一的", "重复"]  # fmt: skip
    expected = dict(enumerate(words, 2))
    assert problems.keys() == {n for n, w in expected.items() if w}
    for n, sentence in problems.items():
        assert expected[n] in sentence, n
    assert counts.created == 1


def test_a_user_name_from_pinyin_is_free(db):
    make_user(username="wangxiuying")
    make_user(username="wangxiuying2")
    assert free("王秀英") == "wangxiuying3"
    assert free("于") == "useryu"


def test_slips_are_printed_once_for_all_who_wait(client, administrator, send, union):
    send(("王秀英", "wang", "WP01", "主席"), ("李敏", "limin", "WP01", "经办人"))
    client.force_login(administrator)
    assert "打印密码单（2）" in client.get("/accounts/").content.decode()
    assert "待发密码单" in client.get("/accounts/").content.decode()
    assert "王秀英" in client.get("/accounts/slips/").content.decode()
    sent = token()
    there = client.post("/accounts/slips/", sent)["Location"]
    assert client.post("/accounts/slips/", sent)["Location"] == there
    page = client.get(there)
    assert "no-store" in page["Cache-Control"]
    words = re.findall(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", page.content.decode())
    assert len(words) == 2
    people = User.objects.filter(username__in=["wang", "limin"])
    assert all(any(p.check_password(w) for w in words) for p in people)
    assert all(p.must_change_password and p.first_password_until for p in people)
    again = client.get(there).content.decode()
    assert not [w for w in words if w in again]
    assert "再办一次“重置密码”" in again
    assert client.post("/accounts/slips/", token()).status_code == 422
    assert Act.objects.filter(name="issue_password").count() == 2


def test_only_the_administrator_issues_passwords(officer, union):
    with pytest.raises(NotAllowed):
        services.issue(by=officer)


def test_nobody_signs_in_before_the_slip(client, send, union):
    send(("王秀英", "wang", "WP01", "主席"))
    for typed in ("", "!", "wanping-2016"):
        assert client.post("/login/", {"login": "wang", "password": typed}).status_code == 200


def test_accounts_nobody_used_for_ninety_days_are_listed(client, administrator, chair, outsider):
    User.objects.filter(pk=chair.pk).update(date_joined="2020-01-01T00:00Z")
    client.force_login(administrator)
    page = client.get("/accounts/?state=unused").content.decode()
    assert f">{chair.name}</a>" in page
    assert f">{outsider.name}</a>" not in page
