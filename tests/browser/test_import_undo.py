"""A chair looks before a roster goes in, and takes it back, on a PC and on a phone."""

import re

from playwright.sync_api import Page, expect
from stdnum.cn import ric

from tests.imports.corpus import xlsx

HEAD = ("姓名", "证件号码", "所属工会", "入会日期", "手机号码", "工作单位")
KNOWN = ("薛慧红", "370181199208051703", "晓月苑联合工会", "2012-06-17")


def id_number(serial: int) -> str:
    body = f"11010119900307{serial:03d}"
    return body + ric.calc_check_digit(f"{body}0")


def roster(*rows: tuple[str, ...]) -> bytes:
    return xlsx([HEAD, *rows])


def send(page: Page, content: bytes) -> None:
    page.goto("/members/imports/upload/")
    page.get_by_label("会员名册").check()
    page.set_input_files(
        "input[type=file]",
        {"name": "小名册.xlsx", "mimeType": "application/octet-stream", "buffer": content},
    )
    page.get_by_role("button", name="上传并检查").click()


def test_a_chair_sees_what_changes_imports_corrects_one_and_undoes_the_rest(
    page: Page, sign_in, accessible, size
):
    serial = 100 if size == "phone" else 200
    union, day = KNOWN[2], "2026-01-20"
    sign_in("chair")
    send(
        page,
        roster(
            (*KNOWN, "13811112222", ""),
            ("欧阳晓", id_number(serial), union, day, "", ""),
            ("司徒明", id_number(serial + 1), union, day, "", ""),
        ),
    )
    page.get_by_role("link", name="更新").click(timeout=30_000)
    expect(page.get_by_text("138****2222")).to_be_visible()
    expect(page.get_by_role("link", name=KNOWN[0])).to_be_visible()
    accessible()
    page.get_by_role("link", name="返回这份表格").click()
    page.get_by_role("link", name="表格里没有").click()
    expect(page.get_by_text("导入不会改动他们")).to_be_visible()
    accessible()
    page.get_by_role("link", name="返回这份表格").click()
    page.get_by_role("button", name="导入全部 3 行").click()
    page.get_by_text("已导入 3 行").wait_for(timeout=30_000)
    address = page.url

    page.get_by_role("link", name="新增").click()
    expect(page.get_by_text("欧阳晓")).to_be_visible()
    page.goto("/members/search/")
    page.fill("main input[name=q]", "欧阳晓")
    page.locator("main").get_by_role("button", name="搜索").click()
    page.get_by_role("link", name="欧阳晓").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("欧阳晓")
    page.goto(page.url.split("?")[0] + "edit/")
    page.get_by_label("姓名").fill("欧阳晓晓")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("欧阳晓晓")

    page.goto(address)
    page.get_by_role("link", name="撤销这次导入").click()
    expect(page.get_by_text("更正个人信息")).to_be_visible()
    expect(page.get_by_role("link", name="欧阳晓晓")).to_be_visible()
    accessible()
    page.get_by_role("button", name="撤销 2 名").click()
    page.get_by_text("撤销了这次导入：删除 1 名，恢复原样 1 名").wait_for(timeout=30_000)
    accessible()
    page.get_by_role("link", name="看看是哪些").click()
    expect(page.get_by_role("link", name="欧阳晓晓")).to_be_visible()
    expect(page.get_by_text("更正个人信息（程梓燕")).to_be_visible()
    accessible()


def test_rows_are_mended_from_the_keyboard_and_nothing_typed_is_lost(
    page: Page, sign_in, accessible, size
):
    union = KNOWN[2]
    rows = [
        (f"人{n}", id_number(n), union, "2026-01-20", "1381234567", "没有的商号")
        for n in range(300, 303)
    ]
    sign_in("chair")
    send(page, roster(*rows, ("某", id_number(310), union, "2026-01-20", "139", "")))
    page.get_by_role("link", name="在网页里改正").click(timeout=30_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("改正 4 行")
    accessible()
    bar = page.locator(".actbar").bounding_box()
    assert bar is not None
    assert bar["height"] < 80, "the bar of acts is one row high"

    page.get_by_label(re.compile("工作单位：“没有的商号”")).fill("宛平第一建筑工程公司")
    page.get_by_role("button", name="改正这 3 行").click()
    expect(page.locator("[name=c-2-enterprise]")).to_have_count(0)

    page.locator("[name=c-2-mobile]").fill("13812345678")
    page.keyboard.press("Enter")
    expect(page.locator("[name=c-3-mobile]")).to_be_focused()
    page.keyboard.type("13812345679")
    expect(page.get_by_text("第 2 行已改好")).to_be_visible()
    expect(page.locator("#left")).to_have_text("3")
    page.keyboard.press("Enter")
    expect(page.get_by_text("第 3 行已改好")).to_be_visible()
    accessible()
    page.locator("#row-5").get_by_role("link", name="这一行的其他内容").click()
    expect(page.locator("[name=c-5-name]")).to_have_value("某")
    page.locator("[name=c-5-mobile]").fill("13912345678")
    page.get_by_role("button", name="保存并检查").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("改正 1 行")
    expect(page.locator("#row-4")).to_be_visible()
