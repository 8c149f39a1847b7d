"""What pages must not contain, so that they hold in old browsers and under a strict policy."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from django import forms as django_forms

from wanping_union import charts, forms
from wanping_union.templatetags import portal

ROOT = Path(__file__).resolve().parent.parent
STATIC = ROOT / "wanping_union" / "static" / "portal"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLESHEETS = sorted(STATIC.glob("*.css"))

# Chromium 86 and Safari 14 do not know these; one of them can cost a whole rule or block.
NOT_IN_CSS = [
    r":has\(",
    r":is\(",
    r":where\(",
    r"color-mix\(",
    r"@layer",
    r"@container",
    r"\binset\s*:",
    r"aspect-ratio",
    r"\d(dvh|svh|lvh)\b",
    r"(margin|padding)-(inline|block)\s*:",
    r"&",
    r"data:",
    r"@import",
]
# The content security policy refuses these.
NOT_IN_TEMPLATES = [
    r"\sstyle\s*=",
    r"<style",
    r"\son[a-z]+\s*=",
    r"hx-on",
    r"javascript:",
    r"<script(?![^>]*\bsrc=)",
    r"\|\s*safe\b",
    r"autoescape\s+off",
    r"hx-vals\s*=\s*['\"]js:",
]
NOT_IN_SCRIPTS = [r"\beval\(", r"new Function", r"\.style\b", r"setAttribute\(.style", r"import\("]


def hits(path: Path, patterns: list[str]) -> list[str]:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [f"{path.name}: {found[0]}" for p in patterns for found in re.finditer(p, text)]


@pytest.mark.parametrize("path", STYLESHEETS, ids=lambda path: path.name)
def test_stylesheets_keep_to_what_old_browsers_know(path: Path) -> None:
    assert hits(path, NOT_IN_CSS) == []


@pytest.mark.parametrize("path", STYLESHEETS, ids=lambda path: path.name)
def test_stylesheets_do_not_nest_rules(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    opened: list[bool] = []  # whether each open block is one that may hold rules
    for found in re.finditer(r"([^{};]*)\{|\}", text):
        if found[0] == "}":
            opened.pop()
        else:
            assert all(opened), f"{path.name}: {found[0].strip()}"
            opened.append(found[1].strip().startswith(("@media", "@keyframes", "@supports")))
    assert opened == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_templates_hold_nothing_the_content_policy_refuses(path: Path) -> None:
    assert hits(path, NOT_IN_TEMPLATES) == []


def test_scripts_hold_nothing_the_content_policy_refuses() -> None:
    assert [hit for path in STATIC.glob("*.js") for hit in hits(path, NOT_IN_SCRIPTS)] == []


def test_the_phone_layout_never_reaches_the_printer() -> None:
    """A4 is about 794 px wide, so a width query without `screen` would catch the print."""
    for path in STYLESHEETS:
        for query in re.findall(r"@media[^{]*width[^{]*", path.read_text(encoding="utf-8")):
            assert "screen" in query, f"{path.name}: {query}"


def test_error_pages_stand_without_the_context_of_a_signed_in_page() -> None:
    for name in ("400", "403", "404", "500"):
        text = (ROOT / "templates" / f"{name}.html").read_text(encoding="utf-8")
        assert '{% extends "_parts/plain.html" %}' in text
    plain = (ROOT / "templates" / "_parts" / "plain.html").read_text(encoding="utf-8")
    assert not re.search(r"shell\.(?!large)|request\b|user\b|csrf_token", plain)


def test_the_longest_bar_fills_its_row_and_the_unknown_draws_none() -> None:
    rows = charts.bars([("甲", 20, ""), ("乙", 5, "/b"), ("丙", None, "")])
    assert [row.width for row in rows] == ["100.00%", "25.00%", "0.00%"]
    assert rows[2].value is None


def test_bars_of_nothing_have_no_length() -> None:
    assert [row.width for row in charts.bars([("甲", 0, ""), ("乙", None, "")])] == ["0%", "0%"]
    assert charts.bars([]) == []


def test_column_blocks_stand_on_each_other_and_add_up() -> None:
    chart = charts.columns("新入会", ["1月", "2月"], [("甲", [3, 0]), ("乙", [5, None])])
    lower, upper = chart.blocks
    assert (lower.series, upper.series) == (1, 2)
    assert lower.y + lower.height == chart.base
    assert upper.y + upper.height == pytest.approx(lower.y)
    assert [total.text for total in chart.totals] == ["8", "0"]
    assert chart.table == [("1月", [3, 5]), ("2月", [0, None])]


def test_a_column_of_which_nothing_is_known_says_so() -> None:
    chart = charts.columns("新入会", ["1月"], [("甲", [None])])
    assert chart.blocks == []
    assert chart.totals[0].text == "—"


def test_the_axis_ends_at_a_round_number_above_the_tallest_column() -> None:
    assert [charts.round_up(top) for top in (0, 0.3, 1, 7, 12, 41, 1000)] == [
        1,
        0.4,
        1,
        10,
        20,
        50,
        1000,
    ]


def test_totals_of_money_lose_no_cent() -> None:
    chart = charts.columns(
        "慰问金", ["1月"], [("甲", [Decimal("0.10")]), ("乙", [Decimal("0.20")])]
    )
    assert chart.totals[0].text == "0.30"


def test_shades_run_from_pale_to_dark_by_equal_steps() -> None:
    assert charts.shades([0, 19, 21, 50, 99, 100, None]) == [0, 0, 1, 2, 4, 4, 0]
    assert charts.shades([0, None]) == [0, 0]
    assert charts.shades([]) == []


@pytest.mark.parametrize(
    ("days", "words", "tone"),
    [
        (-2, "逾期 2 天", "bad"),
        (0, "今天到期", "warn"),
        (7, "还剩 7 天", "warn"),
        (8, "还剩 8 天", "info"),
    ],
)
def test_a_deadline_is_said_in_words_and_its_nearness_in_a_tone(
    days: int, words: str, tone: str
) -> None:
    assert portal.days_left(days) == f'<span class="tag {tone}">{words}</span>'


def test_no_deadline_shows_nothing() -> None:
    assert portal.days_left(None) == ""


def test_values_from_people_are_escaped_in_tags() -> None:
    assert "<b>" not in portal.status_tag("active", "<b>在籍</b>")
    assert "<b>" not in portal.card("", title="<b>")
    assert portal.known("") == '<span class="missing">待补</span>'
    assert portal.known("王秀英") == "王秀英"


def test_a_missing_field_is_asked_for_by_its_name() -> None:
    class Joining(forms.Form):
        name = django_forms.CharField(label="姓名")
        union = django_forms.ChoiceField(label="所属工会", choices=[("1", "甲")])
        paper = django_forms.FileField(label="入会申请书")
        agree = django_forms.BooleanField(label="自愿入会")
        chair = django_forms.CharField(label="主席", error_messages={"required": "请写主席姓名"})

    errors = Joining({}).errors
    assert [errors[name][0] for name in ("name", "union", "paper", "agree", "chair")] == [
        "请填写姓名。",
        "请选择所属工会。",
        "请上传入会申请书。",
        "请勾选：自愿入会。",
        "请写主席姓名",
    ]
