from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from members.sizes import (
    ASCENDING,
    INDUSTRIES,
    SECTIONS,
    SMALL_OR_MICRO,
    Indicator,
    Size,
    classify,
    explain,
    industry_of,
)

# The statute once more, written independently of the module: lower limits large, medium, small.
STATUTE = {
    "农、林、牧、渔业": {"Y": (20000, 500, 50)},
    "工业": {"X": (1000, 300, 20), "Y": (40000, 2000, 300)},
    "建筑业": {"Y": (80000, 6000, 300), "Z": (80000, 5000, 300)},
    "批发业": {"X": (200, 20, 5), "Y": (40000, 5000, 1000)},
    "零售业": {"X": (300, 50, 10), "Y": (20000, 500, 100)},
    "交通运输业": {"X": (1000, 300, 20), "Y": (30000, 3000, 200)},
    "仓储业": {"X": (200, 100, 20), "Y": (30000, 1000, 100)},
    "邮政业": {"X": (1000, 300, 20), "Y": (30000, 2000, 100)},
    "住宿业": {"X": (300, 100, 10), "Y": (10000, 2000, 100)},
    "餐饮业": {"X": (300, 100, 10), "Y": (10000, 2000, 100)},
    "信息传输业": {"X": (2000, 100, 10), "Y": (100000, 1000, 100)},
    "软件和信息技术服务业": {"X": (300, 100, 10), "Y": (10000, 1000, 50)},
    "房地产开发经营": {"Y": (200000, 1000, 100), "Z": (10000, 5000, 2000)},
    "物业管理": {"X": (1000, 300, 100), "Y": (5000, 1000, 500)},
    "租赁和商务服务业": {"X": (300, 100, 10), "Z": (120000, 8000, 100)},
    "其他未列明行业": {"X": (300, 100, 10)},
}
ENOUGH = 10**9
STEPS = ((Size.LARGE, Size.MEDIUM), (Size.MEDIUM, Size.SMALL), (Size.SMALL, Size.MICRO))
EDGES = [
    (label, letter, limit, at, below)
    for label, rows in STATUTE.items()
    for letter, limits in rows.items()
    for limit, (at, below) in zip(limits, STEPS, strict=True)
]
WORKBOOK = Path(__file__).parents[2] / "wanping_union/sample/data/enterprises-2016.xlsx"


def size(label, x=None, y=None, z=None, code=""):
    return classify(
        industry_of(code, label),
        x,
        None if y is None else Decimal(y),
        None if z is None else Decimal(z),
    )


def with_plenty_else(letter, value):
    return {"x": ENOUGH, "y": ENOUGH, "z": ENOUGH} | {letter.lower(): value}


def test_the_table_has_the_sixteen_rows_of_the_statute_and_one_for_what_it_leaves_out():
    assert [industry.labels[0] for industry in INDUSTRIES if industry.bounds] == list(STATUTE)
    assert [industry.key for industry in INDUSTRIES if not industry.bounds] == ["not_covered"]


@pytest.mark.parametrize(("label", "letter", "limit", "at", "below"), EDGES)
def test_a_value_at_the_limit_reaches_the_class_and_one_just_below_does_not(
    label, letter, limit, at, below
):
    just_below = limit - 1 if letter == "X" else Decimal(limit) - Decimal("0.01")
    assert size(label, **with_plenty_else(letter, limit)) == at
    assert size(label, **with_plenty_else(letter, just_below)) == below


INDUSTRY = st.sampled_from([industry for industry in INDUSTRIES if industry.bounds])
PERSONS = st.integers(0, 3000)
MONEY = st.decimals(0, 250_000, places=2)
FIELDS = {Indicator.HEADCOUNT: 0, Indicator.REVENUE: 1, Indicator.ASSETS: 2}


@given(INDUSTRY, PERSONS, MONEY, MONEY, PERSONS, MONEY, MONEY)
def test_raising_an_indicator_never_lowers_the_class(industry, x, y, z, dx, dy, dz):
    before = classify(industry, x, y, z)
    for raised in ((x + dx, y, z), (x, y + dy, z), (x, y, z + dz)):
        assert ASCENDING.index(classify(industry, *raised)) >= ASCENDING.index(before)


@given(INDUSTRY, PERSONS, MONEY, MONEY)
def test_the_class_is_reached_by_all_indicators_and_the_next_one_is_not(industry, x, y, z):
    found = classify(industry, x, y, z)
    reached = [ASCENDING.index(line.size) for line in explain(industry, x, y, z)]
    assert min(reached) == ASCENDING.index(found)


@given(INDUSTRY, PERSONS, MONEY, MONEY, st.data())
def test_a_missing_value_that_is_needed_makes_the_size_unknown(industry, x, y, z, data):
    values = [x, y, z]
    needed = data.draw(st.sampled_from([FIELDS[b.indicator] for b in industry.bounds]))
    values[needed] = None
    assert classify(industry, *values) == Size.UNKNOWN


def test_a_missing_value_that_the_industry_does_not_use_is_no_matter():
    assert size("零售业", x=12, y=80) == Size.MICRO
    assert size("其他未列明行业", x=10) == Size.SMALL


def test_one_value_that_would_decide_alone_still_leaves_the_size_unknown():
    assert size("零售业", x=3) == Size.UNKNOWN


@pytest.mark.parametrize(
    ("label", "x", "y", "expected"),
    [
        ("软件和信息技术服务业", 103, "15735.28", Size.MEDIUM),
        ("餐饮业", 9, 500, Size.MICRO),
        ("零售业", 12, 80, Size.MICRO),
        ("批发业", 6, 1200, Size.SMALL),
    ],
)
def test_examples_of_known_enterprises(label, x, y, expected):
    assert size(label, x=x, y=y) == expected


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("F52", "retail"), ("52", "retail"), ("5211", "retail"), ("f 52", "retail"),
        ("Ｆ５２", "retail"), ("F51", "wholesale"), ("K702", "property_management"),
        ("7010", "real_estate_development"), ("K703", "other_unlisted"), ("704", "not_covered"),
        ("709", "other_unlisted"), ("E47", "construction"), ("50", "construction"),
        ("O80", "other_unlisted"), ("I65", "software_it"), ("I63", "information_transmission"),
        ("64", "information_transmission"), ("C23", "industry"), ("06", "industry"),
        ("46", "industry"), ("C", "industry"), ("A", "agriculture"), ("0111", "agriculture"),
        ("53", "not_covered"), ("G54", "transport"), ("G591", "transport"),
        ("G592", "warehousing"), ("599", "warehousing"), ("60", "postal"),
        ("61", "accommodation"), ("62", "catering"), ("L72", "leasing_business"),
        ("M73", "other_unlisted"), ("79", "other_unlisted"), ("90", "other_unlisted"),
        ("85", "other_unlisted"), ("84", "not_covered"), ("J66", "not_covered"),
        ("J", "not_covered"), ("83", "not_covered"), ("96", "not_covered"), ("97", "not_covered"),
    ],
)  # fmt: skip
def test_a_code_finds_its_row(code, key):
    assert industry_of(code, "").key == key


@pytest.mark.parametrize(
    "code",
    [
        "",
        "F",
        "G",
        "H",
        "I",
        "K",
        "Q",
        "K70",
        "59",
        "G59",
        "98",
        "00",
        "F47",
        "X52",
        "5",
        "52111",
        "零售",
    ],
)
def test_a_code_that_does_not_tell_finds_no_row(code):
    assert industry_of(code, "") is None


@pytest.mark.parametrize(
    ("code", "label", "key"),
    [
        ("K70", "物业管理", "property_management"),
        ("F47", "零售业", "retail"),
        ("", " 零售 ", "retail"),
        ("", "居民服务业", "other_unlisted"),
        ("", "居民服务、修理和其他服务业", "other_unlisted"),
        ("", "农林牧渔业", "agriculture"),
        ("", "农，林，牧，渔业", "agriculture"),
        ("", "金融业", "not_covered"),
        ("F51", "零售业", "wholesale"),
    ],
)
def test_the_label_decides_only_where_the_code_does_not(code, label, key):
    assert industry_of(code, label).key == key


@pytest.mark.parametrize(
    "label", ["", "业", "批发和零售业", "住宿和餐饮业", "房地产业", "服务业", "？"]
)
def test_a_label_of_more_than_one_row_finds_none(label):
    assert industry_of("", label) is None
    assert size(label, x=10, y=10, z=10) == Size.UNKNOWN


def test_every_division_of_the_standard_has_a_row_except_the_two_that_are_split():
    divisions = [d for first, last in SECTIONS.values() for d in range(first, last + 1)]
    assert divisions == list(range(1, 98))
    assert [d for d in divisions if industry_of(f"{d:02}", "") is None] == [59, 70]


def test_no_code_and_no_label_stands_in_two_rows():
    for words in ("codes", "labels"):
        every = [word for industry in INDUSTRIES for word in getattr(industry, words)]
        assert len(every) == len(set(every))


def test_an_industry_the_method_leaves_out_has_no_size():
    assert size("金融业", x=10, y=10, z=10) == Size.NOT_APPLICABLE
    assert size("铁路运输业") == Size.NOT_APPLICABLE
    assert explain(industry_of("J", ""), 10, Decimal(10), Decimal(10)) == ()


def test_the_explanation_names_each_indicator_its_value_and_the_class_it_reaches():
    lines = explain(industry_of("F52", ""), 12, None, None)
    assert [(line.indicator.label, line.value, line.size, line.span) for line in lines] == [
        ("从业人员（人）", 12, Size.SMALL, "≥10 且 <50"),
        ("营业收入（万元）", None, Size.UNKNOWN, ""),
    ]


def test_the_ranges_in_words_are_those_of_the_statute():
    spans = [explain(industry_of("C", ""), x, None, None)[0].span for x in (1000, 300, 20, 19)]
    assert spans == ["≥1,000", "≥300 且 <1,000", "≥20 且 <300", "<20"]


def test_the_enterprises_of_2016_are_ten_medium_eight_small_and_the_rest_micro():
    sheet = load_workbook(WORKBOOK).active
    sizes = [
        size(label, x, y, z, code)
        for _, _, _, _, label, code, x, y, z in sheet.iter_rows(min_row=3, values_only=True)
    ]
    assert len(sizes) == 127
    assert {one: sizes.count(one) for one in ASCENDING} == {
        Size.LARGE: 0, Size.MEDIUM: 10, Size.SMALL: 8, Size.MICRO: 109,
    }  # fmt: skip
    assert sum(one in SMALL_OR_MICRO for one in sizes) == 117
