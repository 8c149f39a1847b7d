"""Take the README's pictures of a running demo: python -m tests.browser.pictures [ADDRESS]"""

import sys
from contextlib import closing
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import ARGS, SIZES, program

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "pictures"
ROSTER = ROOT / "wanping_union" / "sample" / "data" / "roster-damaged.xlsx"
SHOWN = {
    "pc": [
        ("area", "/", "home"),
        ("area", "/members/grid/", "grid"),
        ("chair", "/members/", "people"),
        ("chair", "person", "person"),
        ("chair", "import", "import"),
        ("admin", "/reports/?union=WP&month=2016-12", "reports"),
        ("reviewer", "case", "relief"),
    ],
    "phone": [
        ("chair", "/", "home"),
        ("chair", "import", "import"),
        ("chair", "person", "person"),
        ("chair", "/relief/new/", "relief"),
    ],
}


def open_person(page: Page) -> None:
    page.goto("/members/")
    page.locator("td.t a").nth(1).click()


def open_import(page: Page) -> None:
    page.goto("/members/imports/upload/")
    page.get_by_label("会员名册").check()
    page.set_input_files("input[type=file]", ROSTER)
    page.get_by_role("button", name="上传并检查").click()
    page.get_by_text("11 行要改正").wait_for(timeout=30_000)


def open_case(page: Page) -> None:
    page.goto("/relief/")
    page.locator("td.t a").first.click()


WALKS = {"person": open_person, "import": open_import, "case": open_case}


def take(address: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        sync_playwright() as playwright,
        closing(playwright.chromium.launch(executable_path=program(), args=ARGS)) as browser,
    ):
        for size, pages in SHOWN.items():
            for username, path, name in pages:
                context = browser.new_context(base_url=address, locale="zh-CN", **SIZES[size])
                page = context.new_page()
                page.goto("/login/")
                page.fill("#id_login", username)
                page.fill("#id_password", "wanping-2016")
                page.click("button.pri")
                page.wait_for_url("**/")
                WALKS.get(path, lambda page, path=path: page.goto(path))(page)
                page.screenshot(path=FOLDER / f"{name}-{size}.png")
                context.close()


if __name__ == "__main__":
    take(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
