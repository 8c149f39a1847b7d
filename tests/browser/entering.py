"""Signing in by the form, and codes as a phone shows them."""

import time

from allauth.mfa.totp.internal import auth as totp
from playwright.sync_api import Page


def enter(page: Page, username: str, password: str = "wanping-2016") -> None:
    page.context.clear_cookies()
    page.goto("/login/")
    page.fill("#id_login", username)
    page.fill("#id_password", password)
    page.click("button.pri")


def code(secret: str, steps: int = 0) -> str:
    counter = int(time.time()) // 30 + steps
    return f"{totp.hotp_value(secret, counter) % 10**6:06}"


def set_up_app(page: Page) -> str:
    """From the page with the QR code to the one after it. Returns the secret."""
    page.get_by_text("改为手工输入").click()
    secret = "".join(page.locator(".keyed span").all_inner_texts())
    page.get_by_label("手机上显示的 6 位数字").fill(code(secret))
    with page.expect_navigation():
        page.get_by_role("button", name="完成设置").click()
    return secret
