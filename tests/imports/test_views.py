import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from members.models import Membership, Person
from tests.factories import make_enterprise, make_user
from tests.imports.conftest import BY_NAME, DATA
from wanping_union import portal
from wanping_union.accounts.models import Union
from wanping_union.audit.models import Act
from wanping_union.imports import blanks, services
from wanping_union.imports.models import BadRow, Batch, State
from wanping_union.jobs import worker
from wanping_union.jobs.models import Job
from wanping_union.roles import Role

pytestmark = pytest.mark.usefixtures("sample_year")
WHOLE = {  # what the eleven rows should have been
    10: {"id_number": "410928197504163780"},
    18: {"id_number": "410928197404071379"},
    22: {"id_number": "110106197909067209"},
    26: {"sex": "女"},
    30: {"born_on": "1964.7.25"},
    34: {"mobile": "17661209492"},
    39: {"name": "梁芳"},
    43: {"joined_on": "2009年9月4日"},
    47: {"union": "WP01"},
    51: {"joined_on": "20100814"},
    59: {"id_number": "410928199001068756", "sex": "", "born_on": ""},
}
DAMAGED = (DATA / "roster-damaged.xlsx").read_bytes()


def work_off():
    """What a worker does, without the bell."""
    for job in Job.objects.filter(state="queued"):
        run = worker.Run(job)
        portal.JOBS[job.kind](run)
        job.state, job.finished_at = "done", job.created_at
        job.save()


def token(response):
    return re.search(r'name="form_token" value="([^"]+)"', response.content.decode())[1]


@pytest.fixture
def wp01(sample):
    return Union.objects.get(code="WP01")


@pytest.fixture
def chair(wp01):
    return make_user(Role.UNIT_CHAIR, wp01, name="程梓燕")


@pytest.fixture
def damaged(chair, wp01):
    """The damaged roster, uploaded and checked."""
    batch = services.upload(BY_NAME["roster"], wp01, "名册.xlsx", DAMAGED, by=chair)
    work_off()
    return Batch.objects.get(pk=batch.pk)


@pytest.fixture
def page(client, chair):
    client.force_login(chair)
    return client


def post(client, name, *args, **values):
    form = client.get(reverse("imports:upload"))
    url = reverse(f"imports:{name}", args=args)
    return client.post(url, {"form_token": token(form), **values}, follow=True)


def test_an_upload_is_checked_and_shows_what_was_understood(page, wp01):
    file = SimpleUploadedFile("名册.xlsx", DAMAGED)
    waiting = post(page, "upload", kind="roster", union="WP01", file=file)
    assert "正在排队" in waiting.content.decode()
    work_off()
    text = page.get(waiting.redirect_chain[-1][0]).content.decode()
    for words in (
        "花名册",
        "表头在第 3 行",
        "49 行可以导入",
        "11 行要改正",
        "身份证号 → <b>证件号码</b>",
    ):
        assert words in text
    assert "24491" in text
    assert "1967-01-19" in text
    assert "全角数字，已转成半角" in text


def test_nothing_personal_of_a_bad_row_lies_in_clear(damaged):
    batch = Batch.objects.filter(pk=damaged.pk).values().get()
    row = BadRow.objects.filter(batch=damaged, row=22).extra(select={"raw": "cells"}).get()
    assert "11010619790906720" in row.cells
    assert b"11010619790906720" not in bytes(row.raw)
    assert "11010619790906720" not in str(batch["layout"])


def test_a_row_mended_in_the_page_is_checked_at_once(page, damaged):
    text = page.get(reverse("imports:mend", args=[damaged.pk])).content.decode()
    assert "第 34 行" in text
    assert "1381234567" in text
    post(page, "mend", damaged.pk, **{"c-34-mobile": "13812345678"})
    batch = Batch.objects.get(pk=damaged.pk)
    assert (batch.importable, batch.bad) == (50, 10)
    assert BadRow.objects.get(batch=batch, row=34).is_mended


def test_a_file_goes_in_whole_once_all_its_rows_are_mended(page, damaged):
    for row, cells in WHOLE.items():
        fields = {f"c-{row}-{key}": text for key, text in cells.items()}
        post(page, "mend", damaged.pk, **fields)
    assert Batch.objects.get(pk=damaged.pk).bad == 0
    post(page, "run", damaged.pk)
    work_off()
    batch = Batch.objects.get(pk=damaged.pk)
    assert (batch.state, batch.rows, batch.importable) == (State.DONE, 60, 60)


def test_what_only_the_whole_file_shows_sends_it_back_unwritten(page, damaged):
    other = Person.objects.get(name="蔡红欣")  # stands in row 5
    fields = {"c-59-id_number": other.id_number, "c-59-name": "蔡红欣"}
    post(page, "mend", damaged.pk, **{**fields, "c-59-born_on": "", "c-59-sex": ""})
    Membership.objects.filter(union__code="WP01").update(occupation="", remark="旧")
    BadRow.objects.filter(batch=damaged, is_mended=False).delete()
    Batch.objects.filter(pk=damaged.pk).update(importable=60)
    post(page, "run", damaged.pk)
    work_off()
    batch = Batch.objects.get(pk=damaged.pk)
    assert batch.state == State.CHECKED
    assert "一行也没有写入" in batch.sentence
    assert BadRow.objects.filter(batch=batch, row=59).exists()
    assert not Act.objects.filter(name="import", by=batch.by).exists()


def test_a_row_that_is_still_wrong_keeps_what_was_typed(page, damaged):
    shown = post(page, "mend", damaged.pk, **{"c-34-mobile": "12345"})
    text = shown.content.decode()
    assert 'value="12345"' in text
    assert "还有 1 行没有改好" in text


def test_all_that_was_typed_is_kept_whichever_button_was_pressed(page, damaged):
    typed = {"c-34-mobile": "13812345678", "c-26-sex": "女", "c-39-name": ""}
    post(page, "mend", damaged.pk, **typed)
    assert Batch.objects.get(pk=damaged.pk).bad == 9


def test_a_request_larger_than_any_workbook_is_refused_unread(page):
    answer = page.post(
        reverse("imports:upload"), b"", content_type="text/plain", CONTENT_LENGTH="30000000"
    )
    assert answer.status_code == 413
    assert "文件超过 20 MB" in answer.content.decode()


def test_the_good_rows_can_go_in_alone_with_what_was_mended(page, damaged):
    Membership.objects.filter(union__code="WP01").update(occupation="")
    post(page, "mend", damaged.pk, **{"c-34-mobile": "13812345678"})
    post(page, "run", damaged.pk, only_good="1")
    work_off()
    batch = Batch.objects.get(pk=damaged.pk)
    assert (batch.state, batch.importable, batch.bad) == (State.DONE, 50, 10)
    assert batch.created == 0
    assert Person.objects.get(mobile_tail="5678", name="沈佳远").mobile == "13812345678"
    assert Act.objects.filter(name="import", by=batch.by).count() == 1
    assert (
        "已导入 50 行，10 行没有导入"
        in page.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    )


def test_a_file_with_problems_does_not_go_in_whole(page, damaged):
    answer = post(page, "run", damaged.pk)
    assert answer.status_code == 422
    assert "还有 11 行有问题" in answer.content.decode()


@pytest.mark.parametrize("act", ["run", "cancel", "mend"])
def test_a_file_that_has_gone_on_meanwhile_gives_a_sentence(page, damaged, act):
    Batch.objects.filter(pk=damaged.pk).update(state=State.DONE)
    answer = post(page, act, damaged.pk, only_good="1")
    assert answer.status_code == 422
    assert "这个文件现在是“已导入”，不能再" in answer.content.decode()


def test_a_cancelled_file_is_gone_with_its_rows(page, damaged):
    post(page, "cancel", damaged.pk)
    batch = Batch.objects.get(pk=damaged.pk)
    assert (batch.state, batch.content) == (State.CANCELLED, None)
    assert not BadRow.objects.exists()


def test_the_failed_rows_come_back_as_text_with_a_reason(page, damaged):
    answer = post(page, "failed_rows", damaged.pk)
    sheet = load_workbook(BytesIO(answer.content)).active
    head, *rows = sheet.iter_rows(values_only=True)
    assert head[:5] == ("工会名称", "姓 名", "性别", "身份证号", "联系电话")
    assert head[-1] == "原因"
    assert len(rows) == 11
    assert rows[2][3] == "11010619790906720"
    assert rows[2][-1].startswith("（原第 22 行）证件号码：")
    assert all(isinstance(cell, str | None) for row in rows for cell in row)
    assert Act.objects.filter(name="failed_rows").exists()


def test_failed_rows_can_be_sent_again_and_give_the_same_problems(page, damaged):
    answer = post(page, "failed_rows", damaged.pk)
    again = services.import_content(
        BY_NAME["roster"], answer.content, "x.xlsx", by=None, dry_run=True
    )
    codes = {(p.column, p.code) for _, p in again.errors()}
    assert ("证件号码", "excel_damaged_id") in codes
    assert again.rows == 11


def test_another_union_finds_nothing(client, damaged):
    outsider = make_user(Role.UNIT_CHAIR, Union.objects.get(code="WP02"))
    client.force_login(outsider)
    for name in ("batch", "mend"):
        assert client.get(reverse(f"imports:{name}", args=[damaged.pk])).status_code == 404
    for name in ("mend", "run", "cancel", "failed_rows"):
        assert post(client, name, damaged.pk).status_code == 404
    assert client.get(reverse("imports:blank", args=["roster", "WP01"])).status_code == 404
    assert "名册.xlsx" not in client.get(reverse("imports:batches")).content.decode()


def test_only_who_sent_the_file_sees_its_rows(client, damaged, wp01):
    client.force_login(make_user(Role.UNIT_CLERK, wp01))
    assert client.get(reverse("imports:batch", args=[damaged.pk])).status_code == 200
    assert client.get(reverse("imports:mend", args=[damaged.pk])).status_code == 403
    assert post(client, "failed_rows", damaged.pk).status_code == 403


def test_a_chair_may_not_send_a_list_of_unions(page, wp01):
    file = SimpleUploadedFile("u.xlsx", (DATA / "unions-2016.xlsx").read_bytes())
    answer = post(page, "upload", kind="unions", union="WP01", file=file)
    assert answer.status_code == 422
    assert page.get(reverse("imports:blank", args=["unions", "WP01"])).status_code == 403


def test_a_file_that_cannot_be_read_says_why_and_keeps_nothing(page, wp01):
    file = SimpleUploadedFile("名册.xlsx", b"%PDF-1.7 x")
    waiting = post(page, "upload", kind="roster", union="WP01", file=file)
    work_off()
    text = page.get(waiting.redirect_chain[-1][0]).content.decode()
    assert "PDF 文件，不是表格" in text
    assert Batch.objects.get().content is None


def test_the_same_file_a_second_time_says_when_it_went_in(page, chair, wp01):
    content = (DATA / "roster-gb18030.csv").read_bytes()
    for _ in range(2):
        batch = services.upload(BY_NAME["roster"], wp01, "名册.csv", content, by=chair)
        work_off()
        if not services.earlier(batch):
            services.start(batch, BY_NAME["roster"], by=chair, only_good=False)
            work_off()
    text = page.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    assert "同一个文件已由 程梓燕 于" in text
    assert f"新增 {services.earlier(batch).created}，更新" in text
    assert "全部可以导入" in text
    again = services.upload(BY_NAME["roster"], wp01, "名册.csv", content, by=chair)
    text = page.get(reverse("imports:batch", args=[again.pk])).content.decode()
    assert "正在排队" in text
    assert "同一个文件已由 程梓燕 于" in text
    first = reverse("imports:batch", args=[services.earlier(again).pk])
    assert "看那一次" in text
    assert first in text
    assert "同一个文件" not in page.get(first).content.decode()


def test_a_blank_workbook_reads_back_through_the_engine(page, wp01):
    make_enterprise(wp01, name="晓月商店")
    answer = page.get(reverse("imports:blank", args=["roster", "WP01"]))
    book = load_workbook(BytesIO(answer.content))
    sheet = book["会员名册"]
    assert sheet["D4"].number_format == "@"
    assert len(sheet.data_validations.dataValidation) >= 6
    assert "晓月商店" in {cell.value for column in book["选项"].columns for cell in column}
    values = {
        "姓名*": "李晓月",
        "证件号码*": "11010519491231002X",
        "所属工会*": "晓月苑联合工会",
        "入会日期*": "2016-12-20",
        "工作单位": "晓月商店",
    }
    heads = [cell.value for cell in sheet[2]]
    for head, value in values.items():
        sheet.cell(4, heads.index(head) + 1, value)
    target = BytesIO()
    book.save(target)
    outcome = services.import_content(BY_NAME["roster"], target.getvalue(), "x.xlsx", by=None)
    assert (outcome.rows, outcome.problems, outcome.counts.created) == (1, {}, 1)
    assert Person.objects.get(name="李晓月").id_number == "11010519491231002X"


@pytest.mark.parametrize("kind", ["unions", "enterprises", "roster"])
def test_an_unfilled_blank_holds_no_row(sample, kind):
    area = Union.objects.get(code="WP")
    content = blanks.blank(BY_NAME[kind], area)
    outcome = services.import_content(BY_NAME[kind], content, "x.xlsx", by=None, year=2016)
    assert outcome.rows == 0


def test_a_check_that_was_cancelled_meanwhile_leaves_nothing(chair, wp01):
    batch = services.upload(BY_NAME["roster"], wp01, "名册.xlsx", DAMAGED, by=chair)
    services.cancel(batch, BY_NAME["roster"], by=chair)
    work_off()
    assert Batch.objects.get(pk=batch.pk).state == State.CANCELLED
    assert not BadRow.objects.exists()


def test_contents_are_dropped_after_thirty_days(damaged):
    Batch.objects.update(created_at="2016-01-01 00:00:00+08:00")
    services.purge()
    assert Batch.objects.get(pk=damaged.pk).content is None
    assert not BadRow.objects.exists()


def test_a_file_whose_content_was_dropped_cannot_go_in(page, damaged):
    Batch.objects.update(content=None)
    answer = post(page, "run", damaged.pk, only_good="1")
    assert "请重新上传" in answer.content.decode()


def test_pages_need_few_queries(page, damaged, django_assert_max_num_queries):
    with django_assert_max_num_queries(13):
        page.get(reverse("imports:batches"))
    with django_assert_max_num_queries(13):
        page.get(reverse("imports:batch", args=[damaged.pk]))
    with django_assert_max_num_queries(16):
        page.get(reverse("imports:mend", args=[damaged.pk]))


def test_a_workbook_with_formulas_in_cells_stays_text_in_the_failed_rows(chair, wp01, page):
    book = Workbook()
    book.active.append(["姓名", "证件号码", "所属工会", "入会日期"])
    book.active.append(["=1+1", "'=cmd", "WP01", "2016-01-01"])
    book.active["A2"].data_type = "s"
    target = BytesIO()
    book.save(target)
    batch = services.upload(BY_NAME["roster"], wp01, "x.xlsx", target.getvalue(), by=chair)
    work_off()
    sheet = load_workbook(BytesIO(post(page, "failed_rows", batch.pk).content)).active
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1", "s")
