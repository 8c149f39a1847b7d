"""What anybody may know of relief without an account, walked on a PC and on a phone."""

from playwright.sync_api import Page, expect

from tests.browser.applying import press
from wanping_union import clock


def test_anybody_calculates_without_signing_in(page: Page, accessible):
    page.goto("/relief/check/")
    accessible()
    page.get_by_label("工会会员本人").check()
    page.get_by_label("重大疾病").check()
    page.get_by_label("发生日期").fill(clock.today().isoformat())
    page.get_by_label("疾病种类").select_option("tumour")
    page.get_by_label("医疗总费用（元）").fill("30000")
    press(page, "算一算")
    expect(page.get_by_text("可以救助 7,500.00 元")).to_be_visible()
    accessible()
    page.get_by_role("link", name="看救助公示").click()
    accessible()
