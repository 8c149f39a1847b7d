"""figures and monthly_report on the command line: what they print and how they end."""

import json
from datetime import date
from hashlib import sha256
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from tests.factories import make_enterprise, make_member
from wanping_union import portal
from wanping_union.reports import monthly
from wanping_union.reports.models import MonthlyReport

YEAR = {"from": "2016-01-01", "to": "2016-12-31"}


def run(*words):
    said = StringIO()
    call_command(*words, stdout=said)
    return said.getvalue()


def refused(*words):
    """Exit code and words of a command that does not do it."""
    with pytest.raises(CommandError) as error:
        run(*words)
    return error.value.returncode, str(error.value)


def test_figures_prints_every_figure_as_json(union):
    make_member(union, joined_on=date(2016, 12, 31), route="scattered")
    answer = json.loads(
        run("figures", "--union=WP", "--from=2016-01-01", "--to=2016-12-31", "--json")
    )
    assert {key: answer[key] for key in ("union", "from", "to")} == {"union": "WP"} | YEAR
    assert list(answer["figures"]) == list(portal.INDICATORS)
    assert answer["figures"]["new_member_count.scattered"] == 1
    money = {code: v for code, v in answer["figures"].items() if type(v) is not int}
    assert money == {"relief_paid_amount": "0.00", "relief_paid_max": "0.00"}
    assert answer["lower_bound"] == []


def test_figures_names_what_is_a_lower_bound(union):
    make_enterprise(union)
    words = ("figures", "--union=WP01", "--from=2016-01-01", "--to=2016-12-31")
    assert json.loads(run(*words, "--json"))["lower_bound"] == ["employee_count"]
    assert "≥0 人  覆盖企业职工" in run(*words)


@pytest.mark.parametrize(
    "words",
    [
        ("--union=XX", "--from=2016-01-01", "--to=2016-12-31"),
        ("--union=WP", "--from=2016-02-30", "--to=2016-12-31"),
        ("--union=WP", "--from=2016-12-31", "--to=2016-01-01"),
    ],
    ids=["union", "date", "order"],
)
def test_figures_ends_with_2_where_the_arguments_are_wrong(area, words):
    code, said = refused("figures", *words)
    assert code == 2
    assert said


def test_monthly_report_writes_the_file_that_is_kept(committed, union, tmp_path):
    make_member(union, joined_on=date(2016, 12, 31))
    out = tmp_path / "月报.xlsx"
    answer = json.loads(
        run("monthly_report", "--union=WP01", "--month=2016-12", f"--out={out}", "--json")
    )
    kept = MonthlyReport.objects.get()
    assert out.read_bytes() == kept.content
    assert answer["sha256"] == sha256(out.read_bytes()).hexdigest() == kept.sha256
    assert (answer["union"], answer["month"], answer["version"]) == ("WP01", "2016-12", 1)
    assert answer["figures"]["new_member_count"]["month"] == 1
    assert load_workbook(out)["月报"]["D2"].value == "2016年12月"
    assert [p.name for p in tmp_path.iterdir()] == ["月报.xlsx"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--union=XX", "--month=2016-12", "--out=x.xlsx"), 2),
        (("--union=WP01", "--month=2016-13", "--out=x.xlsx"), 2),
        (("--union=WP01", "--month=2016-12", "--out=/no/such/x.xlsx"), 2),
        (("--union=WP01", "--month=2099-12", "--out=x.xlsx"), 1),
    ],
    ids=["union", "month", "folder", "month to come"],
)
def test_monthly_report_says_why_it_made_nothing(union, tmp_path, monkeypatch, words, code):
    monkeypatch.chdir(tmp_path)
    assert refused("monthly_report", *words)[0] == code
    assert not MonthlyReport.objects.exists()
    assert list(tmp_path.iterdir()) == []


def test_monthly_report_waits_its_turn(union, chair, tmp_path):
    monthly.request(union, date(2016, 12, 1), by=chair)
    code, said = refused(
        "monthly_report", "--union=WP01", "--month=2016-12", f"--out={tmp_path / 'x.xlsx'}"
    )
    assert (code, "正在生成" in said) == (1, True)


def test_monthly_report_into_a_file_that_cannot_be_written_is_refused(committed, union, tmp_path):
    out = tmp_path / "x.xlsx"
    out.mkdir()
    code, said = refused("monthly_report", "--union=WP01", "--month=2016-12", f"--out={out}")
    assert (code, "写不了文件" in said) == (1, True)
