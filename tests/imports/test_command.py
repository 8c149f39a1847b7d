import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count

from members.models import Membership, Person
from tests.factories import make_user
from tests.imports.conftest import CLEAN, DATA
from wanping_union.accounts.models import Union
from wanping_union.audit.models import Act
from wanping_union.roles import Role

pytestmark = pytest.mark.usefixtures("sample_year")


def run(*arguments):
    """What the command printed as JSON, and its exit code."""
    out = StringIO()
    try:
        call_command("import_file", *map(str, arguments), "--json", stdout=out)
        code = 0
    except CommandError as error:
        code = error.returncode
    return json.loads(out.getvalue() or "null"), code


def routes():
    return dict(Membership.objects.values_list("route").annotate(Count("pk")))


def test_the_damaged_roster_gives_exactly_the_known_errors(sample):
    report, code = run("roster", DATA / "roster-damaged.xlsx", "--dry-run")
    known = json.loads((DATA / "roster-damaged.json").read_text())
    found = [{k: e[k] for k in ("row", "column", "code")} for e in report["errors"]]
    assert (report["rows"], report["importable"]) == (known["rows"], known["importable"])
    assert found == known["errors"]
    assert {e["sheet"] for e in report["errors"]} == {"花名册"}
    assert report["created"] + report["updated"] + report["unchanged"] == 49
    assert code == 1


def test_with_only_good_the_damaged_roster_creates_nobody_and_loses_no_route(sample):
    before = routes()
    report, code = run("roster", DATA / "roster-damaged.xlsx", "--only-good")
    assert (report["created"], code) == (0, 0)
    assert report["updated"] <= 1
    assert Person.objects.count() == 1231
    assert routes() == before


def test_without_only_good_one_error_keeps_everything_out(sample):
    Membership.objects.filter(union__code="WP01").update(occupation="旧工种")
    report, code = run("roster", DATA / "roster-damaged.xlsx")
    assert code == 1
    assert report["errors"]
    assert not Act.objects.filter(note__contains="roster-damaged").exists()


def test_a_file_in_gb18030_is_read_as_it_is(sample):
    report, code = run("roster", DATA / "roster-gb18030.csv")
    assert (report["errors"], code) == ([], 0)
    assert report["rows"] == report["unchanged"] == report["importable"]


@pytest.mark.parametrize("kind", list(CLEAN))
def test_the_same_file_again_changes_nothing(sample, kind):
    report, code = run(kind, DATA / CLEAN[kind])
    assert (report["created"], report["updated"], code) == (0, 0, 0)
    assert report["unchanged"] == report["rows"]


def test_a_chair_cannot_import_rows_of_another_union(sample):
    make_user(Role.UNIT_CHAIR, Union.objects.get(code="WP02"), username="chair02")
    report, code = run("roster", DATA / "roster-damaged.xlsx", "--dry-run", "--as", "chair02")
    codes = {e["code"] for e in report["errors"] if e["column"] == "所属工会"}
    assert codes == {"not_your_union", "unknown_union"}
    assert (report["importable"], code) == (0, 1)


def test_a_chair_may_not_import_unions(sample):
    make_user(Role.UNIT_CHAIR, Union.objects.get(code="WP01"), username="chair")
    assert run("unions", DATA / CLEAN["unions"], "--as", "chair") == (None, 1)


def test_a_file_that_is_no_workbook_is_refused_with_its_code(sample, tmp_path):
    letter = tmp_path / "letter.xlsx"
    letter.write_bytes(b"%PDF-1.4 ...")
    report, code = run("roster", letter)
    assert code == 1
    assert report["rows"] == report["importable"] == 0
    error = report["errors"][0]
    assert (error["code"], error["row"], error["column"]) == ("not_a_workbook", None, None)


@pytest.mark.parametrize(
    "arguments",
    [("roster", "no-such-file.xlsx"), ("roster", DATA / CLEAN["roster"], "--as", "nobody")],
)
def test_wrong_arguments_end_with_2(sample, arguments):
    assert run(*arguments)[1] == 2


def test_one_import_is_one_act_in_the_audit(sample):
    acts = Act.objects.filter(name="import")
    assert acts.count() == 3
    roster = acts.get(label="导入会员名册")
    assert roster.by is None
    assert "新增 1231，更新 0，未变 0，未导入 0" in roster.note


def test_without_json_the_command_speaks_in_sentences(sample):
    out = StringIO()
    with pytest.raises(CommandError, match="有 11 行要改正"):
        call_command("import_file", "roster", str(DATA / "roster-damaged.xlsx"), stdout=out)
    assert "第 22 行 证件号码：" in out.getvalue()
    assert "共 60 行，可导入 49 行：新增 0" in out.getvalue()
