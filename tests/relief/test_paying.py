"""Money leaves once, to whom it is for, and comes back only by a row of its own."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from io import BytesIO

import pytest
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from relief import services
from relief.models import Advance, LedgerEntry, Payment, YearlyGrant
from relief.rules import Status
from relief.selectors import cases as case_selectors
from relief.selectors import money, paying
from relief.services import MemberFacts
from tests.factories import id_number, make_user
from tests.relief.building import make_fund, make_relative
from tests.relief.playing import (
    CARD,
    NOTICED,
    OTHER_CARD,
    UNRELATED,
    answer,
    approved_case,
    give_budget,
    paid_case,
    pay,
    ready_case,
    state,
    write_case,
)
from wanping_union import clock
from wanping_union.accounts.models import Grant
from wanping_union.aid.models import Aid
from wanping_union.audit.models import Act, Look
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.roles import Role

pytestmark = pytest.mark.usefixtures("autumn")
FILE = "a" * 64


@pytest.fixture
def batch(cast, fund):
    """Two approved cases on their way to the bank."""
    cases = [ready_case(fund, cast.union), ready_case(fund, cast.union)]
    for case in cases:
        services.approve(case, by=cast.reviewer, amount=D(1000), **UNRELATED)
    ids = list(Payment.objects.values_list("pk", flat=True))
    return services.make_batch(fund, ids, by=cast.finance)


def reconcile(batch, cast, answers, sha256=FILE):
    return services.reconcile(batch, answers, by=cast.finance, sha256=sha256)


def test_money_goes_its_way_from_approval_to_the_last_follow_up(cast, fund):
    case = paid_case(cast, fund)
    assert (case.status, case.paid_on) == (Status.PAID, NOTICED)
    assert state(fund) == (D(200_000), D(3100), D(3100))
    assert Aid.objects.get().state == "paid"
    assert [f.due_on for f in case.follow_ups.order_by("months")] == [
        date(2016, 11, 18), date(2017, 1, 18), date(2017, 4, 18),
    ]  # fmt: skip
    with clock.at(NOTICED):
        services.confirm_receipt(case, by=cast.chair)
        services.hand_over(
            case, by=cast.officer, on=NOTICED, place="hospital", people=4, gift="水果"
        )
        with pytest.raises(Refused, match="还有 3 次回访"):
            services.close(case, by=cast.officer)
    visit = case.visits.get(kind="condolence")
    assert (visit.people, visit.place) == (4, "hospital")
    with clock.at(date(2017, 5, 1)):
        assert case_selectors.follow_ups_due(cast.chair, clock.today()).count() == 3
        for asked in case.follow_ups.order_by("months"):
            services.follow_up(asked, by=cast.chair, on=asked.due_on, words="好转")
            with pytest.raises(OutOfTurn):
                services.follow_up(asked, by=cast.chair, on=asked.due_on, words="再记")
        services.close(case, by=cast.officer)
    case.refresh_from_db()
    assert case.status == Status.CLOSED


def test_a_batch_takes_what_waits_once(cast, fund, batch, district):
    ids = list(batch.payments.values_list("pk", flat=True))
    assert {p.state for p in batch.payments.all()} == {"sent"}
    for wanted in (ids, ids[:1], [], [0]):
        with pytest.raises(Refused, match="刷新页面"):
            services.make_batch(fund, wanted, by=cast.finance)
    for user in (cast.reviewer, cast.chair, cast.administrator):
        with pytest.raises(NotAllowed):
            services.make_batch(fund, ids, by=user)
    row = next(money.bank_rows(batch))
    assert (row.number, row.account, row.amount) == (ids[0], CARD, D(1000))
    assert row.payee == Payment.objects.get(pk=ids[0]).case.household.head.name


def test_a_reviewer_in_place_of_the_finance_officer_pays_in_that_name(cast, fund, batch, district):
    by = make_user(Role.DISTRICT_REVIEWER, district, name="刘复")
    today = timezone.localdate()
    Grant.objects.create(
        user=by, union=district, role=Role.FINANCE_OFFICER, stands_in_for=cast.finance,
        valid_from=today, valid_to=today,
    )  # fmt: skip
    services.add_budget(fund, by=by, year=2016, amount=D(1000), note="追加")
    services.bank_file(batch, by=by)
    first, second = (answer(p) for p in batch.payments.order_by("pk"))
    refused = replace(second, is_paid=False, on=None, voucher="", why="账号不符")
    services.reconcile(batch, [first, refused], by=by, sha256=FILE)
    acts = Act.objects.filter(by=by).values_list("name", "by_name")
    assert {"add_budget", "bank_file", "payment_failed", "reconcile"} <= {name for name, _ in acts}
    assert {words for _, words in acts} == {f"刘复（代{cast.finance}）"}


def test_the_banks_answer_is_booked_whole(cast, fund, batch):
    paid, failed = batch.payments.order_by("pk")
    done = [
        answer(paid, on=date(2016, 10, 10), voucher="V1"),
        answer(failed, is_paid=False, why="户名不符"),
    ]
    assert reconcile(batch, cast, done) is True
    paid.refresh_from_db()
    failed.refresh_from_db()
    assert (paid.state, paid.paid_on, paid.voucher) == ("paid", date(2016, 10, 10), "V1")
    assert (failed.state, failed.failed_why, failed.paid_on) == ("failed", "户名不符", None)
    assert (paid.case.status, failed.case.status) == (Status.PAID, Status.APPROVED)
    assert state(fund) == (D(200_000), D(2000), D(1000))


def test_the_same_answer_twice_changes_nothing(cast, fund, batch):
    answers = [answer(p) for p in batch.payments.all()]
    assert reconcile(batch, cast, answers) is True
    before = (state(fund), LedgerEntry.objects.count())
    assert reconcile(batch, cast, answers) is False
    assert (state(fund), LedgerEntry.objects.count()) == before
    with pytest.raises(OutOfTurn, match="另一份"):
        reconcile(batch, cast, answers, sha256="b" * 64)


@pytest.mark.parametrize(
    ("spoil", "match"),
    [
        (lambda a, b: [a], "对不上"),
        (lambda a, b: [a, b, services.Answer(0, D(1), True)], "对不上"),
        (lambda a, b: [a, a, b], "出现了两次"),
        (lambda a, b: [a, services.Answer(b.payment, D("999.99"), True)], "金额不一致"),
        (lambda a, b: [a, services.Answer(b.payment, b.amount, True, date(2016, 10, 11))], "晚于"),
        (lambda a, b: [a, services.Answer(b.payment, b.amount, True, date(2016, 10, 9))], "早于"),
    ],
)
def test_an_answer_that_does_not_fit_books_nothing(cast, fund, batch, spoil, match):
    one, two = (answer(p) for p in batch.payments.order_by("pk"))
    with pytest.raises(Refused, match=match):
        reconcile(batch, cast, spoil(one, two))
    assert state(fund)[2] == 0
    assert {p.state for p in batch.payments.all()} == {"sent"}


def test_one_file_answers_one_batch(cast, fund, batch):
    reconcile(batch, cast, [answer(p) for p in batch.payments.all()])
    case = ready_case(fund, cast.union)
    services.approve(case, by=cast.reviewer, amount=D(1000), **UNRELATED)
    other = services.make_batch(fund, [case.payments.get().pk], by=cast.finance)
    with pytest.raises(Refused, match="别的批次"):
        reconcile(other, cast, [answer(p) for p in other.payments.all()])


def test_what_the_bank_has_is_not_revoked(cast, fund, batch):
    case = batch.payments.first().case
    with pytest.raises(Refused, match="已经送银行"):
        services.revoke(case, by=cast.reviewer, reason="错了")


def test_a_failed_payment_goes_again_to_the_beneficiarys_mended_account(cast, fund):
    case = approved_case(cast, fund)
    batch = services.make_batch(fund, [case.payments.get().pk], by=cast.finance)
    failed = batch.payments.get()
    again = {
        "by": cast.finance,
        "account": OTHER_CARD,
        "account_name": failed.payee,
        "bank": "农行",
    }
    with pytest.raises(OutOfTurn):
        services.pay_again(failed, **again)
    reconcile(batch, cast, [answer(failed, is_paid=False, why="账号错")])
    with pytest.raises(Refused, match="受助人本人"):
        services.pay_again(failed, **(again | {"account_name": "别人"}))
    with pytest.raises(Refused, match="校验"):
        services.pay_again(failed, **(again | {"account": CARD[:-1] + "7"}))
    fresh = services.pay_again(failed, **again)
    assert (fresh.account, fresh.amount, fresh.state) == (OTHER_CARD, failed.amount, "waiting")
    with pytest.raises(OutOfTurn):
        services.pay_again(failed, **again)
    pay(case, cast)
    case.refresh_from_db()
    assert case.status == Status.PAID
    assert state(fund)[2] == D(3100)


def test_money_that_came_back_is_reversed_by_a_row_and_paid_again(cast, fund):
    case = paid_case(cast, fund)
    payment = case.payments.get()
    with pytest.raises(Refused, match="原因"):
        services.reverse(payment, by=cast.finance, reason=" ")
    with pytest.raises(NotAllowed):
        services.reverse(payment, by=cast.reviewer, reason="退汇")
    services.reverse(payment, by=cast.finance, reason="退汇")
    case.refresh_from_db()
    assert (case.status, case.paid_on, case.follow_ups.count()) == (Status.APPROVED, None, 0)
    assert state(fund) == (D(200_000), D(3100), D(0))
    entries = LedgerEntry.objects.filter(kind="pay").order_by("pk")
    assert [e.amount for e in entries] == [D(3100), D(-3100)]
    with pytest.raises(OutOfTurn):
        services.reverse(payment, by=cast.finance, reason="再退")
    services.pay_again(
        payment, by=cast.finance, account=OTHER_CARD, account_name=payment.payee, bank="农行"
    )
    pay(case, cast)
    assert state(fund) == (D(200_000), D(3100), D(3100))


def test_cash_in_hand_is_history_only(cast, fund, district):
    case = approved_case(cast, fund)
    payment = case.payments.get()
    with clock.at(NOTICED):
        with pytest.raises(Refused, match="早于批准"):
            services.pay_in_person(payment, by=cast.finance, on=date(2016, 9, 1), voucher="1")
        with pytest.raises(Refused, match="打卡发放"):
            services.pay_in_person(payment, by=cast.finance, on=date(2017, 1, 1), voucher="1")
        services.pay_in_person(payment, by=cast.finance, on=NOTICED, voucher="收条1")
    payment.refresh_from_db()
    assert (payment.method, payment.state) == ("legacy_in_person", "paid")
    with clock.at(NOTICED), pytest.raises(OutOfTurn):
        services.pay_in_person(payment, by=cast.finance, on=NOTICED, voucher="收条1")


def test_whoever_decided_never_pays(cast, fund):
    case = approved_case(cast, fund)
    cast.reviewer.grants.create(union=fund.union, role="finance_officer")
    cast.reviewer.__dict__.pop("granted", None)
    cast.reviewer.__dict__.pop("held", None)
    with pytest.raises(Refused, match="您已经审批过"):
        services.make_batch(fund, [case.payments.get().pk], by=cast.reviewer)
    assert case.payments.get().state == "waiting"


def test_money_not_yet_paid_is_listed_with_its_day(cast, fund):
    case = approved_case(cast, fund)
    (waiting,) = money.unpaid(cast.finance)
    assert (waiting.case, waiting.due.on) == (case, date(2016, 10, 25))
    assert list(money.payments_for(cast.finance)) == list(case.payments.all())
    assert not money.payments_for(cast.chair).exists()
    assert not money.payments_for(cast.administrator).exists()


# --- the fast lane ---------------------------------------------------------------------------


def advance(case, cast, amount="5000") -> Advance:
    asked = services.ask_advance(case, by=cast.chair, amount=D(amount), why="今晚手术押金")
    services.sign_advance(asked, by=cast.areachair)
    services.grant_advance(asked, by=cast.reviewer)
    asked.refresh_from_db()
    return asked


def test_two_people_advance_money_and_the_papers_are_chased(cast, fund):
    case = write_case(cast, fund, cost="50000")
    asked = advance(case, cast)
    assert asked.papers_due_on == date(2016, 10, 24)
    assert state(fund) == (D(200_000), D(5000), D(0))
    pay(case, cast)
    asked.refresh_from_db()
    case.refresh_from_db()
    assert (asked.status, case.status) == ("paid", Status.DRAFT)
    assert state(fund)[2] == D(5000)
    late = date(2016, 10, 25)
    assert case_selectors.advances_without_papers(cast.chair, late).get() == asked
    assert not case_selectors.advances_without_papers(cast.chair, asked.papers_due_on).exists()
    with pytest.raises(Refused, match="不能撤回"):
        services.withdraw(case, by=cast.chair, reason="不要了")


def test_the_advance_is_part_of_what_is_granted_later(cast, fund):
    case = ready_case(fund, cast.union)
    advance(case, cast)
    with pytest.raises(Refused, match=r"不能少于已经批准的先行救助 5,000\.00"):
        services.approve(case, by=cast.reviewer, amount=D("4999.99"), **UNRELATED)
    services.approve(case, by=cast.reviewer, amount=D(8000), **UNRELATED)
    assert sorted(p.amount for p in case.payments.all()) == [D(3000), D(5000)]
    assert state(fund)[1] == D(8000)
    pay(case, cast)
    case.refresh_from_db()
    assert (case.status, state(fund)[2]) == (Status.PAID, D(8000))


def test_an_advance_that_was_all_is_settled(cast, fund):
    case = ready_case(fund, cast.union)
    advance(case, cast)
    services.approve(case, by=cast.reviewer, amount=D(5000), **UNRELATED)
    with pytest.raises(OutOfTurn, match="还没有拨付"):
        services.settle(case, by=cast.finance)
    pay(case, cast)
    services.settle(case, by=cast.finance)
    case.refresh_from_db()
    assert (case.status, state(fund)) == (Status.PAID, (D(200_000), D(5000), D(5000)))


@pytest.mark.parametrize("is_paid", [True, False])
def test_the_advance_of_a_refused_case_is_taken_back_whole(cast, fund, is_paid):
    case = ready_case(fund, cast.union)
    asked = advance(case, cast)
    if is_paid:
        pay(case, cast)
    with pytest.raises(OutOfTurn, match="没有被拒绝"):
        services.recover_advance(asked, by=cast.finance, reason="退款 1 号")
    services.refuse(case, by=cast.reviewer, reason="查实不是会员")
    with pytest.raises(Refused, match="怎样收回"):
        services.recover_advance(asked, by=cast.finance, reason="")
    services.recover_advance(asked, by=cast.finance, reason="退款 1 号")
    assert state(fund) == (D(200_000), D(0), D(0))
    assert {grant.granted for grant in YearlyGrant.objects.all()} == {D(0)}
    payment = case.payments.get()
    assert payment.state == ("reversed" if is_paid else "cancelled")
    with pytest.raises(OutOfTurn):
        services.pay_again(
            payment, by=cast.finance, account=CARD, account_name=payment.payee, bank="农行"
        )


def test_an_advance_of_a_refused_case_goes_to_no_bank(cast, fund):
    case = ready_case(fund, cast.union)
    asked = advance(case, cast)
    (row,) = paying.waiting(cast.finance)
    services.refuse(case, by=cast.reviewer, reason="查实不是会员")
    assert paying.waiting(cast.finance) == []
    with pytest.raises(Refused, match="刷新页面"):
        services.make_batch(fund, [row.payment.pk], by=cast.finance)
    services.recover_advance(asked, by=cast.finance, reason="不再拨付")


def test_whoever_an_advance_was_granted_for_stays_the_same_person(cast, fund):
    case = write_case(cast, fund)
    wife = make_relative(case.household, "spouse")
    services.save_case(case, {"beneficiary": wife}, by=cast.chair, version=case.version)
    case.refresh_from_db()
    services.save_case(case, {"account_name": wife.name}, by=cast.chair, version=case.version)
    case.refresh_from_db()
    advance(case, cast)
    head = case.household.members.get(relation="self")
    with pytest.raises(Refused, match="先行救助"):
        services.save_case(case, {"beneficiary": head}, by=cast.chair, version=case.version)
    facts = MemberFacts("spouse", wife.name, id_number(), wife.born_on)
    with pytest.raises(Refused, match="证件号码不能再改"):
        services.save_member(case.household, facts, by=cast.chair, member=wife)
    services.save_case(case, {"beneficiary": wife}, by=cast.chair, version=case.version)
    same = replace(facts, id_number=wife.id_number, work="待业")
    services.save_member(case.household, same, by=cast.chair, member=wife)


@pytest.mark.parametrize("amount", ["0", "10000.01"])
def test_an_advance_has_its_limit(cast, fund, amount):
    with pytest.raises(Refused):
        services.ask_advance(
            ready_case(fund, cast.union), by=cast.chair, amount=D(amount), why="急"
        )


def test_one_advance_a_case_unless_it_was_refused(cast, fund):
    case = ready_case(fund, cast.union)
    first = services.ask_advance(case, by=cast.chair, amount=D(100), why="急")
    with pytest.raises(Refused, match="已经有一笔"):
        services.ask_advance(case, by=cast.chair, amount=D(100), why="急")
    with pytest.raises(NotAllowed):
        services.sign_advance(first, by=cast.reviewer)
    with pytest.raises(OutOfTurn):
        services.grant_advance(first, by=cast.reviewer)
    services.decline_advance(first, by=cast.areachair, reason="不急")
    second = services.ask_advance(case, by=cast.chair, amount=D(100), why="又急")
    services.sign_advance(second, by=cast.areachair)
    services.refuse_advance(second, by=cast.reviewer, reason="额度不够")
    assert state(fund)[1] == 0


def test_an_advance_stands_under_the_cap_and_the_budget(cast, fund, district):
    poor = make_fund(district, code="poor")
    case = ready_case(poor, cast.union)
    give_budget(poor, "99")
    asked = services.ask_advance(case, by=cast.chair, amount=D(100), why="急")
    services.sign_advance(asked, by=cast.areachair)
    with pytest.raises(Refused, match=r"还剩 99\.00"):
        services.grant_advance(asked, by=cast.reviewer)


# --- the bank's files --------------------------------------------------------------------------


def workbook(rows) -> bytes:
    book = Workbook()
    book.active.append(("北京某银行批量代发结果",))
    book.active.append(("业务编号", "户名", "交易金额", "处理结果", "交易日期", "失败原因"))
    for row in rows:
        book.active.append(row)
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_the_file_for_the_bank_holds_full_numbers_and_is_noted(cast, fund, batch):
    sheet = load_workbook(BytesIO(services.bank_file(batch, by=cast.finance))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [row[2] for row in rows[1:]] == [CARD, CARD]
    assert [row[4] for row in rows[1:]] == [1000, 1000]
    assert Look.objects.get().fields == ["账号"]
    with pytest.raises(NotAllowed):
        services.bank_file(batch, by=cast.reviewer)


def test_the_banks_workbook_is_booked_once_and_whole(cast, fund, batch):
    one, two = batch.payments.order_by("pk").values_list("pk", flat=True)
    content = workbook([
        (one, "韩轩娜", "1,000.00", "交易成功", "2016-10-10", ""),
        (str(two), "韩轩娜", 1000, "失败", "", "账号与户名不符"),
        ("合计", "", 2000, "", "", ""),
    ])  # fmt: skip
    assert services.import_answer(batch, content, "回盘.xlsx", by=cast.finance) is True
    assert services.import_answer(batch, content, "回盘.xlsx", by=cast.finance) is False
    assert {p.state for p in batch.payments.all()} == {"paid", "failed"}
    assert state(fund)[2] == D(1000)


@pytest.mark.parametrize(
    ("row", "match"),
    [
        (("{}", "", "一千", "成功", "", ""), "第 4 行：看不懂金额"),
        (("{}", "", "1000.001", "成功", "", ""), "第 4 行：看不懂金额"),
        (("{}", "", 1000, "处理中", "", ""), "第 4 行"),
        (("{}", "", 1000, "成功", "2016-10-11", ""), "第 4 行"),
        (("abc", "", 1000, "成功", "", ""), "第 4 行：看不懂数字"),
    ],
)
def test_one_bad_cell_books_nothing(cast, fund, batch, row, match):
    one, two = batch.payments.order_by("pk").values_list("pk", flat=True)
    bad = tuple(str(two) if cell == "{}" else cell for cell in row)
    content = workbook([(one, "", 1000, "成功", "", ""), bad])
    with pytest.raises(Refused, match=match):
        services.import_answer(batch, content, "回盘.xlsx", by=cast.finance)
    assert state(fund)[2] == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no table here"])
def test_what_is_no_answer_is_refused(cast, batch, content):
    with pytest.raises(Refused, match="没有入账"):
        services.import_answer(batch, content, "回盘.xlsx", by=cast.finance)
