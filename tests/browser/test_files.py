"""Lists as workbooks, and papers of a person, walked on a PC and on a phone."""

import re
from io import BytesIO
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.attachments import corpus


def export(page: Page) -> dict[str, list[object]]:
    """Press the button, wait for the file, open it. Returns {heading: values}."""
    page.get_by_role("button", name="生成文件").click()
    page.get_by_role("link", name="下载").wait_for(timeout=30_000)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="下载").click()
    assert waiting.value.suggested_filename.startswith("会员名册_")
    sheet = load_workbook(BytesIO(Path(waiting.value.path()).read_bytes())).active
    assert sheet.freeze_panes == "A2"
    head, *rows = sheet.iter_rows(values_only=True)
    return {
        str(name): list(column) for name, column in zip(head, zip(*rows, strict=True), strict=True)
    }


def test_a_chair_takes_the_list_away_masked(page: Page, sign_in, accessible):
    sign_in("chair")
    page.goto("/members/?status=active&sex=F")
    page.get_by_role("link", name="导出 Excel").click()
    expect(page.locator("p.lead")).to_contain_text("性别：女")
    accessible()

    columns = export(page)

    assert set(columns["性别"]) == {"女"}
    assert set(columns["会籍状态"]) == {"在会"}
    assert all(re.fullmatch(r"\d{6}\*{8}\d{3}[\dX]", str(n)) for n in columns["证件号码"])
    accessible()
    page.goto("/exports/")
    expect(page.get_by_role("row", name=re.compile("会员名册")).first).to_contain_text("遮盖")
    accessible()


def test_a_reviewer_gets_full_numbers_for_a_purpose_that_the_audit_shows(
    page: Page, sign_in, accessible
):
    sign_in("reviewer")
    page.goto("/exports/new/people/?union=WP01")
    page.get_by_label("完整号码").check()
    page.get_by_role("button", name="生成文件").click()
    expect(page.get_by_text("请写明用途").first).to_be_visible()
    accessible()
    page.get_by_label("用途").fill("向市总工会报送换发京卡名单")

    columns = export(page)

    assert all(re.fullmatch(r"\d{17}[\dX]", str(n)) for n in columns["证件号码"])
    sign_in("auditor")
    page.goto("/audit/?kind=export")
    expect(page.locator("main")).to_contain_text("完整号码，用途：向市总工会报送换发京卡名单")


def test_a_photo_of_an_application_is_kept_with_its_person(
    page: Page, sign_in, accessible, tmp_path, size
):
    sign_in("chair")
    page.goto("/members/")
    page.locator("td.t a").nth(3 if size == "phone" else 4).click()
    person = page.get_by_role("heading", level=1).inner_text().split()[0]
    page.get_by_role("link", name="上传附件").click()
    accessible()
    photo = tmp_path / "申请书.jpg"
    photo.write_bytes(corpus.photo((1600, 1200)) + size.encode())
    page.get_by_label("入会申请书").check()
    page.set_input_files("input[type=file]", photo)
    page.get_by_role("button", name="上传").click()

    expect(page.locator(".att")).to_contain_text("申请书.jpg")
    accessible()
    page.locator(".att a").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("入会申请书")
    shown = page.locator("img.att-picture")
    assert shown.evaluate(
        "async i => { await i.decode(); return [i.naturalWidth, i.naturalHeight] }"
    ) == [1200, 1600]
    accessible()

    page.get_by_role("link", name="删除").click()
    page.get_by_label("为什么删除").fill("拍得不清楚")
    accessible()
    page.get_by_role("button", name="删除").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(person)
    expect(page.locator("main")).to_contain_text("还没有附件")


def test_a_file_that_is_no_picture_is_refused_in_words(page: Page, sign_in, tmp_path, size):
    sign_in("chair")
    page.goto("/members/")
    page.locator("td.t a").first.click()
    page.get_by_role("link", name="上传附件").click()
    wrong = tmp_path / "照片.jpg"
    wrong.write_bytes(b"<html><script>alert(1)</script></html>" * 20)
    page.get_by_label("证件复印件").check()
    page.set_input_files("input[type=file]", wrong)
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_text("文件的内容和名称不符").first).to_be_visible()
    expect(page.get_by_label("证件复印件")).to_be_checked()
