"""A reviewer decides on cases on one screen, by keys, on a PC and on a phone."""

import os
import subprocess
import sys
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, own_servers

MAKE = "from tests.browser.relief_cases import make; make(3)"
SECONDS = 30  # a reviewer's second case


@pytest.fixture
def cases(portal: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Three that wait for the district, with their scans where the portal keeps its files."""
    files = {"ATTACHMENTS_ROOT": str(tmp_path_factory.getbasetemp() / "portal" / "attachments")}
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", MAKE],
        cwd=ROOT,
        env=os.environ | own_servers() | files,
        check=True,
        stdout=subprocess.DEVNULL,
    )


def sideways(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def test_a_reviewer_decides_one_case_after_the_other(
    page: Page, sign_in, accessible, cases, size: str
):
    sign_in("reviewer")
    page.goto("/relief/")
    accessible()
    page.locator("td.t a").first.click()
    expect(page.get_by_role("heading", name="资格条件")).to_be_visible()
    expect(page.locator("[data-picture]")).to_be_visible()
    accessible()
    if size == "phone":
        by_taps(page)
        return
    page.set_viewport_size({"width": 1366, "height": 768})
    assert sideways(page) <= 0
    look_through(page)
    first = page.url
    decide(page)
    assert page.url != first

    begun = time.monotonic()
    second = page.url
    page.keyboard.press("j")
    page.wait_for_url(lambda url: url != second)
    page.keyboard.press("k")
    page.wait_for_url(second)
    decide(page)
    assert time.monotonic() - begun < SECONDS
    assert page.url != second

    page.keyboard.press("r")
    expect(page.get_by_role("dialog")).to_contain_text("一次写全")
    accessible()
    page.get_by_label("医疗费结算单").fill("第二页看不清")
    page.get_by_role("dialog").get_by_role("button", name="退回补正").click()
    expect(page.get_by_text("已办理：退回补正").first).to_be_visible()


def look_through(page: Page) -> None:
    """The viewer turns, enlarges, leafs through a PDF and goes on without leaving the page."""
    picture, address = page.locator("[data-picture]"), page.url
    before = picture.get_attribute("src")
    page.get_by_role("button", name="旋转").click()
    page.get_by_role("button", name="放大").click()
    expect(page.locator("[data-pane]")).to_have_class("pane turn1 zoom1")
    page.get_by_role("button", name="下一份").click()
    expect(picture).not_to_have_attribute("src", before or "")
    expect(page.locator(".papers-list [aria-current]")).to_contain_text("诊断证明")
    page.get_by_role("link", name="下一页").click()
    expect(page.get_by_text("第 2 页，共 2 页")).to_be_visible()
    expect(page.get_by_role("link", name="下一页")).to_be_hidden()
    expect(picture).to_have_js_property("naturalHeight", 2000)
    assert page.url == address
    assert sideways(page) <= 0


def decide(page: Page) -> None:
    """The amount stands there already: declare no kinship, and send."""
    here = page.url
    page.keyboard.press("a")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != here)
    expect(page.get_by_text("已办理：批准").first).to_be_visible()


def by_taps(page: Page) -> None:
    page.get_by_role("link", name="不予批准").click()
    page.get_by_role("dialog").get_by_label("理由").fill("自付费用没有达到起点")
    page.get_by_role("dialog").get_by_role("button", name="不予批准").click()
    expect(page.get_by_text("已办理：不予批准").first).to_be_visible()
