"""A substitute for some days, people from a workbook, a second factor taken away."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.applying import press
from tests.browser.conftest import ROOT, free_port, own_servers, wait_for, web
from tests.browser.entering import enter, set_up_app
from tests.imports.corpus import xlsx

HEAD = ("姓名", "用户名", "工会代码", "角色")
SLIP = re.compile(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}")
EXPORT = "/exports/new/acts/"  # for a chair, not for a clerk


def days_later(days: int) -> None:
    """Let the substitutions have been appointed so many days earlier."""
    with psycopg.connect(own_servers()["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute(
            "update accounts_grant set valid_from = valid_from - %(days)s,"
            " valid_to = valid_to - %(days)s where stands_in_for_id is not null",
            {"days": days},
        )


def appoint(page: Page, first: int, last: int) -> None:
    """The clerk for one's own role, in so many days from today."""
    page.get_by_label("代理人", exact=True).select_option(label="周晓月")
    for label, days in (("开始日期", first), ("结束日期", last)):
        day = timezone.localdate() + timedelta(days=days)
        page.get_by_label(label).fill(day.isoformat())
    with page.expect_navigation():
        press(page, "指定")


def is_chair(page: Page) -> bool:
    answer = page.goto(EXPORT)
    assert answer is not None
    return answer.status == 200


def test_a_substitute_acts_on_the_days_named_and_no_longer(page: Page, sign_in, accessible):
    sign_in("chair")
    page.goto("/me/")
    page.get_by_role("link", name="请假代理").click()
    appoint(page, 2, 1)
    expect(page.get_by_text("结束日期不能早于开始日期").first).to_be_visible()
    accessible()
    appoint(page, 1, 2)
    expect(page.get_by_text("到开始那天自动生效").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("取消.*周晓月"))).to_be_visible()
    accessible()
    plan = page.url

    sign_in("clerk")
    page.goto("/me/")
    expect(page.get_by_text("还没开始")).to_be_visible()
    assert not is_chair(page)
    accessible()
    days_later(1)
    page.goto("/me/")
    expect(page.get_by_text("代程梓燕，到")).to_be_visible()
    accessible()
    assert is_chair(page)
    press(page, "生成文件")
    expect(page.get_by_role("link", name="下载")).to_be_visible(timeout=30_000)
    page.goto("/audit/")
    expect(page.get_by_text("周晓月（代程梓燕）").first).to_be_visible()
    days_later(2)
    assert not is_chair(page)

    sign_in("chair")
    page.goto(plan)
    expect(page.get_by_text("没有安排代理").first).to_be_visible()
    appoint(page, 0, 3)
    sign_in("clerk")
    assert is_chair(page)
    sign_in("chair")
    page.goto(plan)
    page.get_by_role("button", name=re.compile("现在结束.*周晓月")).click()
    expect(page.get_by_text("从现在起不再有效").first).to_be_visible()
    accessible()
    sign_in("clerk")
    assert not is_chair(page)


def test_people_from_a_workbook_come_in_with_slips_that_are_shown_once(
    page: Page, sign_in, accessible, size: str
):
    name, username = {"pc": ("欧阳晓", "ouyangxiao")}.get(size, ("司徒晓", "situxiao"))
    content = xlsx([HEAD, (name, "", "WP02", "经办人"), (f"{name}华", "", "WP03", "经办人")])
    sign_in("admin")
    page.goto("/accounts/")
    page.get_by_role("link", name="从表格导入").click()
    page.get_by_label("账号").check()
    page.set_input_files(
        "input[type=file]",
        {"name": "账号.xlsx", "mimeType": "application/octet-stream", "buffer": content},
    )
    press(page, "上传并检查")
    page.get_by_role("button", name="导入全部 2 行").click(timeout=30_000)
    page.get_by_text("已导入 2 行").first.wait_for(timeout=30_000)
    page.get_by_role("link", name="看看账号").click()
    expect(page.get_by_text("待发密码单").first).to_be_visible()
    accessible()
    page.get_by_role("link", name="打印密码单（2）").click()
    accessible()
    press(page, "生成并打印")
    slip = page.locator(".cut", has_text=name).first
    expect(slip).to_contain_text(username)
    password = slip.locator(".big").nth(1).inner_text()
    assert len(set(SLIP.findall(page.content()))) == 2
    accessible()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("这些密码单已经看不到了")
    assert SLIP.findall(page.content()) == []
    accessible()
    page.get_by_role("link", name="看待首次登录的账号").click()
    expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()

    enter(page, username, password)
    page.wait_for_url("**/password/")
    page.goto("/members/")
    assert page.url.endswith("/password/")
    accessible()
    for new in ("kurz", "lugou-bridge-1937"):
        page.get_by_label("一次性密码").fill(password)
        page.get_by_label("新密码", exact=True).fill(new)
        page.get_by_label("再输入一次新密码").fill(new)
        with page.expect_navigation():
            press(page, "保存新密码")
        if new == "kurz":
            expect(page.locator(".errsum")).to_contain_text("密码太短，至少要 10 位")
            accessible()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    enter(page, username, password)
    expect(page.locator(".errsum")).to_contain_text("还可以再试 4 次")


def test_ones_own_factor_goes_where_nobody_demands_it(page: Page, accessible, size: str):
    username = {"pc": "chair05"}.get(size, "chair06")
    enter(page, username)
    page.wait_for_url(re.compile(r":\d+/$"))
    page.goto("/me/second/app/")
    set_up_app(page)
    page.get_by_role("link", name="已经保存好").click()
    accessible()
    page.get_by_role("link", name=re.compile("删除.*手机验证码")).click()
    accessible()
    press(page, "删除")
    expect(page.get_by_text("手机验证码已删除").first).to_be_visible()
    accessible()
    enter(page, username)
    page.wait_for_url(re.compile(r":\d+/$"))


@pytest.fixture(scope="module")
def strict(portal: str) -> Iterator[str]:
    """The same portal and sessions at an address where roles above the grassroots need a factor."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    environment = os.environ | own_servers() | {"SECOND_FACTOR_DEMANDED": "1"}
    command, *rest = web(port)
    line = [str(Path(sys.executable).parent / command), *rest]
    with subprocess.Popen(line, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(f"{address}/healthz", 60)
            yield address
        finally:
            server.terminate()


def test_who_must_have_a_factor_changes_the_phone_and_has_a_lost_one_reset_from_above(
    page: Page, sign_in, accessible, strict: str, size: str
):
    username, name = {"pc": ("area", "王城")}.get(size, ("areachair", "李宛平"))
    enter(page, username)
    page.wait_for_url(re.compile(r":\d+/$"))
    page.goto(f"{strict}/members/")
    expect(page.get_by_text("必须先设置两步验证").first).to_be_visible()
    accessible()
    page.get_by_role("link", name="设置手机验证码").click()
    first = set_up_app(page)
    page.goto(f"{strict}/me/second/")
    page.get_by_role("link", name=re.compile("删除.*手机验证码")).click()
    press(page, "删除")
    expect(page.locator(".errsum")).to_contain_text("您的角色必须有两步验证")
    accessible()
    page.locator("main").get_by_role("link", name="换手机").click()
    expect(page.get_by_text("原来手机上的验证码就不能用了")).to_be_visible()
    assert set_up_app(page) != first
    expect(page.get_by_text("还剩 10 个没有用过").first).to_be_visible()
    accessible()

    sign_in("admin")
    page.goto("/accounts/")
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("link", name="重置两步验证").click()
    accessible()
    page.get_by_label("原因").fill("手机丢了，已打电话确认")
    press(page, "重置两步验证")
    expect(page.get_by_text("两步验证已重置").first).to_be_visible()
    accessible()
    enter(page, username)
    page.wait_for_url(re.compile(r":\d+/$"))
    expect(page.get_by_text("赵管办理了“重置两步验证”：手机丢了，已打电话确认")).to_be_visible()
    accessible()
    page.goto(f"{strict}/members/")
    expect(page.get_by_text("必须先设置两步验证").first).to_be_visible()
