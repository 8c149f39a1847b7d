"""An application as its unit writes it, from the first word to the district's desk."""

from collections.abc import Mapping, Sequence
from datetime import date
from secrets import choice
from typing import Any

from django.db import IntegrityError, transaction

from relief import duties, rules
from relief.models import Advance, Bill, Fund, Household, HouseholdMember, ReliefCase
from relief.rules import EDITABLE, Relation, Status, check_sum, is_adult
from relief.selectors.households import members_of
from relief.selectors.review import missing_consents
from relief.selectors.terms import terms_on
from relief.services import aids, publicity
from relief.services.moving import keep, move, take_up
from relief.terms import BillSums
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.attachments.models import Attachment
from wanping_union.audit import log
from wanping_union.audit.models import name_of
from wanping_union.crypto import keyed_hash
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.names import fold
from wanping_union.roles import ENTER_RELIEF
from wanping_union.workflow import begin, finish

# No 0, O, 1, I: read from a notice board, typed on a phone.
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CODE = 10
WRITTEN = (
    "beneficiary", "cause", "disease", "diagnosis", "story", "happened_on", "loss", "is_emergency",
    "account", "account_name", "bank",
)  # fmt: skip
NEEDED = {
    "beneficiary": "受助人",
    "cause": "困难原因",
    "happened_on": "发生日期",
    "story": "困难情况",
    "account": "收款账号",
    "account_name": "户名",
    "bank": "开户银行",
}
STALE = "这份申请刚刚在别处改过，请刷新页面看看最新内容。"
ONE_OPEN = "这位受助人还有一件申请没有办完，请先办完再申请。"
BILL_USED = "这张票据已经在别的申请里用过，一张票据只能用一次。"
ADVANCED = "已经为这位受助人批准了先行救助，不能换成别人。"
BAD_CARD = "收款账号没有通过校验，请对照银行卡再输一遍。"


@transaction.atomic
def open_case(
    household: Household, *, by: User, fund: Fund, beneficiary: HouseholdMember | None = None
) -> ReliefCase:
    """Begin an application. beneficiary: the head without.

    Raises NotAllowed, and Refused for a closed fund or while one for this person is open.
    """
    if not by.may(ENTER_RELIEF, household.union):
        raise NotAllowed(f"{by.pk} may not open a case in {household.union_id}")
    if not fund.is_open:
        raise Refused("这个基金目前不接受申请。")
    if beneficiary is None:
        beneficiary = household.members.get(relation=Relation.SELF, left_on=None)
    check_beneficiary(household, beneficiary)
    try:
        with transaction.atomic():
            case = ReliefCase.objects.create(
                union=household.union,
                household=household,
                beneficiary=beneficiary,
                fund=fund,
                code="".join(choice(ALPHABET) for _ in range(CODE)),
                entered_by=by,
                opened_on=clock.today(),
                stage_on=clock.today(),
            )
    except IntegrityError:
        raise Refused(ONE_OPEN) from None
    log.write("open_case", "新建救助申请", by=by, record=case, union=case.union)
    return case


@transaction.atomic
def save_case(case: ReliefCase, values: Mapping[str, Any], *, by: User, version: int) -> int:
    """Keep one page of the application. Returns the new version.

    values: some of WRITTEN; empty ones are kept as not answered. version: the one the page showed.
    Raises NotAllowed, OutOfTurn where it is past editing or was changed meanwhile, and Refused for
    a value that cannot be.
    """
    fresh = editable(case, by=by)
    if fresh.version != version:
        raise OutOfTurn(STALE)
    _check(fresh, values)
    kept = {name: values[name] for name in values if name in WRITTEN}
    if "account" in kept:
        account = kept["account"]
        kept["account_hash"] = keyed_hash("account", account) if account else None
    try:
        with transaction.atomic():
            keep(fresh, **kept, version=version + 1)
    except IntegrityError:
        raise Refused(ONE_OPEN) from None
    log.write("save_case", "填写救助申请", by=by, record=fresh, union=fresh.union)
    return fresh.version


def _check(case: ReliefCase, values: Mapping[str, Any]) -> None:
    if (member := values.get("beneficiary")) is not None:
        check_beneficiary(case.household, member)
        if member.pk != case.beneficiary_id and case.advances.granted().exists():
            raise Refused(ADVANCED)
    if (day := values.get("happened_on")) and day > clock.today():
        raise Refused("发生日期不能晚于今天。")
    if (loss := values.get("loss")) is not None:
        check_sum(loss)
    if (account := values.get("account")) and not rules.is_card(account):
        raise Refused(BAD_CARD)


def check_beneficiary(household: Household, member: HouseholdMember) -> None:
    """Raises Refused for somebody who does not live there."""
    if member.household_id != household.pk or member.left_on:
        raise Refused("受助人不在这个家庭里，请重新选择。")


def editable(case: ReliefCase, *, by: User) -> ReliefCase:
    """The locked case. Raises NotAllowed, OutOfTurn, and Refused by separation of duties."""
    rows = ReliefCase.objects.select_for_update(of=("self",))
    fresh = rows.select_related("union", "household", "beneficiary").get(pk=case.pk)
    if not by.may(ENTER_RELIEF, fresh.union):
        raise NotAllowed(f"{by.pk} may not write case {fresh.pk}")
    if fresh.status not in EDITABLE:
        raise OutOfTurn(f"申请现在是“{fresh.get_status_display()}”，不能修改。")
    duties.check(fresh, "save_case", by=by)
    return fresh


@transaction.atomic
def save_bill(
    case: ReliefCase,
    sums: BillSums,
    *,
    by: User,
    number: str,
    hospital: str,
    dated: date,
    scan: Attachment | None = None,
    bill: Bill | None = None,
) -> Bill:
    """Add or correct one bill.

    Raises NotAllowed, OutOfTurn, and Refused for a bill of the future, one of which others bear
    more than it is, one that was used before, or another record's scan.
    """
    case = editable(case, by=by)
    _check_bill(case, sums, dated, scan)
    bill = bill or Bill(case=case)
    bill.number, bill.hospital, bill.dated, bill.scan = number, hospital, dated, scan
    bill.key = keyed_hash("bill", f"{fold(number)}|{dated}|{sums.total:.2f}")
    for name, value in vars(sums).items():
        setattr(bill, name, value)
    try:
        with transaction.atomic():
            bill.save()
    except IntegrityError:
        raise Refused(BILL_USED) from None
    keep(case, version=case.version + 1)
    log.write("save_bill", "登记医疗票据", by=by, record=case, union=case.union)
    return bill


def _check_bill(case: ReliefCase, sums: BillSums, dated: date, scan: Attachment | None) -> None:
    if dated > clock.today():
        raise Refused("票据日期不能晚于今天。")
    for amount in vars(sums).values():
        check_sum(amount)
    if sums.total == 0:
        raise Refused("票据的总费用要大于 0 元。")
    if sums.self_paid < 0:
        raise Refused("报销和补偿加起来超过了总费用，请核对金额。")
    if scan is not None and (scan.record != name_of(case) or scan.removed_at):
        raise Refused("请选这件申请里的扫描件。")


@transaction.atomic
def remove_bill(bill: Bill, *, by: User) -> None:
    """Raises NotAllowed and OutOfTurn."""
    case = editable(bill.case, by=by)
    bill.delete()
    keep(case, version=case.version + 1)
    log.write("remove_bill", "删除医疗票据", by=by, record=case, union=case.union)


@transaction.atomic
def submit(case: ReliefCase, *, by: User) -> None:
    """Hand the application in.

    Raises NotAllowed, OutOfTurn, and Refused while something lacks: a field, the payee's own
    account, a consent.
    """
    case = take_up(rules.SUBMIT, case, by=by)
    _check_whole(case)
    terms = terms_on(case.fund, clock.today())
    if terms is None:
        raise Refused("这个基金今天没有有效的标准，请联系管理员。")
    keep(case, terms=terms.stored(), concerned=_people(case))
    move(rules.SUBMIT, case, by=by, submitted_on=clock.today())
    aids.note(case)


def _people(case: ReliefCase) -> list[bytes]:
    """ID hashes of the household, and of whoever left it since the case was first handed in."""
    before = {bytes(one) for one in case.concerned}
    return sorted(before.union(bytes(member.id_hash) for member in members_of(case.household)))


def _check_whole(case: ReliefCase) -> None:
    if lacking := [words for field, words in NEEDED.items() if not getattr(case, field)]:
        raise Refused(f"还有内容没有填写：{'、'.join(lacking)}。")
    check_payee(case, case.account_name)
    if lacking := missing_consents(case):
        raise Refused(f"还缺家人的同意：{'、'.join(lacking)}。")


def check_payee(case: ReliefCase, name: str) -> None:
    """Raises Refused unless it is the beneficiary's own account, or the head's for a minor."""
    assert case.beneficiary is not None
    allowed = {fold(case.beneficiary.name)}
    if not is_adult(case.beneficiary.born_on, clock.today()):
        allowed.add(fold(case.household.head.name))
    if fold(name) not in allowed:
        raise Refused("收款账户的户名要是受助人本人（未成年的可以是职工本人），请更换账户。")


@transaction.atomic
def recall(case: ReliefCase, *, by: User) -> None:
    """Take it back for a correction before the unit has verified. Raises NotAllowed, OutOfTurn."""
    case = take_up(rules.RECALL, case, by=by)
    move(rules.RECALL, case, by=by)


@transaction.atomic
def unit_verify(case: ReliefCase, *, by: User, committee: Sequence[str], note: str = "") -> None:
    """committee: names. Raises NotAllowed, OutOfTurn, and Refused for fewer than three."""
    case = take_up(rules.UNIT_VERIFY, case, by=by)
    keep(case, committee=rules.check_committee(committee))
    move(rules.UNIT_VERIFY, case, by=by, note=note)


@transaction.atomic
def supply(case: ReliefCase, *, by: User, note: str = "") -> None:
    """Send a returned case back to who asked; its clock goes on.

    Raises NotAllowed, OutOfTurn, and Refused while something lacks.
    """
    case = take_up(rules.ANY_SUPPLY, case, by=by)
    _check_whole(case)
    keep(case, concerned=_people(case))
    case.returns.filter(answered_on=None).update(answered_on=clock.today())
    step = rules.SUPPLY[Status(case.returned_from)]
    finish(step, case, by=by, note=note, returned_from="", **_notice_again(case))
    aids.note(case)


def _notice_again(case: ReliefCase) -> dict[str, date]:
    """A notice that was interrupted is shown for its whole length again."""
    if case.returned_from != Status.PUBLICITY:
        return {}
    return publicity.days()


@transaction.atomic
def withdraw(case: ReliefCase, *, by: User, reason: str) -> None:
    """The person no longer asks. Raises NotAllowed, OutOfTurn, and Refused after an advance."""
    case = begin(rules.WITHDRAW, case, by=by)
    if Advance.objects.filter(case=case).granted().exists():
        raise Refused("已经批准了先行救助，不能撤回申请。请补齐材料，由区总工会审批。")
    case.bills.update(counts=False)
    case.returns.filter(answered_on=None).update(answered_on=clock.today())
    keep(case, reason=reason)
    move(rules.WITHDRAW, case, by=by, returned_from="")
    aids.note(case)
