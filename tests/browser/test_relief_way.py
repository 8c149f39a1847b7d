"""One application through all its people: from the first tap to the money and the visit after it.

Days pass on the way (the notice): everything that happened so far is then dated a month earlier.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Cookie, Locator, Page, expect

from tests.browser.applying import apply, photo, press
from tests.browser.conftest import ROOT, own_servers
from tests.browser.test_rights import register

NAMES = {"pc": "尉迟安", "phone": "尉迟宁"}
CARDS = {"pc": "6228480402564890018", "phone": "6222021000000000058"}
MONTH = "from tests.browser.relief_cases import a_month_later, make; a_month_later({}); make(1)"


@pytest.fixture
def become(page: Page, sign_in: Callable[[str], None]) -> Callable[[str], None]:
    """Sit down at somebody's desk; who signed in once stays signed in."""
    kept: dict[str, list[Cookie]] = {}
    here = ""

    def become(username: str) -> None:
        nonlocal here
        kept[here] = page.context.cookies()
        here = username
        if username not in kept:
            sign_in(username)
            return
        page.context.clear_cookies()
        page.context.add_cookies(kept[username])  # type: ignore[arg-type]  # as they were given

    return become


def in_portal(code: str, files: Path) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", code],
        cwd=ROOT,
        env=os.environ | own_servers() | {"ATTACHMENTS_ROOT": str(files)},
        check=True,
        stdout=subprocess.DEVNULL,
    )


def do(page: Page, words: str) -> Locator:
    """Open the dialog of one step; its button may name its key, too."""
    name = re.compile(rf"^{words}( .)?$")
    page.locator(".decide").get_by_role("link", name=name).click()
    return page.get_by_role("dialog")


def done(page: Page, dialog: Locator, words: str) -> None:
    dialog.get_by_role("button", name=words, exact=True).click()
    expect(page.get_by_text(f"已办理：{words}").first).to_be_visible()


def see(page: Page, address: str, words: str, accessible: Callable[[], None]) -> None:
    page.goto(address)
    expect(page.get_by_text(words).first).to_be_visible()
    accessible()


def test_a_case_goes_from_the_first_tap_to_the_visit_after_the_money(
    page: Page, sign_in, become, accessible, size: str, tmp_path_factory: pytest.TempPathFactory
):
    files = tmp_path_factory.getbasetemp() / "portal" / "attachments"
    name, masked = NAMES[size], NAMES[size][0] + "*" * (len(NAMES[size]) - 1)
    become("chair")
    register(page, name)
    case = apply(page, name, accessible, CARDS[size])
    unit_verifies(page, case, name, accessible)

    become("area")
    area_visits_and_publishes(page, case, masked, accessible)
    in_portal(MONTH.format(case.split("/")[-2]), files)
    see(page, "/", "件救助申请等您审核", accessible)
    page.goto(case)
    done(page, do(page, "地区审核通过"), "地区审核通过")
    become("areachair")
    see(page, case, "请办理", accessible)
    done(page, do(page, "签批上报"), "签批上报")

    become("reviewer")
    returned(page, case, accessible)
    become("chair")
    supplied(page, case, name, accessible)
    become("reviewer")
    approved(page, case)
    refused(page, accessible)

    become("finance")
    paid(page, masked, tmp_path_factory.mktemp("bank"), accessible)
    become("chair")
    page.goto("/")
    page.get_by_role("link", name=f"确认救助款到账：{name}").click()
    accessible()
    done(page, do(page, "确认到账"), "确认到账")
    become("area")
    handed_over(page, case, accessible)


def unit_verifies(page: Page, case: str, name: str, accessible: Callable[[], None]) -> None:
    page.goto("/")
    page.get_by_role("link", name=f"登记单位核实：{name}").click()
    dialog = do(page, "单位核实")
    dialog.get_by_label("核实人").fill("王建国、李秀兰")
    dialog.get_by_role("button", name="单位核实").click()
    expect(page.get_by_text("请写全他们的姓名").first).to_be_visible()
    accessible()
    page.get_by_label("核实人").fill("王建国、李秀兰、赵铁柱")
    press(page, "单位核实")
    expect(page.get_by_text("已办理：单位核实").first).to_be_visible()
    see(page, "/relief/", "等地区总工会走访", accessible)
    see(page, case, "等地区总工会走访", accessible)


def area_visits_and_publishes(
    page: Page, case: str, masked: str, accessible: Callable[[], None]
) -> None:
    see(page, "/relief/", masked, accessible)
    page.goto(case)
    dialog = do(page, "登记走访")
    accessible()
    dialog.get_by_label("医院").check()
    dialog.get_by_label("去了几个人").fill("2")
    dialog.get_by_label("亲眼所见").fill("正在化疗，老人陪护")
    done(page, dialog, "登记走访")
    expect(page.get_by_text("正在化疗，老人陪护")).to_be_visible()
    done(page, do(page, "开始公示"), "开始公示")
    see(page, case, "第二天起才能审核", accessible)
    see(page, "/relief/notices/", "5,000—10,000 元", accessible)


def returned(page: Page, case: str, accessible: Callable[[], None]) -> None:
    page.goto(case)
    dialog = do(page, "退回补正")
    dialog.get_by_label("诊断证明").fill("没有盖医院公章")
    done(page, dialog, "退回补正")
    see(page, case, "办理期限暂停计算", accessible)


def supplied(page: Page, case: str, name: str, accessible: Callable[[], None]) -> None:
    page.goto("/")
    page.get_by_role("link", name=f"补正救助申请：{name}").click()
    accessible()
    page.get_by_role("link", name="没有盖医院公章").click()
    accessible()
    page.set_input_files("#id_file", photo("诊断证明"))  # type: ignore[arg-type]
    press(page, "上传")
    expect(page.get_by_text("已补", exact=True)).to_be_visible()
    page.get_by_role("link", name="补正后提交").click()
    accessible()
    press(page, "补正后提交")
    expect(page.get_by_text("等区总工会审批")).to_be_visible()
    accessible()
    page.goto(case)
    expect(page.get_by_text("化疗")).to_have_count(0)  # hidden again


def approved(page: Page, case: str) -> None:
    page.goto(case)
    dialog = do(page, "批准")
    expect(dialog.get_by_label("批准金额（元）")).to_have_value("7500.00")
    dialog.get_by_label("我声明").check()
    done(page, dialog, "批准")


def refused(page: Page, accessible: Callable[[], None]) -> None:
    """The other case of the queue; its letter says why and how to object."""
    other = page.url  # opened by itself once the first was decided
    dialog = do(page, "不予批准")
    accessible()
    dialog.get_by_label("理由").fill("自付费用没有达到起点")
    done(page, dialog, "不予批准")
    see(page, other, "不予批准的理由：自付费用没有达到起点", accessible)
    page.locator("summary", has_text="打印").click()
    page.get_by_role("link", name="决定书").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("不予救助决定书")
    expect(page.get_by_text("申请复核")).to_be_visible()
    accessible()


def paid(page: Page, masked: str, folder: Path, accessible: Callable[[], None]) -> None:
    page.goto("/")
    page.get_by_role("link", name="笔救助金待拨付").click()
    accessible()
    page.get_by_role("row").filter(has_text=masked).get_by_role("checkbox").check()
    press(page, "生成拨付批次")
    expect(page.get_by_role("heading", level=1)).to_contain_text("等银行回单")
    accessible()
    with page.expect_download() as download:
        press(page, "导出银行文件")
    file = folder / "bank.xlsx"
    download.value.save_as(file)
    batch = page.url
    page.get_by_role("link", name="导入银行回单").click()
    accessible()
    answer(page, file, amount=1)
    expect(page.get_by_text("金额不一致").first).to_be_visible()
    accessible()
    answer(page, file)
    expect(page.get_by_text("银行回单已全部入账。").first).to_be_visible()
    expect(page.get_by_role("button", name="导出银行文件")).to_have_count(0)
    accessible()
    for path, words in (
        (f"{batch}print/", "柒仟伍佰元整"),
        ("/relief/money/batches/", "已导入"),
        ("/relief/money/funds/", "调整预算"),
        ("/relief/money/", "超过期限"),
    ):
        see(page, path, words, accessible)
    page.goto("/relief/money/funds/")
    page.locator("td.t a").first.click()
    expect(page.get_by_text("预算执行").first).to_be_visible()
    accessible()
    page.goto(batch)
    page.get_by_role("link", name=re.compile("冲回")).click()
    accessible()


def answer(page: Page, file: Path, amount: int | None = None) -> None:
    """What the bank sends back: its own file, each line with a result."""
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, 5).value = amount or sheet.cell(row, 5).value
        sheet.cell(row, 7).value = "成功"
        sheet.cell(row, 9).value = f"BK{row}"
    content = BytesIO()
    book.save(content)
    mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.set_input_files(
        "#id_file", {"name": "回单.xlsx", "mimeType": mime, "buffer": content.getvalue()}
    )
    press(page, "导入")


def handed_over(page: Page, case: str, accessible: Callable[[], None]) -> None:
    see(page, "/", "件救助申请等您慰问送达", accessible)
    page.goto(case)
    dialog = do(page, "登记慰问送达")
    dialog.get_by_label("家中").check()
    dialog.get_by_label("去了几个人").fill("4")
    dialog.get_by_label("慰问品").fill("米、面、油")
    done(page, dialog, "登记慰问送达")
    see(page, case, "还有 3 次回访没有登记", accessible)
    page.get_by_role("link", name="登记回访").first.click()
    accessible()
    page.get_by_label("回访情况").fill("治疗平稳，孩子复学")
    page.get_by_role("button", name="登记回访").click()
    expect(page.get_by_text("还有 2 次回访没有登记")).to_be_visible()
