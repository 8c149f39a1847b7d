"""What people come for, walked from the sign-in to the end, on a PC and on a phone."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Download, Page, expect

SAMPLES = Path(__file__).parents[2] / "wanping_union" / "sample" / "data"


def workbook(download: Download) -> Workbook:
    return load_workbook(BytesIO(Path(download.path()).read_bytes()))


def test_a_chair_imports_a_damaged_roster_finds_a_person_and_looks_at_a_number(
    page: Page, sign_in, accessible
):
    sign_in("chair")
    expect(page.get_by_role("heading", level=1)).to_contain_text("程梓燕")
    accessible()

    page.goto("/members/imports/upload/")
    accessible()
    page.get_by_label("会员名册").check()
    page.set_input_files("input[type=file]", SAMPLES / "roster-damaged.xlsx")
    page.get_by_role("button", name="上传并检查").click()

    page.get_by_text("49 行可以导入，11 行要改正").wait_for(timeout=30_000)
    expect(page.get_by_text("身份证号 → 证件号码")).to_be_visible()
    accessible()

    page.get_by_role("link", name="在网页里改正").click()
    expect(page.get_by_text("校验码不对")).to_be_visible()
    accessible()
    page.locator("#row-26 [name=c-26-sex]").fill("女")
    page.locator("#row-34 [name=c-34-mobile]").fill("13812345678")
    page.get_by_role("button", name="保存并检查").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("9 行")
    expect(page.locator("#row-26")).to_have_count(0)

    page.goto(page.url.partition("mend/")[0])
    page.get_by_role("button", name="先导入正确的 51 行").click()
    page.get_by_text("已导入 51 行，9 行没有导入").wait_for(timeout=30_000)
    accessible()

    with page.expect_download() as download:
        page.get_by_role("button", name="下载没有导入的行").click()
    failed = workbook(download.value).active
    assert failed is not None
    assert failed.max_row == 10
    assert any("原因" in str(cell.value) for cell in failed[1])

    page.goto("/members/search/")
    page.fill("main input[name=q]", "xhh")
    page.locator("main").get_by_role("button", name="搜索").click()
    page.wait_for_url("**/search/?s=*")
    assert "xhh" not in page.url
    accessible()
    page.get_by_role("link", name="薛慧红").click()
    expect(page.get_by_text("370181********1703").first).to_be_visible()
    assert "370181199208051703" not in page.content()
    accessible()

    page.get_by_role("link", name=re.compile("查看.*证件号码")).click()
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_role("alert").or_(page.locator(".errsum"))).to_be_visible()
    page.get_by_label("理由").fill("核对京卡申请表")
    page.get_by_role("button", name="查看").click()
    expect(page.locator("#value")).to_have_text("370181199208051703")
    assert "370181199208051703" not in page.url
    accessible()

    page.get_by_role("link", name="看完了，返回").click()
    expect(page.get_by_text("核对京卡申请表").first).to_be_visible()
    page.goto("/audit/")
    expect(page.get_by_text("核对京卡申请表").first).to_be_visible()
    assert "370181199208051703" not in page.content()
    accessible()


def test_an_administrator_makes_the_december_workbook_and_downloads_it(
    page: Page, sign_in, accessible
):
    sign_in("admin")
    page.goto("/reports/?union=WP&month=2016-12")
    accessible()
    page.get_by_role("button", name="生成2016年12月月报").click()
    page.get_by_role("link", name="下载月报").wait_for(timeout=60_000)
    accessible()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载月报").click()
    assert re.fullmatch(
        r"工会工作月报_宛平城地区总工会_2016年12月_v\d+\.xlsx", download.value.suggested_filename
    )
    book = workbook(download.value)
    values = {row[1].value: row[3].value for row in book.worksheets[0].iter_rows() if row[1].value}
    assert (values["工会会员"], values["新发展会员"]) == (1231, 44)

    page.goto("/reports/?union=WP&month=2016-12")
    expect(page.get_by_text("已生成").first).to_be_visible()
    page.locator("a[href*='/figures/new_member_count/']").first.click()
    expect(page.locator("main")).to_contain_text("44")
    accessible()


PAGES = {
    "chair": ["/", "/members/", "/members/grid/", "/members/grid/?as=table", "/members/enterprises/", "/members/new/", "/members/unions/WP01/", "/members/roll/", "/members/imports/", "/reports/", "/reference/", "/audit/", "/me/", "/privacy/"],
    "area": ["/", "/members/", "/members/grid/", "/members/unions/WP11/", "/members/unions/new/", "/members/unions/WP01/edit/", "/members/enterprises/", "/reports/"],
    "admin": ["/", "/accounts/", "/accounts/new/", "/jobs/", "/reference/", "/reference/new/", "/members/", "/reports/"],
    "auditor": ["/", "/audit/", "/members/"],
    "finance": ["/", "/members/grid/", "/reports/"],
    "reviewer": ["/", "/members/"],
}  # fmt: skip


@pytest.mark.parametrize("username", PAGES)
def test_every_page_of_a_role_is_accessible_and_keeps_the_policy(
    page: Page, sign_in, accessible, username
):
    sign_in(username)
    for path in PAGES[username]:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        accessible()


def test_the_larger_type_is_one_click_away_and_stays(page: Page, sign_in, accessible):
    sign_in("chair")
    page.goto("/large/?next=/members/")
    assert page.evaluate("document.documentElement.dataset.size") == "l"
    accessible()
    page.goto("/")
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "20px"
    accessible()


def test_what_was_typed_in_a_form_survives_a_reload(page: Page, sign_in):
    sign_in("chair")
    page.goto("/members/new/")
    page.get_by_label("姓名").fill("王小明")
    page.wait_for_timeout(600)
    page.reload()
    expect(page.get_by_label("姓名")).to_have_value("王小明")


def test_the_check_would_see_one_pale_word_of_a_list(page: Page, sign_in, accessible):
    """Negative control, also for measuring the contrast of what looks alike once."""
    sign_in("chair")
    page.goto("/members/")
    page.evaluate("document.querySelector('main tbody tr:last-child a').style.color = '#ccc'")
    with pytest.raises(AssertionError, match="color-contrast"):
        accessible()


def test_signing_out_ends_the_session(page: Page, sign_in):
    sign_in("chair")
    page.goto("/me/")
    page.locator("main").get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/login/**")
    page.goto("/members/")
    assert "/login/" in page.url


def test_a_page_that_does_not_exist_says_what_to_do(page: Page, sign_in, accessible):
    sign_in("chair")
    answer = page.goto("/members/unions/WP02/")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("link", name="工作台").first).to_be_visible()
    assert "urlpatterns" not in page.content()
    accessible()
