"""Signing in with a second factor, and again over a page whose session has ended."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.entering import code, enter

ID = "11010119900307803X"


def test_a_factor_from_scratch_then_a_wrong_and_a_right_code(
    page: Page, accessible, size: str
) -> None:
    username = {"pc": "chair11", "phone": "chair12"}.get(size, "chair10")
    enter(page, username)
    page.wait_for_url("**/")
    page.goto("/me/second/key/")
    accessible()
    page.goto("/me/")
    accessible()
    page.locator("main").get_by_role("link", name=re.compile("两步验证")).click()
    accessible()
    page.get_by_role("link", name="设置手机验证码").click()
    expect(page.locator("svg.qr")).to_be_visible()
    page.get_by_text("改为手工输入").click()
    accessible()
    secret = "".join(page.locator(".keyed span").all_inner_texts())
    page.get_by_label("手机上显示的 6 位数字").fill("12")
    page.get_by_role("button", name="完成设置").click()
    expect(page.locator(".errsum")).to_contain_text("验证码不对")
    accessible()
    page.get_by_label("手机上显示的 6 位数字").fill(code(secret))
    page.get_by_role("button", name="完成设置").click()
    page.wait_for_url("**/codes/")
    rows = page.locator("td.big").all_inner_texts()
    assert len(rows) == 10
    accessible()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("已经看不到了")
    assert rows[0].strip() not in page.content()
    accessible()

    enter(page, username)
    page.wait_for_url("**/login/second/")
    accessible()
    page.get_by_label("验证码").fill("000 000")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.locator(".errsum")).to_contain_text("还可以再试 4 次")
    accessible()
    page.get_by_label("验证码").fill(code(secret, 1))
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url("**/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    enter(page, username)
    page.wait_for_url("**/login/second/")
    page.get_by_label("验证码").fill(rows[0])
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(re.compile(r":\d+/$"))


def test_a_security_key_is_added_and_shown(context: BrowserContext, portal: str, size: str) -> None:
    """With Chromium's virtual authenticator. Browsers know keys only where the host has a name."""
    page = context.new_page()
    here = portal.replace("127.0.0.1", "localhost")
    username = {"pc": "chair09", "phone": "chair08"}.get(size, "chair07")
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
            "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
        }},
    )  # fmt: skip

    def come_in() -> None:
        page.context.clear_cookies()
        page.goto(f"{here}/login/")
        page.fill("#id_login", username)
        page.fill("#id_password", "wanping-2016")
        page.click("button.pri")

    come_in()
    page.wait_for_url(re.compile(r":\d+/$"))
    page.goto(f"{here}/me/second/key/")
    page.get_by_label("给这把密钥起个名字").fill("蓝色 U 盾")
    page.get_by_role("button", name="开始添加").click()
    page.wait_for_url("**/codes/")
    page.goto(f"{here}/me/second/")
    expect(page.locator("main")).to_contain_text("蓝色 U 盾")
    come_in()
    page.wait_for_url("**/login/second/")
    page.get_by_role("button", name="用安全密钥").click()
    page.wait_for_url(re.compile(r":\d+/$"))


@pytest.mark.parametrize("how", ["typed", "htmx"])
def test_a_session_lost_in_the_middle_of_a_form_loses_nothing(
    page: Page, sign_in, accessible, how: str
) -> None:
    sign_in("chair")
    if how == "htmx":
        page.goto("/members/")
        page.context.clear_cookies(name="sessionid")
        page.locator("#result").evaluate("e => htmx.ajax('GET', '/members/', e)")
        expect(page.locator("#again")).to_be_visible()
        page.fill("#again [name=login]", "chair")
        page.fill("#again [name=password]", "wanping-2016")
        page.locator("#again button.pri").click()
        expect(page.locator("#again")).to_be_hidden()
        return
    page.goto("/members/new/")
    page.get_by_label("姓名").fill("王小明")
    page.get_by_label("证件号码").fill(ID)
    page.get_by_label(re.compile("手机")).fill("13812345678")
    page.get_by_label("入会日期").fill("2026-03-02")
    page.check("#id_told")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="登记入会").click()
    expect(page.locator("#again")).to_be_visible()
    accessible()
    page.fill("#again [name=login]", "chair")
    page.fill("#again [name=password]", "wrong")
    page.locator("#again button.pri").click()
    expect(page.locator("#again .errsum")).to_contain_text("还可以再试 4 次")
    page.fill("#again [name=password]", "wanping-2016")
    page.locator("#again button.pri").click()
    expect(page.locator("#again")).to_be_hidden()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("王小明")
