"""The area's and the district's side of a case, through its pages."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from relief import services
from relief.models import ReliefCase
from relief.rules import Status
from tests.relief.building import make_aid
from tests.relief.playing import (
    DAY,
    NOTICED,
    Cast,
    approved_case,
    bring,
    paid_case,
    signed_case,
    write_case,
)
from wanping_union import clock
from wanping_union.attachments.models import Attachment
from wanping_union.audit.models import Act, Look, name_of


@pytest.fixture(autouse=True)
def _autumn() -> Iterator[None]:
    """The notices of October 2016 are over."""
    with clock.at(NOTICED):
        yield


def built(make: Callable[..., ReliefCase], *args: Any, **values: Any) -> ReliefCase:
    with clock.at(DAY):
        return make(*args, **values)


def brought(cast: Cast, fund: Any, status: Status) -> ReliefCase:
    with clock.at(DAY):
        return bring(write_case(cast, fund), cast, status)


def checked(cast: Cast, fund: Any, **values: Any) -> ReliefCase:
    """Signed, and a reviewer has seen the papers themselves."""
    case = built(signed_case, cast, fund, **values)
    services.override(case, by=cast.reviewer2, line="papers", is_met=True, reason="原件已核对")
    return case


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(case: ReliefCase) -> str:
    return reverse("relief:case", args=[case.pk])


def shown(user: Any, case: ReliefCase) -> str:
    response = signed_in(user).get(page(case))
    assert response.status_code == 200
    return response.content.decode()


def send(user: Any, case: ReliefCase, name: str, **values: Any) -> HttpResponse:
    fields = {f"{name}-{field}": value for field, value in values.items()}
    path = reverse("relief:act", args=[case.pk, name])
    return signed_in(user).post(path, fields | {"form_token": str(uuid4())})


def post(user: Any, path: str, **values: Any) -> HttpResponse:
    return signed_in(user).post(path, values | {"form_token": str(uuid4())})


APPROVAL = {"amount": "3100", "unrelated": "on", "note": "已与本人核对"}
VISIT = {"on": "2016-10-17", "place": "hospital", "people": "4", "seen": "卧床", "who": "纪、王"}


def test_the_queue_shows_to_each_what_waits_for_them(cast, fund):
    signed = built(signed_case, cast, fund)
    visited = brought(cast, fund, Status.VISITED)
    for user, waits, other in ((cast.reviewer, signed, visited), (cast.officer, visited, signed)):
        text = signed_in(user).get("/relief/").content.decode()
        assert f'href="{page(waits)}"' in text
        assert f'href="{page(other)}"' not in text
        everything = signed_in(user).get("/relief/?view=all").content.decode()
        assert f'href="{page(other)}"' in everything


def test_the_queue_is_in_the_order_of_what_is_due(cast, fund):
    first, second = built(signed_case, cast, fund), built(signed_case, cast, fund)
    ReliefCase.objects.filter(pk=second.pk).update(stage_on=DAY)
    text = signed_in(cast.reviewer).get("/relief/").content.decode()
    assert text.index(page(second)) < text.index(page(first))


def test_the_list_is_filtered_by_status_and_union_and_knows_no_other_union(cast, fund, other_union):
    case = built(signed_case, cast, fund)
    client = signed_in(cast.officer)
    for query, is_there in (
        ("?view=all&status=signed", True),
        ("?view=all&status=paid", False),
        (f"?view=all&union={cast.union.code}", True),
        (f"?view=all&union={other_union.code}", False),
    ):
        assert (page(case) in client.get(f"/relief/{query}").content.decode()) is is_there
    assert client.get("/relief/?union=NOWHERE").status_code == 404


def test_the_auditor_sees_that_there_are_cases_and_not_what_is_in_them(cast, fund):
    case = built(signed_case, cast, fund)
    name = case.household.head.name
    for text in (
        signed_in(cast.auditor).get("/relief/").content.decode(),
        shown(cast.auditor, case),
    ):
        assert str(case) in text
        assert name not in text
        assert "今年六月确诊" not in text
        assert "15,500" not in text
    assert "重大疾病" not in signed_in(cast.auditor).get("/relief/").content.decode()


def test_the_screen_shows_facts_sheet_bills_and_what_may_be_done(cast, fund):
    case = checked(cast, fund)
    text = shown(cast.reviewer, case)
    for words in ("资格条件", "今年六月确诊", "15,500.00", "建议 3,100.00 元", "系统只作提示"):
        assert words in text
    assert reverse("relief:act", args=[case.pk, "approve"]) in text
    assert reverse("relief:act", args=[case.pk, "visit"]) not in text
    assert case.account not in text
    assert case.beneficiary.id_number not in text


def test_the_pages_of_a_pdf_are_shown_beside_the_facts(cast, fund):
    case = built(signed_case, cast, fund)
    file = Attachment.objects.create(
        record=name_of(case), union=case.union, label="诊断证明", name="诊断.pdf", path="aa/aa",
        mime="application/pdf", size=9, sha256="0" * 64, pages=500, by=cast.chair,
    )  # fmt: skip
    address = reverse("attachments:page", args=[file.pk, 1])
    text = shown(cast.reviewer, case)
    assert f'<img src="{address}" alt="诊断证明" data-picture>' in text
    assert "第 1 页，共 500 页" in text
    assert "这里只能看前 100 页" in text.split("data-more>")[1]
    later = signed_in(cast.reviewer).get(page(case), {"doc": file.pk, "page": "100"})
    text = later.content.decode()
    assert f'<img src="{reverse("attachments:page", args=[file.pk, 100])}"' in text
    assert f'?doc={file.pk}&amp;page=99#viewer" data-leaf="-1">' in text
    assert 'data-leaf="1" hidden>' in text


def test_the_unit_sees_the_case_without_what_is_inside_once_it_is_handed_in(cast, fund):
    case = built(signed_case, cast, fund)
    text = shown(cast.chair, case)
    assert "资格条件" in text
    for words in ("今年六月确诊", "15,500", "恶性肿瘤", "丰台医院", "工商银行"):
        assert words not in text


@pytest.mark.parametrize("role", ["administrator", "finance"])
def test_administrator_and_finance_see_no_case(cast, fund, role):
    case = built(signed_case, cast, fund)
    client = signed_in(getattr(cast, role))
    assert client.get(page(case)).status_code in (403, 404)
    assert client.get("/relief/").status_code == 403


def test_who_looks_is_written_down_before_anything_is_shown(cast, fund):
    case = built(signed_case, cast, fund)
    shown(cast.reviewer, case)
    looks = Look.objects.filter(by=cast.reviewer)
    assert looks.filter(model="relief.reliefcase", ids=[case.pk]).get().fields[0] == "诊断"
    assert looks.filter(model="members.person", ids=[case.household.head_id]).exists()


def test_a_case_walks_from_the_unit_to_the_district_through_its_pages(cast, fund):
    case = brought(cast, fund, Status.UNIT_VERIFIED)
    assert send(cast.officer, case, "visit", **VISIT).status_code == 302
    assert send(cast.officer, case, "publish").status_code == 302
    refused = send(cast.officer, case, "area_review")
    assert refused.status_code == 422
    assert "公示到" in refused.content.decode()
    with clock.at(NOTICED.replace(day=28)):
        assert send(cast.officer, case, "area_review").status_code == 302
        assert send(cast.areachair, case, "sign", note="同意").status_code == 302
        assert send(cast.reviewer, case, "approve", **APPROVAL).status_code == 302
    case.refresh_from_db()
    assert (case.status, case.amount) == (Status.APPROVED, Decimal("3100.00"))
    visit = case.visits.get()
    assert (visit.people, visit.who, visit.place) == (4, "纪、王", "hospital")


def test_after_a_decision_the_next_case_opens(cast, fund):
    first, second = checked(cast, fund), checked(cast, fund)
    done = send(cast.reviewer, first, "approve", **APPROVAL)
    assert done.headers["Location"] == page(second)
    done = send(cast.reviewer, second, "refuse", reason="不属于办法列举的情形")
    assert done.headers["Location"] == "/relief/"


def test_who_still_has_something_to_do_with_a_case_stays_with_it(cast, fund):
    first = brought(cast, fund, Status.UNIT_VERIFIED)
    brought(cast, fund, Status.UNIT_VERIFIED)
    assert send(cast.officer, first, "visit", **VISIT).headers["Location"] == page(first)


def test_a_return_names_the_papers_and_stops_the_clock(cast, fund):
    case = built(signed_case, cast, fund)
    send(cast.reviewer, case, "return_by_district", papers_settlement="第二页看不清")
    case.refresh_from_db()
    assert case.status == Status.RETURNED
    assert [tuple(one) for one in case.returns.get().asked] == [("settlement", "第二页看不清")]
    text = shown(cast.reviewer, case)
    assert "暂停计算" in text
    assert "第二页看不清" in text
    assert "暂停计算" in signed_in(cast.reviewer).get("/relief/?view=open").content.decode()


def test_a_return_without_a_paper_is_refused(cast, fund):
    case = built(signed_case, cast, fund)
    refused = send(cast.reviewer, case, "return_by_district")
    assert refused.status_code == 422
    assert "至少一份" in refused.content.decode()
    assert not case.returns.exists()


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("approve", {"amount": "3100"}, "请勾选：我声明"),
        ("approve", {"amount": "-5", "unrelated": "on"}, "金额不能是负数"),
        ("approve", {"amount": "3000.001", "unrelated": "on"}, "最多两位小数"),
        ("approve", {"amount": "20000", "unrelated": "on", "note": "x"}, "两位审核员"),
        ("approve", {"amount": "3000", "unrelated": "on"}, "写明理由"),
        ("propose", {"amount": "60000", "unrelated": "on", "note": "x"}, "全年上限"),
        ("refuse", {"reason": " "}, "请填写理由"),
    ],
)
def test_what_a_rule_forbids_is_said_and_what_was_typed_stays(cast, fund, name, values, words):
    case = built(signed_case, cast, fund)
    refused = send(cast.reviewer, case, name, **values)
    assert refused.status_code == 422
    text = refused.content.decode()
    assert words in text
    assert values.get("amount", "") in text
    case.refresh_from_db()
    assert case.status == Status.SIGNED


def test_a_large_amount_takes_two_reviewers(cast, fund):
    case = checked(cast, fund, cost="60000")
    assert "同意，交第二人审批 <kbd>a</kbd>" in shown(cast.reviewer, case)
    send(cast.reviewer, case, "propose", amount="18000", unrelated="on")
    case.refresh_from_db()
    assert case.status == Status.DISTRICT_REVIEWED
    assert "第一位审批人不能再做第二位" in shown(cast.reviewer, case)
    refused = send(cast.reviewer, case, "confirm", unrelated="on")
    assert refused.status_code == 422
    assert "第一位审批人不能再做第二位" in refused.content.decode()
    assert send(cast.reviewer2, case, "confirm", unrelated="on").status_code == 302
    case.refresh_from_db()
    assert case.amount == Decimal("18000.00")


def test_an_approval_is_revoked_with_a_reason(cast, fund):
    case = built(approved_case, cast, fund)
    assert send(cast.reviewer, case, "revoke", reason="查实重复报销").status_code == 302
    case.refresh_from_db()
    assert case.status == Status.REFUSED
    assert "查实重复报销" in shown(cast.chair, case)


def test_who_filled_another_cell_reads_why_they_may_not_decide(cast, fund, district):
    case = built(signed_case, cast, fund)
    Act.objects.create(on=DAY, by=cast.reviewer, by_name="张审", channel="web", name="visit",
                       label="登记走访", record=f"relief.reliefcase:{case.pk}")  # fmt: skip
    text = shown(cast.reviewer, case)
    assert "您已经核实过这件申请，不能再审批" in text
    assert reverse("relief:act", args=[case.pk, "approve"]) not in text
    refused = send(cast.reviewer, case, "approve", **APPROVAL)
    assert refused.status_code == 422
    assert "您已经核实过这件申请" in refused.content.decode()


def test_a_reviewer_judges_a_line_otherwise_with_a_reason(cast, fund):
    case = built(signed_case, cast, fund)
    path = reverse("relief:override", args=[case.pk, "papers"])
    assert post(cast.reviewer, path, is_met="yes").status_code == 422
    assert post(cast.reviewer, path, is_met="yes", reason="原件已当面核对").status_code == 302
    assert case.overrides.get().is_met
    text = shown(cast.reviewer, case)
    assert "人工认定" in text
    assert "原件已当面核对" in text
    assert post(cast.officer, path, is_met="yes", reason="x").status_code == 403
    for line in ("cap", "nothing"):
        unknown = reverse("relief:override", args=[case.pk, line])
        assert post(cast.reviewer, unknown, is_met="yes", reason="x").status_code == 404


def test_aid_that_looks_alike_is_judged_once_and_remembered(cast, fund):
    case = built(signed_case, cast, fund)
    person = bytes(case.beneficiary.id_hash)
    alike = make_aid(union=cast.union, person=person, household=[person])
    assert "同一个人" in shown(cast.reviewer, case)
    path = reverse("relief:judge", args=[case.pk, alike.pk])
    assert (
        post(cast.reviewer, path, is_duplicate="no", reason="春节慰问，事由不同").status_code == 302
    )
    text = shown(cast.reviewer2, case)
    assert "春节慰问，事由不同" in text
    stranger = reverse("relief:judge", args=[case.pk, make_aid().pk])
    assert post(cast.reviewer, stranger, is_duplicate="no", reason="x").status_code == 404


def test_an_objection_is_answered_before_the_area_reviews(cast, fund):
    case = brought(cast, fund, Status.PUBLICITY)
    with clock.at(DAY):
        raised = services.object_to(case.code, text="他家有两套房")
    assert "他家有两套房" in shown(cast.officer, case)
    assert send(cast.officer, case, "area_review").status_code == 422
    path = reverse("relief:answer", args=[case.pk, raised.pk])
    assert post(cast.officer, path, answer="一套是承租的").status_code == 302
    assert send(cast.officer, case, "area_review").status_code == 302


def test_the_money_is_handed_over_followed_up_and_the_case_closed(cast, fund):
    case = built(paid_case, cast, fund)
    with clock.at(NOTICED.replace(year=2017, month=5)):
        assert send(cast.chair, case, "confirm_receipt").status_code == 302
        assert send(cast.officer, case, "hand_over", **VISIT, gift="米和油").status_code == 302
        assert send(cast.officer, case, "close").status_code == 422
        for asked in case.follow_ups.all():
            path = reverse("relief:follow_up", args=[case.pk, asked.months])
            assert post(cast.officer, path, on="2017-05-10", words="在恢复").status_code == 302
            assert post(cast.officer, path, on="2017-05-10", words="在恢复").status_code == 422
        assert send(cast.officer, case, "close").status_code == 302
    case.refresh_from_db()
    assert case.status == Status.CLOSED


def test_an_advance_goes_through_two_people(cast, fund):
    with clock.at(DAY):
        case = write_case(cast, fund)
        services.ask_advance(case, by=cast.chair, amount=Decimal(2000), why="要交手术押金")
    signing = reverse("relief:advance", args=[case.pk, "sign_advance"])
    granting = reverse("relief:advance", args=[case.pk, "grant_advance"])
    assert signing in shown(cast.areachair, case)
    assert post(cast.reviewer, signing).status_code == 403
    assert post(cast.areachair, signing).status_code == 302
    assert post(cast.reviewer, granting).status_code == 302
    assert case.advances.get().status == "granted"


@pytest.mark.parametrize("name", ["application", "approval", "cover", "letter"])
def test_every_sheet_is_printed_for_who_reviews(cast, fund, name):
    case = built(approved_case, cast, fund)
    response = signed_in(cast.reviewer).get(reverse("relief:print", args=[case.pk, name]))
    assert response.status_code == 200
    text = response.content.decode()
    assert case.beneficiary.name in text
    assert case.beneficiary.id_number not in text
    assert case.account not in text
    if name in ("approval", "letter", "cover"):
        assert "叁仟壹佰元整" in text


def test_the_letter_of_a_refusal_says_why_and_how_to_object(cast, fund):
    case = built(signed_case, cast, fund)
    path = reverse("relief:print", args=[case.pk, "letter"])
    assert signed_in(cast.reviewer).get(path).status_code == 404
    send(cast.reviewer, case, "refuse", reason="自付费用没有达到起点")
    text = signed_in(cast.chair).get(path).content.decode()
    assert "自付费用没有达到起点" in text
    assert "申请复核" in text
    assert signed_in(cast.auditor).get(path).status_code == 403


def test_the_unit_prints_the_application_only_while_it_writes(cast, fund):
    case = built(write_case, cast, fund)
    path = reverse("relief:print", args=[case.pk, "application"])
    assert signed_in(cast.chair).get(path).status_code == 200
    with clock.at(DAY):
        services.submit(case, by=cast.chair)
    assert signed_in(cast.chair).get(path).status_code == 403


def test_what_is_not_there_or_not_theirs_is_not_found(cast, fund, outsider):
    case = built(signed_case, cast, fund)
    assert signed_in(outsider).get(page(case)).status_code == 404
    assert send(outsider, case, "withdraw", reason="x").status_code == 404
    assert send(cast.chair, case, "approve", **APPROVAL).status_code == 403
    for path in (f"{page(case)}nonsense/", f"{page(case)}print/nonsense/"):
        assert signed_in(cast.reviewer).get(path).status_code == 404


def test_a_page_asks_the_database_a_bounded_number_of_questions(
    cast, fund, django_assert_max_num_queries
):
    cases = [built(signed_case, cast, fund) for _ in range(3)]
    client = signed_in(cast.reviewer)
    client.get("/relief/")
    with django_assert_max_num_queries(25):
        client.get("/relief/")
    with django_assert_max_num_queries(62):
        client.get(page(cases[0]))


def test_the_home_page_says_what_waits_for_the_area_and_the_district(cast, fund):
    with clock.at(DAY):
        case = write_case(cast, fund)
        services.ask_advance(case, by=cast.chair, amount=Decimal(2000), why="要交手术押金")
    built(signed_case, cast, fund)
    brought(cast, fund, Status.UNIT_VERIFIED)
    for user, words in (
        (cast.reviewer, "1 件救助申请等您审批"),
        (cast.officer, "1 件救助申请等您走访核实"),
        (cast.areachair, "紧急先行救助等您签批"),
    ):
        text = signed_in(user).get("/").content.decode()
        assert words in text
        assert case.household.head.name not in text


def test_the_home_page_counts_down_to_a_follow_up(cast, fund):
    case = built(paid_case, cast, fund)
    asked = case.follow_ups.order_by("due_on").first()
    with clock.at(asked.due_on):
        text = signed_in(cast.officer).get("/").content.decode()
    assert f"回访：{case}" in text
    assert reverse("relief:follow_up", args=[case.pk, asked.months]) in text


def test_a_filter_keeps_the_view_it_was_set_in(cast, fund):
    built(signed_case, cast, fund)
    text = signed_in(cast.officer).get("/relief/?view=open").content.decode()
    assert 'name="view" value="open"' in text
