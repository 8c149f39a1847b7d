"""What a list shows is what the file holds, for those who may have it and no longer than that."""

import shutil
import subprocess
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook

from members.imports import KINDS
from members.models import Person, UnionProfile
from members.rules import Status
from tests.factories import make_enterprise, make_member, make_user
from wanping_union import portal
from wanping_union.accounts.models import Grant, Union
from wanping_union.audit import log
from wanping_union.audit.context import acting
from wanping_union.audit.models import Act, Channel, Look
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.exports import services, writer
from wanping_union.exports.kinds import DATE, NUMBER, Column
from wanping_union.exports.models import ExportedFile, Piece, State
from wanping_union.imports.services import import_content
from wanping_union.jobs import services as jobs
from wanping_union.jobs import worker
from wanping_union.jobs.models import Job
from wanping_union.names import search_keys
from wanping_union.reference.models import ReferenceValue
from wanping_union.roles import Role

PAYLOADS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1,1)",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1,1)",
)
ROLES = {
    "accounts": Role.ADMINISTRATOR,
    "acts": Role.AUDITOR,
    "changes": Role.AUDITOR,
    "looks": Role.AUDITOR,
}  # others: the area's officer


def ask(kind, by, query=None, **options):
    union = by.grants.order_by("pk").first().union
    return services.request(portal.EXPORTS[kind], query or {}, by=by, union=union, **options)


def make(file):
    worker.work_one(jobs.claim(60, only=file.job_id), portal.JOBS["export"])
    return ExportedFile.objects.select_related("job").get(pk=file.pk)


def content_of(file):
    return b"".join(Piece.objects.filter(file=file).values_list("content", flat=True))


def cells_of(content):
    return [list(row) for row in load_workbook(BytesIO(content)).active.iter_rows()]


def rows_of(file):
    """Rows as {heading: value}."""
    head, *rows = [[cell.value for cell in row] for row in cells_of(content_of(file))]
    return [dict(zip(head, row, strict=True)) for row in rows]


def post(client, path, **fields):
    return client.post(path, {"form_token": str(uuid4()), **fields})


def test_the_file_holds_what_the_list_shows_in_its_order(chair, union, other_union, client):
    make_member(union, name="王秀英", mobile="13812345678", joined_on=date(2016, 3, 4))
    make_member(union, name="李建国", joined_on=date(2016, 5, 6))
    make_member(union, name="赵退休", status=Status.RETAINED)
    make_member(other_union, name="外人")
    client.force_login(chair)

    page = client.get("/members/?status=active").content.decode()
    file = make(ask("people", chair, {"status": "active"}))

    rows = rows_of(file)
    assert [row["姓名"] for row in rows] == ["李建国", "王秀英"]
    assert rows[1]["手机号码"] == "138****5678"
    assert rows[1]["入会日期"].date() == date(2016, 3, 4)
    assert all(row["证件号码"] in page and "****" in row["证件号码"] for row in rows)
    assert (file.state, file.rows) == (State.READY, 2)


def test_the_link_on_a_list_carries_its_filters_and_its_search(chair, union, client):
    for name in ("晓月苑物业公司", "老庄子商店"):
        make_enterprise(union, name=name, keys=search_keys(name))
    client.force_login(chair)
    there = client.post("/members/enterprises/", {"q": "物业"}).headers["Location"]

    listed = client.get(there).content.decode()
    link = "/exports/new/enterprises/?" + there.split("?")[1]
    asked = client.get(link)
    sent = post(client, link)

    assert f'href="{link}"' in listed
    assert "共 1 家" in asked.content.decode()
    assert "搜索：物业" in asked.content.decode()
    file = make(ExportedFile.objects.get())
    assert sent.headers["Location"] == file.get_absolute_url()
    assert [row["名称"] for row in rows_of(file)] == ["晓月苑物业公司"]


def test_what_was_searched_for_lies_nowhere_in_clear(chair, union):
    file = ask("enterprises", chair, {"q": "王秀英"})
    with connection.cursor() as cursor:
        cursor.execute("select query from exports_exportedfile")
        stored = bytes(cursor.fetchone()[0])
    assert "王秀英".encode() not in stored
    assert file.job.args == {}


@pytest.mark.parametrize("kind", portal.EXPORTS)
def test_no_cell_of_any_export_is_a_formula(kind, area, union, officer, district):
    for n, text in enumerate(PAYLOADS):
        firm = make_enterprise(union, name=text, address=text, industry=text)
        member = make_member(union, name=text, enterprise=firm)
        member.remark = member.occupation = text
        member.save()
        ReferenceValue.objects.create(
            key=f"test.k{n}", label=text, text=text, unit=text, source=text, note=text,
            valid_from=date(2016, 1, 1), confidence="L",
        )  # fmt: skip
        clerk = make_user(Role.UNIT_CLERK, union, name=text)
        log.write("import", text, by=officer, record=member, union=union, note=text)
        log.look(Person, [member.person_id], by=clerk, page=text, reason=text)
        with acting(Channel.WEB, clerk.pk):
            Union.objects.filter(pk=union.pk).update(name=text)
    UnionProfile.objects.create(union=union, chair_name="=1+1", address="+1", phone="@1")
    by = make_user(ROLES[kind], district) if kind in ROLES else officer
    query = {"code": "member_count", "union": "WP", "from": "2016-01-01", "to": "2026-12-31"}

    file = make(ask(kind, by, query if kind == "figure" else {}))

    cells = [cell for row in cells_of(content_of(file))[1:] for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    dangerous = [cell for cell in cells if str(cell.value).startswith(("=", "+", "@"))]
    assert dangerous
    assert all(cell.quotePrefix for cell in dangerous)
    if kind == "people":
        shown = {cell.value for cell in cells}
        assert {text.replace("\r", "") for text in PAYLOADS} <= shown


def test_the_change_log_goes_out_as_its_page_shows_it(client, auditor, officer, union):
    member = make_member(union, name="王秀英", mobile="13812345678")
    with acting(Channel.WEB, officer.pk) as here:
        Person.objects.filter(pk=member.person_id).update(name="王秀兰", mobile="13900000000")
    link = f"/exports/new/changes/?table=members_person&request={here.request_id}"
    client.force_login(auditor)

    assert "共 1 条" in client.get(link).content.decode()
    file = make(ask("changes", auditor, {"request": str(here.request_id)}))

    (row,) = rows_of(file)
    assert (row["数据"], row["编号"], row["变动"]) == ("会员", str(member.person_id), "修改")
    assert row["操作人"] == officer.name
    assert "姓名：王秀英 → 王秀兰" in row["内容"]
    assert "手机号码：（已加密） → （已加密）" in row["内容"]
    look = Look.objects.get(page="导出改动记录")
    assert (look.by, look.model, look.ids) == (auditor, "members.person", [member.person_id])


def test_the_log_of_looks_goes_out_with_its_filters(auditor, officer, union):
    person = make_member(union).person
    log.look(Person, [person.pk], by=officer, page="会员档案", fields=("证件号码",), reason="核对")
    log.look(Person, [person.pk + 1], by=officer, page="会员名册")

    (row,) = rows_of(make(ask("looks", auditor, {"person": str(person.pk)})))

    assert (row["查看人"], row["页面"], row["看了什么"]) == (officer.name, "会员档案", "会员")
    assert (row["编号"], row["完整号码"], row["事由"]) == (str(person.pk), "证件号码", "核对")


@pytest.mark.parametrize("kind", ["changes", "looks"])
def test_only_an_auditor_of_the_district_takes_these_logs_away(client, chair, area, kind):
    client.force_login(chair)
    assert client.get(f"/exports/new/{kind}/").status_code == 403
    client.force_login(make_user(Role.AUDITOR, area))
    assert client.get(f"/exports/new/{kind}/").status_code == 404


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_shows_the_text_and_computes_nothing(chair, union, tmp_path):
    for text in PAYLOADS:
        make_member(union, name=text)
    (tmp_path / "list.xlsx").write_bytes(content_of(make(ask("people", chair))))
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/home", "--headless",
         "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", tmp_path,
         tmp_path / "list.xlsx"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    shown = (tmp_path / "list.csv").read_text()
    for text in PAYLOADS:
        assert text.strip() in shown


def test_an_export_in_clear_can_be_imported_again_and_changes_nothing(officer, union, area):
    for n in range(5):
        make_member(union, name="王秀英", mobile=f"1381234567{n}", route="scattered")
    file = make(ask("people", officer, clear=True, reason="报送换发京卡名单"))
    kind = next(kind for kind in KINDS if kind.name == "roster")

    outcome = import_content(kind, content_of(file), "会员名册.xlsx", by=officer)

    assert not outcome.problems
    assert (outcome.rows, outcome.counts.unchanged) == (5, 5)


def test_full_numbers_need_a_role_and_a_purpose_and_leave_both_in_the_audit(
    officer, administrator, union, area
):
    member = make_member(union, mobile="13812345678")
    with pytest.raises(NotAllowed):
        ask("people", administrator, clear=True, reason="想看看")
    with pytest.raises(NotAllowed):
        ask("enterprises", officer, clear=True, reason="没有号码可看")
    with pytest.raises(Refused, match="用途"):
        ask("people", officer, clear=True)

    file = make(ask("people", officer, clear=True, reason="报送换发京卡名单"))

    assert rows_of(file)[0]["证件号码"] == member.person.id_number
    assert rows_of(file)[0]["手机号码"] == "13812345678"
    act = Act.objects.get(name="export")
    assert (act.by, act.union_path) == (officer, area.path)
    assert act.note.startswith("1 行，完整号码，用途：报送换发京卡名单，校验码 ")
    assert member.person.id_number not in str(list(Act.objects.values()))


def test_everybody_in_a_file_was_looked_at(officer, union, area, monkeypatch):
    monkeypatch.setattr(services, "LOOK", 2)
    people = {make_member(union).person_id for _ in range(5)}
    make(ask("people", officer))
    masked = list(Look.objects.all())
    make(ask("people", officer, clear=True, reason="换发京卡"))
    clear = list(Look.objects.exclude(pk__in=[look.pk for look in masked]))

    for looks in (masked, clear):
        assert [len(look.ids) for look in looks] == [2, 2, 1]
        assert {pk for look in looks for pk in look.ids} == people
        assert {(look.by_id, look.model) for look in looks} == {(officer.pk, "members.person")}
    assert {(tuple(look.fields), look.reason) for look in masked} == {((), "")}
    full = ("证件号码", "手机号码", "京卡卡号")
    assert {(tuple(look.fields), look.reason) for look in clear} == {(full, "换发京卡")}


def test_full_numbers_stop_at_the_unions_where_the_person_may_look(union, other_union, area):
    mine, theirs = make_member(union), make_member(other_union)
    user = make_user(Role.AUDITOR, area)
    Grant.objects.create(user=user, union=union, role=Role.UNIT_CHAIR)

    file = make(ask("people", user, clear=True, reason="核对京卡"))

    numbers = {row["证件号码"] for row in rows_of(file)}
    assert mine.person.id_number in numbers
    assert theirs.person.id_number not in numbers
    assert len(numbers) == 2


def test_the_form_offers_full_numbers_only_to_who_may_look(client, officer, administrator, union):
    make_member(union)
    client.force_login(administrator)
    assert "完整号码" not in client.get("/exports/new/people/").content.decode()
    post(client, "/exports/new/people/", numbers="clear", reason="试一试")
    assert not ExportedFile.objects.get(by=administrator).clear

    client.force_login(officer)
    assert "完整号码" in client.get("/exports/new/people/").content.decode()
    refused = post(client, "/exports/new/people/", numbers="clear")
    assert refused.status_code == 422
    assert "请写明用途" in refused.content.decode()


def test_who_acts_for_two_unions_gets_the_one_whose_list_was_on_the_page(chair, union, other_union):
    make_member(union, name="王秀英")
    make_member(other_union, name="李建国")
    Grant.objects.create(user=chair, union=other_union, role=Role.UNIT_CHAIR)
    chair.held = tuple(grant for grant in chair.held if grant.union == other_union)

    file = make(ask("people", chair))

    assert [row["姓名"] for row in rows_of(file)] == ["李建国"]


def test_who_lost_the_role_meanwhile_gets_nothing(chair, union):
    make_member(union)
    file = ask("people", chair)
    Grant.objects.filter(user=chair).delete()

    file = make(file)

    assert file.state == State.FAILED
    assert "没有查看这份名单的权限" in file.error
    assert not Piece.objects.exists()


def test_a_file_is_fetched_only_by_its_owner_and_only_while_in_the_role(
    client, chair, outsider, administrator, union, other_union
):
    make_member(union)
    file = make(ask("people", chair))
    path = f"/exports/{file.pk}/download/"
    for user in (outsider, administrator):
        client.force_login(user)
        assert client.get(path).status_code == 404
    client.force_login(chair)
    assert client.get(path).status_code == 200

    # Still a chair, but of another union: what the file holds is no longer theirs.
    Grant.objects.filter(user=chair).update(union=other_union)
    assert client.get(path).status_code == 403
    assert "不能下载这份文件" in client.get(f"/exports/{file.pk}/").content.decode()


def test_a_download_cannot_be_sniffed_cached_or_run(client, chair, union):
    make_member(union)
    file = make(ask("people", chair))
    client.force_login(chair)

    answer = client.get(f"/exports/{file.pk}/download/")

    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert not answer.streaming
    assert answer.content == content_of(file)
    assert Act.objects.filter(name="download_export", by=chair).count() == 1


def test_a_file_goes_after_thirty_days_and_says_so(client, chair, union):
    make_member(union)
    old, young = make(ask("people", chair)), make(ask("people", chair))
    ExportedFile.objects.filter(pk=old.pk).update(
        created_at=timezone.now() - timedelta(days=30, minutes=1)
    )

    services.purge()

    assert [piece.file_id for piece in Piece.objects.all()] == [young.pk]
    client.force_login(chair)
    assert "请回到名单重新导出" in client.get(f"/exports/{old.pk}/").content.decode()
    assert client.get(f"/exports/{old.pk}/download/").status_code == 422
    assert client.get(f"/exports/{young.pk}/download/").status_code == 200


def test_a_file_can_be_deleted_early_once(client, chair, union):
    file = make(ask("people", chair))
    client.force_login(chair)

    assert post(client, f"/exports/{file.pk}/delete/").status_code == 302
    assert post(client, f"/exports/{file.pk}/delete/").status_code == 422
    with pytest.raises(OutOfTurn):
        services.delete(file, by=chair)
    assert not Piece.objects.exists()


def test_those_who_watch_see_that_somebody_had_a_file_but_not_the_file(
    client, chair, auditor, outsider, union
):
    file = make(ask("people", chair, clear=True, reason="核对京卡"))
    client.force_login(auditor)
    everybody = client.get("/exports/?of=all").content.decode()
    assert "核对京卡" in everybody
    assert chair.name in everybody
    assert file.get_absolute_url() not in everybody
    assert client.get(file.get_absolute_url()).status_code == 404
    client.force_login(outsider)
    assert chair.name not in client.get("/exports/?of=all").content.decode()


def test_the_same_list_is_made_once_at_a_time(chair, union):
    file = ask("people", chair)
    with pytest.raises(Refused, match="还在生成"):
        ask("people", chair)
    make(file)
    ask("people", chair)


def test_a_filter_by_somebody_elses_union_finds_no_page(client, chair, union, other_union):
    client.force_login(chair)
    assert client.get("/exports/new/people/?union=WP02").status_code == 404
    assert client.get("/exports/new/nothing/").status_code == 404
    assert client.get("/exports/new/accounts/").status_code == 403


def test_too_many_rows_are_refused_with_a_sentence(chair, union, monkeypatch):
    for _ in range(3):
        make_member(union)
    monkeypatch.setattr(services, "MOST_ROWS", 2)
    assert "分几次导出" in make(ask("people", chair)).error


def test_an_empty_list_has_its_headings(chair, union):
    cells = cells_of(content_of(make(ask("people", chair))))
    assert [cell.value for cell in cells[0]][:3] == ["姓名", "性别", "证件类型"]


def test_a_long_file_lies_in_pieces_and_comes_back_whole(chair, union, monkeypatch):
    make_member(union)
    monkeypatch.setattr(services, "PIECE", 1000)
    file = make(ask("people", chair))
    assert Piece.objects.count() > 3
    assert len(services.fetch(portal.EXPORTS["people"], file, by=chair)) == file.size
    assert Person.objects.count() == len(rows_of(file)) == 1


def test_the_rows_of_a_figure_are_as_many_as_the_figure_says(officer, union, area):
    for n in range(4):
        make_member(union, joined_on=date(2016, 1, 1 + n))
    query = {"code": "new_member_count", "union": "WP", "from": "2016-01-02", "to": "2016-12-31"}
    file = make(ask("figure", officer, query))
    assert file.rows == 3
    assert Job.objects.get(pk=file.job_id).result["rows"] == 3


ODD = (
    "a & b",
    "<b>1</b>",
    '"双引号"',
    " 两头有空格 ",
    "两行\n文字",
    "_x000D_",
    "编码\x0b错误",
    "𠮷野家",
)


def workbook(columns, rows):
    target = BytesIO()
    writer.write(target, "名单", columns, rows)
    return target.getvalue()


def test_odd_text_days_and_numbers_are_read_back_as_they_were():
    columns = [Column("文字"), Column("日期", holds=DATE), Column("数", holds=NUMBER)]
    day = date(2016, 2, 29)
    rows = [(text, day, Decimal("12.50")) for text in ODD] + [(None, None, None), ("", day, 0)]

    content = workbook(columns, rows)

    read = [[cell.value for cell in row] for row in cells_of(content)]
    assert [row[0] for row in read[1:9]] == [*ODD[:5], "_x005F_x000D_", "编码错误", "𠮷野家"]
    assert {(row[1].date(), row[2]) for row in read[1:9]} == {(day, 12.5)}
    assert read[9][:3] == [None, None, None]
    assert (read[10][0], read[10][2]) == (None, 0)
    by_calamine = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0)
    assert [row[0] for row in by_calamine.to_python()[1:6]] == list(ODD[:5])


def test_no_part_of_a_workbook_lies_on_the_disk_in_clear(chair, union, monkeypatch, tmp_path):
    make_member(union, name="王秀英")
    monkeypatch.setenv("TMPDIR", str(tmp_path / "nowhere"))  # a temporary file would fail here
    assert rows_of(make(ask("people", chair)))[0]["姓名"] == "王秀英"
