"""Sheets of a case as PDF for the archive."""

from pathlib import Path

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse
from weasyprint import HTML

from relief.models import ReliefCase
from tests.relief.playing import DAY, Cast, approved_case
from wanping_union import archiving, clock, confined
from wanping_union.audit.models import Look


@pytest.fixture
def case(cast, fund) -> ReliefCase:
    with clock.at(DAY):
        return approved_case(cast, fund)


def opened(user, case: ReliefCase, name: str):
    client = Client()
    client.force_login(user)
    return client.get(reverse("relief:pdf", args=[case.pk, name]))


def text_of(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def fonts_of(content: bytes) -> list[pypdfium2.PdfFont]:
    document = pypdfium2.PdfDocument(content)
    return [
        text.get_font()
        for page in document
        for text in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT])
    ]


def test_the_case_file_is_one_pdf_whose_chinese_can_be_read_and_searched(
    cast: Cast, case: ReliefCase
):
    answer = opened(cast.reviewer, case, "file")

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer.headers["Cache-Control"]
    text = text_of(answer.content)
    places = [text.index(words) for words in (
        "应急救助案卷", "卷内目录", "应急救助申请表", "今年六月确诊", "应急救助审批表", "救助决定书\r\n编号",
    )]  # fmt: skip
    assert places == sorted(places)
    assert "叁仟壹佰元整" in text
    assert case.beneficiary.name in text
    assert case.beneficiary.id_number not in text
    assert case.account not in text
    assert "返回" not in text  # what only the screen shows
    fonts = {font.get_base_name(): font.is_embedded for font in fonts_of(answer.content)}
    assert fonts
    assert all(fonts.values())
    look = Look.objects.get(by=cast.reviewer, model="relief.reliefcase")
    assert (look.page, look.ids) == ("PDF：案卷封面与目录", [case.pk])


def test_a_pdf_opens_for_whoever_may_print_the_sheet(cast: Cast, case: ReliefCase, outsider):
    assert opened(cast.chair, case, "letter").headers["Content-Type"] == "application/pdf"
    for name in ("file", "cover", "application", "approval"):
        assert opened(cast.chair, case, name).status_code == 403
    for user, status in ((cast.auditor, 403), (outsider, 404), (cast.finance, 403)):
        assert opened(user, case, "letter").status_code == status
    assert opened(cast.reviewer, case, "nonsense").status_code == 404


def test_without_pango_the_page_to_print_opens(cast: Cast, case: ReliefCase, tmp_path, monkeypatch):
    """As on a bare machine: the library is there and its own libraries are not."""
    for package in Path(confined._packages()).iterdir():
        if package.name != "weasyprint":
            (tmp_path / package.name).symlink_to(package)
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library pango')")
    monkeypatch.setattr(confined, "_packages", lambda: str(tmp_path))
    with pytest.raises(archiving.CannotTypeset, match="3"):
        archiving.pdf(["<p>字</p>"])
    for name, shown in (("letter", "letter"), ("file", "cover")):
        answer = opened(cast.reviewer, case, name)
        assert answer.headers["Location"] == reverse("relief:print", args=[case.pk, shown])


def test_what_is_typed_into_a_sheet_fetches_nothing_from_the_machine(tmp_path):
    secret = tmp_path / "secret.svg"
    secret.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><text y="9">SECRET</text></svg>'
    )
    sheet = f'<p>before</p><img src="{secret.as_uri()}"><p>after</p>'
    text = text_of(archiving.pdf([sheet]))
    assert "SECRET" not in text
    assert "after" in text


def test_with_a_fetcher_that_fetches_it_would(tmp_path):
    """Negative control of the test above."""
    secret = tmp_path / "secret.svg"
    secret.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><text y="9">SECRET</text></svg>'
    )
    made = HTML(string=f'<img src="{secret.as_uri()}">').write_pdf()
    assert "SECRET" in text_of(made)


def test_a_sheet_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(archiving, "WAIT", 0)
    with pytest.raises(archiving.CannotTypeset):
        archiving.pdf(["<p>字</p>"])
