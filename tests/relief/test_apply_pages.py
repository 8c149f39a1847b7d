"""Each page of an application: who may not, what is refused, and that nothing typed is lost."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from relief import services
from relief.models import ReliefCase
from relief.models.papers import Asked
from relief.rules import Status
from relief.selectors.review import wanted_papers
from relief.terms import BillSums
from tests.factories import make_member
from tests.relief.building import make_household, make_relative
from tests.relief.pages import BILL, address, hardship, photo, post
from tests.relief.playing import CARD, bring, write_case
from wanping_union import clock
from wanping_union.attachments import formats
from wanping_union.attachments.models import Attachment
from wanping_union.audit.models import Look

pytestmark = pytest.mark.django_db
DAY = "2016-06-01"


@pytest.fixture
def case(cast, fund, autumn) -> ReliefCase:
    """Written in the autumn of 2016, and all that follows with it."""
    return write_case(cast, fund)


def said(response) -> str:
    return response.content.decode()


def test_two_open_tabs_lose_nothing_and_the_second_may_win(chair_client, case):
    first = hardship(case, happened_on="2016-06-02", story="第一个页面写的")
    second = hardship(case, happened_on="2016-06-03", story="第二个页面写的")
    post(chair_client, address("hardship", case), first)
    refused = post(chair_client, address("hardship", case), second, 422)
    assert "刚刚在别处改过" in said(refused)
    assert "第二个页面写的" in said(refused)
    case.refresh_from_db()
    assert case.story == "第一个页面写的"
    again = second | {"version": refused.context["form"]["version"].value()}
    post(chair_client, address("hardship", case), again)
    case.refresh_from_db()
    assert case.story == "第二个页面写的"


def test_an_unfinished_page_is_kept_by_the_other_button(chair_client, case):
    values = hardship(case, happened_on="", story="写了一半", disease="")
    assert "请填写发生日期" in said(post(chair_client, address("hardship", case), values, 422))
    post(chair_client, address("hardship", case), values | {"later": "1"})
    case.refresh_from_db()
    assert (case.story, case.happened_on) == ("写了一半", None)


def names(response: HttpResponse) -> set[str]:
    """What the form of a page asks."""
    return set(response.context["form"].fields)


def test_the_cause_comes_first_and_opens_its_own_questions(chair_client, case):
    path = address("hardship", case)
    ReliefCase.objects.filter(pk=case.pk).update(
        cause="", disease=None, diagnosis=None, story=None, happened_on=None
    )
    case.refresh_from_db()
    first = chair_client.get(path)
    assert names(first) == {"version", "asked", "beneficiary", "cause"}
    assert "下一步" in said(first)
    answers = {"beneficiary": case.beneficiary_id, "version": case.version, "asked": ""}
    assert "请选择困难原因" in said(post(chair_client, path, answers, 422))
    chosen = post(chair_client, path, answers | {"cause": "disaster"})
    assert chosen.headers["Location"] == path
    second = chair_client.get(path)
    assert {"happened_on", "loss", "story"} <= names(second)
    assert not {"disease", "diagnosis"} & names(second)


def test_a_changed_cause_asks_once_more_and_keeps_what_was_typed(chair_client, case):
    path = address("hardship", case)
    values = hardship(case, cause="disaster", asked="illness", story="家里失火", happened_on=DAY)
    assert post(chair_client, path, values).headers["Location"] == path
    case.refresh_from_db()
    assert (case.cause, case.story, case.disease) == ("disaster", "家里失火", "")
    assert "loss" in names(chair_client.get(path))
    back = hardship(case, disease="", asked="disaster", story="家里失火", happened_on=DAY)
    post(chair_client, path, back)
    page = chair_client.get(path)
    assert {"disease", "diagnosis"} <= names(page)
    unanswered = hardship(case, asked="illness", happened_on=DAY, disease="")
    assert "请选择疾病种类" in said(post(chair_client, path, unanswered, 422))


def test_a_page_of_before_the_cause_was_named_is_kept_without_it(chair_client, case):
    values = hardship(case, asked="", later="1", story="先写一半", happened_on=DAY)
    del values["cause"]
    post(chair_client, address("hardship", case), values)
    case.refresh_from_db()
    assert (case.cause, case.disease, case.story) == ("illness", "tumour", "先写一半")


def test_a_slip_of_the_insurance_is_asked_where_it_paid(cast, case):
    def bill(insurance: int) -> None:
        case.bills.all().delete()
        services.save_bill(
            case, BillSums(Decimal(100), Decimal(insurance)), by=cast.chair,
            number="B", hospital="医院", dated=clock.today(),
        )  # fmt: skip

    bill(0)
    assert "报销单" not in [d.label for d in wanted_papers(fresh(case))]
    bill(40)
    assert "报销单" in [d.label for d in wanted_papers(fresh(case))]


def fresh(case: ReliefCase) -> ReliefCase:
    return ReliefCase.objects.get(pk=case.pk)


def test_health_data_of_another_cause_is_not_kept(chair_client, case):
    values = hardship(case, cause="disaster", happened_on="2016-06-01", loss="3000")
    post(chair_client, address("hardship", case), values)
    case.refresh_from_db()
    assert (case.disease, case.diagnosis, case.loss) == ("", "", 3000)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"total": "-5"}, "金额不能是负数"),
        ({"total": "99999999999"}, "金额太大了"),
        ({"total": "20000000"}, "请核对是不是多输了数字"),
        ({"total": "10.005"}, "最多两位小数"),
        ({"total": "0"}, "总费用要大于 0 元"),
        ({"insurance": "80001"}, "报销和补偿加起来超过了总费用"),
        ({"dated": "2016-10-11"}, "日期"),
        ({"number": "N{case}", "dated": "2016-08-01", "total": "15500", "insurance": "0",
          "reimbursed": "0"}, "一张票据只能用一次"),
    ],
)  # fmt: skip
def test_a_bill_that_cannot_be_is_refused_and_stays_on_the_page(
    chair_client, case, change, sentence
):
    values = BILL | {"dated": "2016-08-01"} | change
    values["number"] = values["number"].format(case=case.pk)
    refused = post(chair_client, address("add_bill", case), values, 422)
    assert sentence in said(refused)
    assert "丰台医院" in said(refused)
    assert case.bills.count() == 1


def test_a_photo_of_a_refused_bill_stays_chosen(chair_client, case):
    values = BILL | {"dated": "2016-08-01", "total": "20000000", "file": photo()}
    refused = post(chair_client, address("add_bill", case), values, 422)
    scan = Attachment.objects.get()
    assert refused.context["form"]["scan"].value() == str(scan.pk)
    del values["file"]
    post(chair_client, address("add_bill", case), values | {"total": "80000", "scan": scan.pk})
    assert case.bills.get(scan=scan).total == 80000


def heic() -> SimpleUploadedFile:
    return SimpleUploadedFile("诊断.heic", b"\0\0\0\x18ftypheic", "image/heic")


def scripted() -> SimpleUploadedFile:
    body = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n"
    )
    tail = b"xref\n0 1\n0000000000 65535 f \ntrailer<</Root 1 0 R/Size 2>>\nstartxref\n0\n%%EOF"
    return SimpleUploadedFile("诊断.pdf", body + tail, "application/pdf")


def test_a_file_that_may_not_be_taken_gets_a_clear_sentence(chair_client, case, settings):
    path = address("paper", case, "diagnosis")
    assert "HEIC" in said(post(chair_client, path, {"file": heic()}, 422))
    assert post(chair_client, path, {"file": scripted()}, 422)
    settings.IMPORT_MAX_BYTES = 100
    assert formats.TOO_LARGE[:8] in said(post(chair_client, path, {"file": photo()}, 422))
    assert not Attachment.objects.exists()


def test_a_card_that_fails_its_check_digit_is_refused(chair_client, case):
    values = {"version": case.version, "account_name": case.household.head.name, "bank": "建设银行"}
    wrong = values | {"account": CARD[:-1] + "1"}
    assert "没有通过校验" in said(post(chair_client, address("account", case), wrong, 422))
    post(chair_client, address("account", case), values | {"account": ""})  # blank leaves it
    case.refresh_from_db()
    assert (case.account, case.bank) == (CARD, "建设银行")
    assert CARD not in said(chair_client.get(address("account", case)))


def test_the_money_goes_to_nobody_but_the_beneficiary(chair_client, case):
    values = {"version": case.version, "account_name": "别人", "account": CARD, "bank": "x"}
    post(chair_client, address("account", case), values, 422)


def test_somebody_of_another_file_is_refused_with_a_link_to_it(chair_client, cast, case):
    theirs = make_household(make_member(cast.union, name="解家"))
    known = make_relative(theirs, "spouse")
    values = {
        "relation": "spouse", "name": "解明", "id_type": "resident_id",
        "id_number": known.id_number, "is_cohabiting": "on",
    }  # fmt: skip
    refused = post(chair_client, address("add_member", case), values, 422)
    assert "一户只建一份" in said(refused)
    assert reverse("relief:start", args=[theirs.head_id]) in said(refused)
    assert known.id_number in said(refused)  # what was typed stands there still


def test_a_second_file_of_another_union_is_refused_without_saying_whose(
    chair_client, cast, other_union, fund
):
    theirs = make_household(make_member(other_union))
    number = make_relative(theirs, "spouse").id_number
    member = make_member(cast.union, number=number)
    path = reverse("relief:start", args=[member.person_id])
    assert "在别的工会建过档案" in said(chair_client.get(path))
    post(chair_client, path, {"fund": fund.pk}, 200)
    assert not ReliefCase.objects.exists()


def test_a_wrong_id_number_is_said_and_a_blank_one_leaves_the_stored_one(chair_client, case):
    known = make_relative(case.household, "spouse")
    path = address("member", case, known.pk)
    values = {"relation": "spouse", "name": "解明", "id_type": "resident_id", "is_cohabiting": "on"}
    post(chair_client, path, values | {"id_number": known.id_number[:-1] + "?"}, 422)
    assert known.id_number not in said(chair_client.get(path))
    post(chair_client, path, values | {"id_number": ""})
    stored, name = known.id_number, "解明"
    known.refresh_from_db()
    assert (known.id_number, known.name) == (stored, name)
    post(chair_client, address("remove_member", case, known.pk))
    known.refresh_from_db()
    assert known.left_on == clock.today()
    assert chair_client.get(path).status_code == 404


def test_a_bill_is_taken_away_once(chair_client, case):
    path = address("remove_bill", case, case.bills.get().pk)
    assert chair_client.get(path).status_code == 200
    post(chair_client, path)
    assert not case.bills.exists()
    assert chair_client.get(path).status_code == 404


def test_a_returned_case_names_the_paper_and_goes_back_where_it_was(chair_client, cast, case):
    bring(case, cast, Status.UNIT_VERIFIED)
    gone = chair_client.get(address("hardship", case))
    assert (gone.status_code, gone.headers["Location"]) == (302, case.get_absolute_url())
    services.return_by_area(case, by=cast.officer, papers=[Asked("settlement", "缺第二页")])
    home = said(chair_client.get("/"))
    assert "补正救助申请" in home
    assert "要补：医疗费结算单" in home
    page = said(chair_client.get(address("tasks", case)))
    assert "缺第二页" in page
    assert address("paper", case, "settlement") in page
    assert "正在化疗" in said(chair_client.get(address("hardship", case)))  # while it is mended


def test_what_was_typed_after_the_sending_is_told_not_kept(chair_client, cast, case):
    values = hardship(case, happened_on="2016-06-03", story="晚了一步")
    bring(case, cast, Status.SUBMITTED)
    late = chair_client.post(
        address("hardship", case), values | {"form_token": str(uuid4())}, follow=True
    )
    assert "没有保存" in said(late)
    case.refresh_from_db()
    assert case.story != "晚了一步"


def test_a_consent_can_be_withdrawn_also_after_the_sending(chair_client, cast, case):
    head = case.household.members.get()
    path = address("agree", case, head.pk)
    clock_day = {"given_on": clock.today()}
    post(chair_client, path, clock_day, 422)  # nothing ticked
    bring(case, cast, Status.SUBMITTED)
    assert chair_client.get(address("consents", case)).status_code == 200
    assert chair_client.get(address("print_consents", case)).status_code == 200


def test_money_in_advance_is_asked_for_on_its_own_page(chair_client, case):
    path = address("ask_advance", case)
    post(chair_client, path, {"amount": "999999", "why": "明天手术"}, 422)
    post(chair_client, path, {"amount": "3000", "why": "明天手术"})
    assert "先行救助 3,000.00 元" in said(chair_client.get(address("tasks", case)))


def test_who_reads_the_pages_is_written_down(chair_client, cast, case):
    chair_client.get(address("family", case))
    look = Look.objects.filter(model="relief.reliefcase").latest("pk")
    assert (look.by, look.ids, "家庭经济状况" in look.fields) == (cast.chair, [case.pk], True)


def test_finances_are_kept_by_kind_and_blank_is_not_zero(chair_client, case):
    post(chair_client, address("finances", case), {"wage": "0", "home": "1", "words": "承租公房"})
    year = clock.today().year - 1
    stored = {line.type: (line.sum, line.words) for line in case.household.lines.filter(year=year)}
    assert stored == {"wage": ("0.00", ""), "home": ("1", "承租公房")}
    post(chair_client, address("finances", case), {"wage": "-1"}, 422)


def test_the_list_says_whose_turn_it_is(chair_client, cast, case):
    assert "接着填写" in said(chair_client.get(reverse("relief:cases")))
    bring(case, cast, Status.SUBMITTED)
    parts = chair_client.get(reverse("relief:cases")).context["parts"]
    assert [part.title for part in parts] == ["要您办的"]


# --- pages for anybody -------------------------------------------------------------------------

CHECK = {"who": "self", "cause": "illness", "disease": "tumour", "happened_on": "2016-06-01"}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"total": "50000", "insurance": "20000"}, "可以救助 7,500.00 元"),
        ({"total": "9999"}, "还不能救助"),
        ({"total": "100000", "who": "child"}, "可以救助 30,000.00 元"),
        ({"total": "100000", "who": "grown"}, "成年子女"),
        ({"total": "100000", "paid": "49000"}, "可以救助 1,000.00 元"),
        ({}, "还算不出金额"),
    ],
)
def test_anybody_can_calculate_and_nothing_is_kept(fund, autumn, more, words):
    response = Client().post(reverse("relief:check"), CHECK | more)
    assert response.status_code == 200
    assert words in said(response)
    assert not ReliefCase.objects.exists()


def test_a_wrong_sum_is_refused_and_stays(fund, autumn):
    response = Client().post(reverse("relief:check"), CHECK | {"total": "5", "insurance": "123.45"})
    assert response.status_code == 422
    assert "123.45" in said(response)


def test_the_notice_says_no_more_than_it_may_and_ends_by_itself(cast, case):
    services.save_case(case, {"diagnosis": "肺癌晚期"}, by=cast.chair, version=case.version)
    bring(case, cast, Status.PUBLICITY)
    page = said(Client().get(reverse("relief:notices")))
    assert "韩**" in page
    assert case.code in page
    for hidden in (case.beneficiary.name, "肺癌", "丰台医院", CARD):
        assert hidden not in page
    with clock.at(case.public_to + timedelta(days=1)):
        page = said(Client().get(reverse("relief:notices")))
        assert case.code not in page
        assert Client().get(reverse("relief:object_to", args=[case.code])).status_code == 404


def test_somebody_without_an_account_objects_by_the_code(cast, case, monkeypatch):
    bring(case, cast, Status.PUBLICITY)
    path = reverse("relief:object_to", args=[case.code])
    drawn = Client().get(path).context["form"]["drawn"].value()
    values = {"text": "他家另有两套房出租。", "contact": "13800000000", "drawn": drawn}
    quick = Client().post(path, values)  # faster than anybody reads
    assert quick.status_code == 422
    assert values["text"] in said(quick)
    monkeypatch.setattr("wanping_union.open_forms.QUICKEST", -1)
    assert Client().post(path, values | {"website": "http://x"}).status_code == 422
    assert Client().post(path, values | {"drawn": "made up"}).status_code == 422
    assert Client().post(path, values).status_code == 200
    objection = case.objections.get()
    assert (objection.text, objection.contact) == (values["text"], values["contact"])


def test_an_address_that_objects_again_and_again_is_asked_a_sum(cast, case, monkeypatch):
    bring(case, cast, Status.PUBLICITY)
    monkeypatch.setattr("wanping_union.open_forms.QUICKEST", -1)
    path = reverse("relief:object_to", args=[case.code])

    def send(**more: str) -> HttpResponse:
        drawn = Client().get(path).context["form"]["drawn"].value()
        return Client().post(path, {"text": "他家有两套房。", "drawn": drawn} | more)

    for _ in range(5):
        assert send().status_code == 200
    asked = send()
    assert asked.status_code == 422
    assert "等于几？" in said(asked)
    assert "他家有两套房。" in said(asked)
    assert case.objections.count() == 5


def test_a_second_tap_objects_once(cast, case, monkeypatch):
    bring(case, cast, Status.PUBLICITY)
    monkeypatch.setattr("wanping_union.open_forms.QUICKEST", -1)
    path = reverse("relief:object_to", args=[case.code])
    drawn = Client().get(path).context["form"]["drawn"].value()
    for _ in range(2):
        page = Client().post(path, {"text": "他家有两套房。", "drawn": drawn})
        assert "异议已提交" in said(page)
    assert case.objections.count() == 1


def test_sums_of_bills_are_shown(chair_client, cast, case):
    services.save_bill(
        case, BillSums(Decimal(100), Decimal(40)), by=cast.chair,
        number="B", hospital="医院", dated=clock.today(),
    )  # fmt: skip
    assert "自付合计 <b>15,560.00 元" in said(chair_client.get(address("bills", case)))
