"""A person asks who has seen their file; the auditor reads the logs behind it."""

from playwright.sync_api import Page, expect


def test_who_has_seen_a_file_is_told_and_printed(page: Page, sign_in, accessible):
    sign_in("clerk")
    page.goto("/members/search/")
    page.fill("main input[name=q]", "程")
    page.locator("main").get_by_role("button", name="搜索").click()
    page.locator("main table a").first.click()
    expect(page.get_by_role("heading", name="个人信息", exact=True)).to_be_visible()
    person = page.url

    sign_in("chair")
    page.goto(f"{person}reveal/mobile/")
    page.get_by_label("理由").fill("通知领取京卡")
    page.get_by_role("button", name="查看").click()
    expect(page.locator("#value")).to_be_visible()
    page.goto(person)
    page.get_by_role("link", name="谁看过").click()
    expect(page.get_by_text("通知领取京卡").first).to_be_visible()
    expect(page.get_by_text("会员档案").first).to_be_visible()
    accessible()
    page.get_by_role("link", name="打印给本人").click()
    expect(page.get_by_text("通知领取京卡").first).to_be_visible()
    accessible()


def test_the_auditor_reads_every_log(page: Page, sign_in, accessible):
    sign_in("auditor")
    for name in ("acts", "changes", "looks", "seals"):
        page.goto("/audit/" if name == "acts" else f"/audit/{name}/")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        accessible()
