"""Being told, changing one's mind, getting a copy, being erased: walked on a PC and on a phone."""

import re

from playwright.sync_api import Page, expect

from tests.factories import id_number


def register(page: Page, name: str, card: str = "") -> str:
    """Register somebody who agrees. Returns the address of the person."""
    page.goto("/members/new/")
    page.get_by_label("姓名").fill(name)
    page.get_by_label("证件号码").fill(id_number())
    page.get_by_label("入会日期").fill("2026-03-08")
    if card:
        page.get_by_label("京卡卡号", exact=True).fill(card)
        page.check("#id_told_card")
    page.check("#id_told")
    page.get_by_role("button", name="登记入会").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    return page.url


def test_a_person_is_told_agrees_and_takes_it_back(page: Page, sign_in, accessible):
    sign_in("chair")
    page.goto("/members/new/")
    page.get_by_text("会员个人信息告知书（第 1 版）", exact=True).click()
    expect(page.get_by_text("谁在处理您的信息").first).to_be_visible()
    expect(page.locator("#id_told")).not_to_be_checked()
    accessible()
    page.get_by_label("姓名").fill("尉迟晓")
    page.get_by_role("button", name="登记入会").click()
    expect(page.get_by_text("请先告知本人并取得同意").first).to_be_visible()

    person = register(page, "尉迟晓月")
    expect(page.get_by_text("已同意")).to_be_visible()
    accessible()
    page.get_by_role("link", name=re.compile("撤回.*会员实名登记")).click()
    expect(page.get_by_text("只作保存")).to_be_visible()
    accessible()
    page.get_by_role("button", name="撤回").click()
    expect(page.get_by_text("起限制处理")).to_be_visible()
    expect(page.get_by_text("证件号码", exact=True)).to_have_count(0)
    accessible()

    page.goto("/rights/")
    expect(page.get_by_role("link", name="尉迟晓月").first).to_be_visible()
    accessible()
    page.goto(person)
    page.get_by_role("link", name=re.compile("登记同意.*会员实名登记")).click()
    accessible()
    page.get_by_label("纸质告知书签字").check()
    page.get_by_label("本人已看过告知书").check()
    page.get_by_role("button", name="登记同意").click()
    expect(page.get_by_text("已同意")).to_be_visible()
    expect(page.get_by_text("起限制处理")).to_have_count(0)


def test_a_copy_is_asked_for_printed_and_answered(page: Page, sign_in, accessible):
    sign_in("chair")
    register(page, "尉迟文")
    page.get_by_role("link", name="登记本人的请求").click()
    accessible()
    page.get_by_label(re.compile("查阅、复制")).check()
    page.get_by_label("本人到场").check()
    page.get_by_role("button", name="登记请求").click()
    expect(page.get_by_text("15 个工作日")).to_be_visible()
    accessible()
    asked = page.url
    page.goto("/")
    expect(page.get_by_text("答复权利请求：查阅、复制").first).to_be_visible()

    page.goto(asked)
    page.get_by_role("button", name="打印复制件").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("个人信息复制件")
    expect(page.get_by_text("谁看过、改过您的资料")).to_be_visible()
    accessible()
    page.goto(asked)
    page.get_by_role("link", name="办结并答复").click()
    accessible()
    page.get_by_label("答复内容").fill("已当面交付复制件。")
    page.get_by_role("button", name="办结并答复").click()
    expect(page.get_by_text("已当面交付复制件。")).to_be_visible()
    page.get_by_role("link", name="打印答复单").click()
    expect(page.get_by_text("人民法院")).to_be_visible()
    accessible()


def test_a_deletion_is_refused_while_a_member_and_decided_one_level_up(
    page: Page, sign_in, accessible
):
    sign_in("chair")
    person = register(page, "尉迟远")
    page.get_by_role("link", name="办理退会").click()
    page.get_by_label("生效日期").fill("2026-09-01")
    page.get_by_role("button", name="办理退会").click()
    page.get_by_role("link", name="登记本人的请求").click()
    page.get_by_label(re.compile("^删除")).check()
    page.get_by_label("本人到场").check()
    page.get_by_role("button", name="登记请求").click()
    expect(page.get_by_role("link", name="打印回执")).to_be_visible()
    asked = page.url
    expect(page.get_by_role("link", name="批准删除")).to_have_count(0)

    sign_in("areachair")
    page.goto(asked)
    accessible()
    page.get_by_role("link", name="批准删除").click()
    expect(page.get_by_text("不能恢复")).to_be_visible()
    accessible()
    page.get_by_label("答复内容").fill("已依法删除。")
    page.get_by_role("button", name="批准删除").click()
    expect(page.get_by_text("已依法删除。")).to_be_visible()
    page.goto(person)
    expect(page.get_by_text("个人信息已删除")).to_be_visible()
    assert "尉迟远" not in page.content()
    accessible()


def test_the_other_pages_are_accessible(page: Page, sign_in, accessible):
    for username, paths in (
        ("chair", ("/rights/", "/rights/untold/", "/rights/untold/form/", "/rights/notices/")),
        ("area", ("/rights/untold/", "/rights/lists/", "/privacy/")),
        ("admin", ("/rights/notices/new/", "/reference/holidays/2027/edit/")),
        ("auditor", ("/rights/", "/rights/lists/", "/reference/holidays/2026/")),
    ):
        sign_in(username)
        for path in (*paths, "/rights/notices/membership/"):
            page.goto(path)
            accessible()
