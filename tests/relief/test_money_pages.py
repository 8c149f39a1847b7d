"""The finance officer's pages: paid once, to masked people, and nothing half."""

from decimal import Decimal as D
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from relief import services
from relief.models import Fund, FundYear, Payment, PaymentBatch, ReliefCase
from relief.rules import Status
from relief.selectors import paying
from relief.services import Answer
from relief.views import money
from tests.relief.playing import CARD, DAY, OTHER_CARD, UNRELATED, ready_case, state, write_case
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit.models import Act, Look

pytestmark = pytest.mark.usefixtures("autumn")
LIST = "/relief/money/"


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(user: User, name: str, /, *args: Any, **fields: Any) -> HttpResponse:
    path = reverse(f"relief:{name}", args=args)
    return client_of(user).post(path, {"form_token": str(uuid4())} | fields)


def text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return response.content.decode()


@pytest.fixture
def payments(cast, fund) -> list[Payment]:
    """Two that wait."""
    for _ in range(2):
        case = ready_case(fund, cast.union)
        services.approve(case, by=cast.reviewer, amount=D(1000), **UNRELATED)
    return list(Payment.objects.order_by("pk"))


@pytest.fixture
def batch(cast, fund, payments) -> PaymentBatch:
    return services.make_batch(fund, [p.pk for p in payments], by=cast.finance)


def answer_file(*rows: tuple[Any, ...]) -> SimpleUploadedFile:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(("付款编号", "金额", "结果", "失败原因"))
    for row in rows:
        sheet.append(row)
    buffer = BytesIO()
    book.save(buffer)
    return SimpleUploadedFile("回单.xlsx", buffer.getvalue())


def booked(fund: Fund) -> D:
    return state(fund)[2]


def fail(batch: PaymentBatch, cast: Any) -> Payment:
    """The bank refuses the first and pays the rest."""
    one, *rest = batch.payments.order_by("pk")
    answers = [Answer(one.pk, one.amount, False, why="账号与户名不符")]
    answers += [Answer(p.pk, p.amount, True) for p in rest]
    services.reconcile(batch, answers, by=cast.finance, sha256="b" * 64)
    return Payment.objects.get(pk=one.pk)


# --- waiting -----------------------------------------------------------------------------------


def test_what_waits_is_listed_masked_and_the_look_is_noted(cast, payments):
    page = text(client_of(cast.finance).get(LIST))
    for payment in payments:
        assert payment.payee not in page
        assert payment.masked_account in page
    assert CARD not in page
    assert page.count("已等") > 1
    look = Look.objects.get()
    assert (look.page, look.ids) == ("待拨付的救助金", [p.pk for p in payments])


def test_money_that_waits_past_the_dated_limit_raises_the_alarm(cast, payments):
    """Ten working days from Monday 10 October 2016, without a notice of holidays."""
    with clock.at(DAY.replace(day=24)):
        assert [row.is_late for row in paying.waiting(cast.finance)] == [False, False]
    with clock.at(DAY.replace(day=25)):
        assert "逾期 1 天" in text(client_of(cast.finance).get(LIST))
        todo = paying.todo(cast.finance)[0]
    assert (todo.title, todo.days_left) == ("2 笔救助金待拨付", -1)
    assert "2 笔超过期限" in todo.text
    assert paying.todo(cast.reviewer) == []


def test_ticked_payments_become_one_batch_however_often_it_is_sent(cast, fund, payments):
    client, token = client_of(cast.finance), str(uuid4())
    path = reverse("relief:make_batch", args=[fund.pk])
    fields = {"form_token": token, "payments": [p.pk for p in payments]}
    first, second = client.post(path, fields), client.post(path, fields)
    made = PaymentBatch.objects.get()
    assert first.url == second.url == reverse("relief:batch", args=[made.pk])
    again = post(cast.finance, "make_batch", fund.pk, payments=[p.pk for p in payments])
    assert "已经送出" in text(again, 422)
    assert PaymentBatch.objects.count() == 1


@pytest.mark.parametrize("ticked", [[], ["1 or 1=1"], ["９"], ["9" * 30], ["99999999"]])
def test_nothing_sensible_ticked_makes_no_batch(cast, fund, payments, ticked):
    assert "没有生成批次" in text(post(cast.finance, "make_batch", fund.pk, payments=ticked), 422)
    assert not PaymentBatch.objects.exists()


def test_only_the_finance_officer_pays_and_only_who_keeps_funds_sees_them(
    cast, fund, payments, batch
):
    for name, *args in (("make_batch", fund.pk), ("bank_file", batch.pk), ("bank_answer", batch.pk),
                        ("reverse", payments[0].pk), ("pay_again", payments[0].pk),
                        ("add_budget", fund.pk), ("open_fund",)):  # fmt: skip
        assert post(cast.reviewer, name, *args).status_code == 403, name
        assert post(cast.areachair, name, *args).status_code in (403, 404), name
    page = text(client_of(cast.reviewer).get(LIST))
    assert 'name="payments"' not in page
    for path in (LIST, "/relief/money/batches/", "/relief/money/funds/"):
        assert client_of(cast.chair).get(path).status_code == 403
        assert client_of(cast.administrator).get(path).status_code == 403
    assert client_of(cast.chair).get(reverse("relief:batch", args=[batch.pk])).status_code == 404
    assert client_of(cast.finance).get("/relief/").status_code == 403  # why is not its business


def test_batches_go_by_pages_each_with_its_sum(cast, fund, payments, monkeypatch):
    monkeypatch.setattr(money, "A_PAGE", 1)
    older, newer = (
        services.make_batch(fund, keys, by=cast.finance)
        for keys in ([payments[0].pk], [payments[1].pk])
    )
    client = client_of(cast.finance)
    for number, shown, other in ((1, newer, older), (2, older, newer)):
        page = text(client.get(f"/relief/money/batches/?page={number}"))
        assert reverse("relief:batch", args=[shown.pk]) in page
        assert reverse("relief:batch", args=[other.pk]) not in page
        assert '笔数" class="n">1<' in page
        assert '金额（元）" class="n">1,000.00<' in page
        assert "共 2 个批次" in page


# --- the bank ----------------------------------------------------------------------------------


def test_clear_numbers_are_in_the_banks_file_alone(cast, batch, payments):
    client = client_of(cast.finance)
    for name in ("batch", "print_batch"):
        page = text(client.get(reverse(f"relief:{name}", args=[batch.pk])))
        assert CARD not in page
        assert payments[0].payee not in page
    response = post(cast.finance, "bank_file", batch.pk)
    rows = list(load_workbook(BytesIO(response.content)).worksheets[0].iter_rows(values_only=True))
    assert [row[2] for row in rows[1:]] == [CARD, CARD]
    assert "attachment" in response.headers["Content-Disposition"]
    assert payments[0].payee not in response.headers["Content-Disposition"]
    assert "no-store" in response.headers["Cache-Control"]
    assert Act.objects.filter(name="bank_file", by=cast.finance).count() == 1
    assert Look.objects.filter(fields=["账号"]).count() == 1


def test_the_printed_list_carries_the_sum_in_capital_characters(cast, batch):
    path = reverse("relief:print_batch", args=[batch.pk])
    page = text(client_of(cast.finance).get(path))
    assert page.count("壹仟元整") == 2
    assert "贰仟元整" in page


def test_the_banks_answer_is_booked_once_and_says_so_the_second_time(cast, fund, batch, payments):
    one, two = payments
    rows = ((one.pk, 1000, "成功", ""), (two.pk, 1000, "失败", "账号与户名不符"))
    kept = answer_file(*rows).read()  # another save would be another file
    for words in ("已全部入账", "没有重复入账"):
        file = SimpleUploadedFile("回单.xlsx", kept)
        client = client_of(cast.finance)
        path = reverse("relief:bank_answer", args=[batch.pk])
        fields = {"form_token": str(uuid4()), "file": file}
        assert words in text(client.post(path, fields, follow=True))
        assert booked(fund) == D(1000)
    page = text(client_of(cast.finance).get(LIST))
    assert "账号与户名不符" in page
    assert reverse("relief:pay_again", args=[two.pk]) in page


def test_another_answer_for_an_answered_batch_is_refused(cast, batch, payments):
    fail(batch, cast)
    rows = [(p.pk, 1000, "成功", "") for p in payments]
    refused = post(cast.finance, "bank_answer", batch.pk, file=answer_file(*rows))
    assert "已经导入过另一份银行结果" in text(refused, 422)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda one, two: [(one, 1000, "成功", "")], "对不上"),
        (lambda one, two: [(one, 1000, "成功", ""), (two, 999, "成功", "")], "金额不一致"),
        (lambda one, two: [(one, 1000, "成功", ""), (two, 1000, "也许", "")], "第 3 行"),
        (lambda one, two: [(one, 1000, "成功", ""), (one, 1000, "成功", "")], "出现了两次"),
    ],
)
def test_a_damaged_answer_is_refused_whole(cast, fund, batch, payments, spoil, words):
    file = answer_file(*spoil(*(p.pk for p in payments)))
    refused = text(post(cast.finance, "bank_answer", batch.pk, file=file), 422)
    assert words in refused
    assert booked(fund) == 0
    assert set(batch.payments.values_list("state", flat=True)) == {"sent"}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"hello", bytes(20 * 2**20 + 1)])
def test_what_is_no_workbook_is_refused(cast, fund, batch, content):
    file = SimpleUploadedFile("回单.xlsx", content)
    text(post(cast.finance, "bank_answer", batch.pk, file=file), 422)
    assert booked(fund) == 0


# --- what came back ----------------------------------------------------------------------------


def test_failed_money_goes_again_to_the_beneficiarys_other_account(cast, fund, batch):
    failed = fail(batch, cast)
    typed = {"account": "4111 1111 1111 1111", "bank": "工商银行"}
    refused = post(cast.finance, "pay_again", failed.pk, account_name="别人", **typed)
    assert "受助人本人" in text(refused, 422)
    wrong = typed | {"account": CARD[:-1] + "0"}
    refused = post(cast.finance, "pay_again", failed.pk, account_name=failed.payee, **wrong)
    assert "没有通过校验" in text(refused, 422)
    done = post(cast.finance, "pay_again", failed.pk, account_name=failed.payee, **typed)
    assert done.url == LIST
    assert Payment.objects.get(state="waiting").account == OTHER_CARD
    again = post(cast.finance, "pay_again", failed.pk, account_name=failed.payee, **typed)
    assert "不是待重新拨付" in text(again, 422)
    assert [row.payment.state for row in paying.waiting(cast.finance)] == ["waiting"]
    assert paying.to_pay_again(cast.finance) == []


def test_money_comes_back_by_a_row_with_a_reason(cast, fund, batch, payments):
    fail(batch, cast)
    paid = payments[1]
    text(post(cast.finance, "reverse", paid.pk), 422)
    assert booked(fund) == D(1000)
    assert post(cast.finance, "reverse", paid.pk, reason="账户已销户，款项退回").url == LIST
    assert booked(fund) == 0
    assert ReliefCase.objects.get(pk=paid.case_id).status == Status.APPROVED
    assert "还没有拨付" in text(post(cast.finance, "reverse", paid.pk, reason="再来一次"), 422)
    page = text(client_of(cast.finance).get(reverse("relief:fund_year", args=[fund.pk, 2016])))
    assert "-1,000.00" in page
    assert paid.pk in {row.payment.pk for row in paying.to_pay_again(cast.finance)}


def test_an_advance_comes_first_and_is_settled_where_it_was_all(cast, fund, payments):
    case = write_case(cast, fund, is_emergency=True)
    services.ask_advance(case, by=cast.chair, amount=D(500), why="今晚手术")
    advance = case.advances.get()
    services.sign_advance(advance, by=cast.areachair)
    services.grant_advance(advance, by=cast.reviewer)
    first = paying.waiting(cast.finance)[0]
    assert (first.is_advance, first.payment.case_id) == (True, case.pk)
    assert "先行救助" in text(client_of(cast.finance).get(LIST))
    assert list(paying.to_settle(cast.finance)) == []


# --- funds -------------------------------------------------------------------------------------


def test_a_fund_is_opened_once_and_given_money(cast, district):
    new = {"name": "送温暖", "code": "warmth", "union": district.code}
    made = post(cast.finance, "open_fund", **new)
    fund = Fund.objects.get(code="warmth")
    assert made.url == reverse("relief:add_budget", args=[fund.pk])
    assert "已经有这个代码" in text(post(cast.finance, "open_fund", **new), 422)
    page = text(client_of(cast.finance).get("/relief/money/funds/"))
    assert "还没有预算" in page
    given = {"year": 2016, "direction": "add", "amount": "5万元", "note": "年初预算"}
    year = reverse("relief:fund_year", args=[fund.pk, 2016])
    assert post(cast.finance, "add_budget", fund.pk, **given).url == year
    assert state(fund)[0] == D(50_000)
    page = text(client_of(cast.finance).get(year))
    assert "年初预算" in page
    assert "参考数据里没有这个基金的救助标准" in page


def test_a_budget_never_falls_below_what_is_granted(cast, fund, payments):
    cut = {"year": 2016, "direction": "cut", "amount": "198000.01", "note": "调减"}
    assert "不能少于已批准" in text(post(cast.finance, "add_budget", fund.pk, **cut), 422)
    post(cast.finance, "add_budget", fund.pk, **cut | {"amount": "198000"})
    assert FundYear.objects.get().left == 0


@pytest.mark.parametrize("amount", ["-5", "1.001", "1e9", "100000000", "", "abc"])
def test_an_absurd_amount_changes_no_budget(cast, fund, amount):
    given = {"year": 2016, "direction": "add", "amount": amount, "note": "试"}
    text(post(cast.finance, "add_budget", fund.pk, **given), 422)
    assert state(fund)[0] == D(200_000)


def test_how_often_a_line_was_judged_otherwise_stands_on_the_funds_page(cast, fund):
    case = ready_case(fund, cast.union)
    services.override(case, by=cast.reviewer, line="papers", is_met=True, reason="原件已核对")
    page = text(client_of(cast.finance).get(reverse("relief:fund_year", args=[fund.pk, 2016])))
    assert "材料" in page
    assert "1 次" in page
