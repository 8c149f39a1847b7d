from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from relief import eligibility
from relief.eligibility import CALCULATED, FIXED, LINES, RULES, Facts, Judged, Verdict, sheet
from relief.rules import Cause, Disease, Relation
from relief.terms import BillSums, Paid
from tests.relief.building import WARM

WHOLE = Facts(
    cause=Cause.ILLNESS,
    relation=Relation.SELF,
    applied_on=date(2016, 10, 20),
    born_on=date(1975, 3, 2),
    is_member=True,
    happened_on=date(2016, 6, 1),
    disease=Disease.TUMOUR,
    bills=(BillSums(D(200_000), insurance=D(80_000)),),
)


def line(facts: Facts, code: str):
    return next(found for found in sheet(facts, WARM).lines if found.code == code)


def test_who_meets_every_rule_is_offered_what_the_ladder_says():
    found = sheet(WHOLE, WARM)
    assert found.verdict == Verdict.YES
    assert (found.self_paid, found.amount, found.left) == (D(120_000), D(50_000), D(50_000))
    assert "定额 50,000 元" in found.how
    assert found.lacks == []


def test_every_line_says_number_threshold_basis_and_confidence():
    for found in sheet(WHOLE, WARM).lines:
        assert all((found.label, found.used, found.threshold, found.basis))
        assert found.confidence in "HML"


@pytest.mark.parametrize(
    ("code", "change", "verdict", "lacks"),
    [
        ("membership", {"is_member": None}, "missing", "核对会籍"),
        ("membership", {"is_member": False}, "no", ""),
        ("relation", {"relation": Relation.SPOUSE}, "yes", ""),
        ("relation", {"relation": Relation.PARENT}, "no", ""),
        ("relation", {"relation": Relation.CHILD, "born_on": None}, "missing", "出生日期"),
        ("relation", {"relation": Relation.CHILD, "born_on": date(1998, 6, 1)}, "no", ""),
        ("relation", {"relation": Relation.CHILD, "born_on": date(1998, 6, 2)}, "yes", ""),
        ("disease", {"disease": ""}, "missing", "诊断证明"),
        ("disease", {"disease": Disease.OTHER}, "missing", "认定"),
        ("disease", {"cause": Cause.DISASTER, "disease": ""}, "yes", ""),
        ("in_time", {"happened_on": None}, "missing", "日期"),
        ("in_time", {"happened_on": date(2015, 12, 31)}, "no", ""),
        ("in_time", {"happened_on": date(2016, 1, 1)}, "yes", ""),
        ("cost", {"bills": ()}, "missing", "结算单"),
        ("cost", {"bills": (BillSums(D("9999.99")),)}, "no", ""),
        ("cost", {"bills": (BillSums(D(10_000)),)}, "yes", ""),
        ("cost", {"cause": Cause.DISASTER}, "missing", "损失证明"),
        ("cost", {"cause": Cause.DISASTER, "loss": D(0)}, "no", ""),
        ("cost", {"cause": Cause.DISASTER, "loss": D(1)}, "yes", ""),
        ("cap", {"paid": Paid(person=D(50_000))}, "no", ""),
        ("cap", {"paid": Paid(person=D(0), household=D(80_000))}, "no", ""),
        ("cap", {"paid": Paid(person=D("49999.99"))}, "yes", ""),
        ("duplicates", {"unjudged": 2}, "missing", "2 笔"),
        ("duplicates", {"duplicates": 1, "unjudged": 1}, "no", ""),
        ("papers", {"missing_papers": ("诊断证明",)}, "missing", "诊断证明"),
        ("consents", {"missing_consents": ("配偶",)}, "missing", "同意书：配偶"),
    ],
)
def test_each_rule_at_its_edge(code, change, verdict, lacks):
    found = line(replace(WHOLE, **change), code)
    assert found.verdict == verdict
    assert lacks in found.lacks
    assert bool(found.lacks) == (verdict == "missing")


def test_while_something_lacks_no_amount_is_named_and_a_no_means_none():
    assert sheet(replace(WHOLE, is_member=None), WARM).amount is None
    assert sheet(replace(WHOLE, is_member=None, relation=Relation.PARENT), WARM).amount == 0


def test_the_second_claim_of_a_year_gets_what_the_cap_leaves():
    again = replace(WHOLE, bills=(BillSums(D(80_000)),), paid=Paid(person=D(30_000)))
    assert sheet(again, WARM).amount == D(20_000)


def test_a_disaster_gets_its_loss_up_to_the_cap():
    fire = replace(WHOLE, cause=Cause.DISASTER, bills=(), disease="")
    assert sheet(replace(fire, loss=D("6000.50")), WARM).amount == D("6000.50")
    assert sheet(replace(fire, loss=D(25_000)), WARM).amount == D(10_000)
    assert sheet(replace(fire, loss=D(25_000), paid=Paid(D(45_000))), WARM).amount == D(5_000)


def test_other_hardship_is_left_to_the_committee():
    assert sheet(replace(WHOLE, cause=Cause.OTHER), WARM).amount is None


def test_a_person_may_judge_a_line_otherwise_and_the_reason_stands_on_the_sheet():
    odd = replace(WHOLE, disease=Disease.OTHER)
    found = sheet(odd, WARM, {"disease": Judged(True, "罕见病，参照执行")})
    assert found.amount == D(50_000)
    assert next(x for x in found.lines if x.code == "disease").reason == "罕见病，参照执行"
    assert sheet(odd, WARM, {"disease": Judged(False, "不属于")}).amount == 0


def test_a_sheet_comes_back_as_it_was_stored():
    for facts in (WHOLE, replace(WHOLE, is_member=None)):
        found = sheet(facts, WARM, {"relation": Judged(True, "核对过")})
        assert eligibility.load(found.dump()) == found


def test_the_public_calculator_asks_no_more_than_a_stranger_can_answer():
    bare = replace(WHOLE, is_member=None, missing_papers=("身份证件",))
    found = sheet(bare, WARM, rules=CALCULATED)
    assert found.amount == D(50_000)
    assert {x.code for x in found.lines} == {"relation", "disease", "in_time", "cost", "cap"}


def test_lines_are_listed_in_the_order_of_the_rules():
    assert [rule(WHOLE, WARM).code for rule in RULES] == list(LINES)
    assert set(FIXED) < set(LINES)
