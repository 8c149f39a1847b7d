"""One fresh, unsaved row of every watched model, and one value to change in it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any, TypeVar

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.utils import timezone

from members.models import (
    Enterprise,
    EnterpriseYear,
    Membership,
    Person,
    SavedView,
    Standing,
    UnionProfile,
)
from members.sizes import Size
from relief.models import (
    Advance,
    Bill,
    CaseReturn,
    Conference,
    FollowUp,
    Fund,
    FundYear,
    Household,
    HouseholdLine,
    HouseholdMember,
    LedgerEntry,
    Objection,
    Override,
    Payment,
    PaymentBatch,
    Referral,
    ReliefCase,
    Verdict,
    Visit,
    YearlyGrant,
)
from tests.factories import id_number, make_enterprise, make_union, make_user
from tests.relief.building import make_aid, make_draft, make_fund, make_household
from wanping_union import crypto
from wanping_union.accounts.models import FormerKin, Grant, Union, User
from wanping_union.aid.models import Aid
from wanping_union.attachments.models import Attachment
from wanping_union.exports.models import ExportedFile, Piece
from wanping_union.imports.models import Batch
from wanping_union.jobs.models import Job
from wanping_union.reference.models import Holiday, ReferenceValue
from wanping_union.reports.models import MonthlyReport
from wanping_union.rights.models import Consent, Notice, Request, RetentionLine, RetentionList
from wanping_union.roles import Role

_n = count(1)
R = TypeVar("R", bound=Model)


@dataclass(frozen=True)
class Built:
    row: Model
    change: dict[str, Any]  # one column and a value it does not have


def person() -> Person:
    number = id_number()
    return Person(
        name="韩轩娜",
        sex="F",
        born_on=date(1980, 5, 6),
        id_number=number,
        id_hash=crypto.keyed_hash("id_number", number),
    )


def saved(row: R) -> R:
    row.save()
    return row


def address() -> EmailAddress:
    return EmailAddress(user=make_user(), email=f"a{next(_n)}@example.org")


def membership() -> Membership:
    return Membership(union=make_union(), person=saved(person()), joined_on=date(2016, 1, 1))


def standing() -> Standing:
    return Standing(membership=saved(membership()), status="active", from_on=date(2016, 1, 1))


def notice() -> Notice:
    return Notice(
        purpose="membership",
        version=100 + next(_n),
        title="告知书",
        text="内容",
        valid_from=date(2026, 1, 1),
    )


def consent() -> Consent:
    return Consent(
        subject=secrets.token_bytes(16),
        union=make_union(),
        purpose="membership",
        notice=saved(notice()),
        channel="paper",
        given_on=date(2026, 1, 5),
    )


def retention_list() -> RetentionList:
    return RetentionList(union=make_union(), made_on=date(2026, 1, 5))


def report() -> MonthlyReport:
    return MonthlyReport(
        union=make_union(), month=date(2016, 1, 1), version=1, content=b"PK", sha256="0" * 64,
        finished_at=timezone.now(),
    )  # fmt: skip


def exported() -> ExportedFile:
    return ExportedFile(kind="people", label="会员名册", union=make_union(), by=make_user())


def reference(key: str = "") -> ReferenceValue:
    return ReferenceValue(
        key=key or f"test.{next(_n)}", label="测试", value=1, valid_from=date(2016, 1, 1), source="无",
        confidence="L",
    )  # fmt: skip


def union() -> Union:
    n = next(_n)
    return Union(
        code=f"B{n}", name="区总工会", kind="district", path=f"b{n}/", valid_from=date(2010, 1, 1)
    )


def through(
    name: str, target: Callable[[], Model], owner: type[Model] = User
) -> Callable[[], Built]:
    """A row between two models; changed, it names another target."""
    field: Any = owner._meta.get_field(name)
    here, there = field.m2m_field_name(), field.m2m_reverse_field_name()

    def build() -> Built:
        holder = make_user() if owner is User else Group.objects.create(name=f"组{next(_n)}")
        row = field.remote_field.through(**{here: holder, there: target()})
        return Built(row, {there: target()})

    return build


def group() -> Group:
    return Group.objects.create(name=f"组{next(_n)}")


def permission() -> Permission:
    return Permission.objects.order_by("pk")[next(_n) % 40]


def household() -> Household:
    member = saved(membership())
    return Household(union=member.union, head=member.person, opened_on=DAY)


def household_member() -> HouseholdMember:
    return HouseholdMember(
        household=make_household(),
        relation="child",
        name="韩小",
        id_number="1",
        id_hash=secrets.token_bytes(16),
        born_on=DAY,
    )


def case() -> ReliefCase:
    home = make_household()
    return ReliefCase(
        union=home.union, household=home, fund=make_fund(), code=secrets.token_hex(5),
        opened_on=DAY, stage_on=DAY, entered_by=make_user(),
    )  # fmt: skip


def aid() -> Aid:
    person = secrets.token_bytes(16)
    return Aid(
        record=f"test.aid:{next(_n)}", words="送温暖", union=make_union(), state="paid", on=DAY,
        person=person, household=[person],
    )  # fmt: skip


def fund() -> Fund:
    return Fund(code=f"b{next(_n)}", name="应急救助", union=make_union())


def fund_year() -> FundYear:
    return FundYear(fund=saved(fund()), year=2016)


def payment() -> Payment:
    return Payment(
        case=make_draft(), year=2016, kind="case", amount=1, payee="某人", account="1",
        planned_on=DAY,
    )  # fmt: skip


DAY = date(2016, 1, 5)
RELIEF: dict[str, Callable[[], Built]] = {
    "aid.Aid": lambda: Built(aid(), {"amount": 9}),
    "relief.Advance": lambda: Built(
        Advance(case=make_draft(), union=make_union(), amount=9, why="急", asked_by=make_user(),
                asked_on=DAY),
        {"asked_on": date(2016, 1, 6)},
    ),
    "relief.Bill": lambda: Built(
        Bill(case=make_draft(), number="1", key=secrets.token_bytes(16), hospital="医院", dated=DAY,
             total=9),
        {"insurance": 1},
    ),
    "relief.CaseReturn": lambda: Built(
        CaseReturn(case=make_draft(), papers="[]", stage="signed", by=make_user(), on=DAY),
        {"answered_on": DAY},
    ),
    "relief.Conference": lambda: Built(
        Conference(case=make_draft(), on=DAY, place="会议室", people=["甲", "乙"], opinions="同意",
                   conclusion="救助", by=make_user()),
        {"place": "医院"},
    ),
    "relief.FollowUp": lambda: Built(
        FollowUp(case=make_draft(), months=1, due_on=DAY), {"is_hard_again": True}
    ),
    "relief.Fund": lambda: Built(fund(), {"name": "新名"}),
    "relief.FundYear": lambda: Built(fund_year(), {"year": 2017}),
    "relief.Household": lambda: Built(household(), {"opened_on": date(2016, 2, 1)}),
    "relief.HouseholdLine": lambda: Built(
        HouseholdLine(household=make_household(), year=2016, type="wage", sum="9"), {"year": 2015}
    ),
    "relief.HouseholdMember": lambda: Built(household_member(), {"work": "小学"}),
    "relief.LedgerEntry": lambda: Built(
        LedgerEntry(fund_year=saved(fund_year()), kind="budget", amount=9, record="x:1", on=DAY),
        {"note": "更正"},
    ),
    "relief.Objection": lambda: Built(
        Objection(case=make_draft(), text="不实"), {"contact": "1"}
    ),
    "relief.Override": lambda: Built(
        Override(case=make_draft(), line="disease", is_met=True, reason="有", by=make_user(), on=DAY),
        {"is_met": False},
    ),
    "relief.Payment": lambda: Built(payment(), {"bank": "某行"}),
    "relief.PaymentBatch": lambda: Built(
        PaymentBatch(fund=saved(fund()), made_by=make_user(), made_on=DAY),
        {"made_on": date(2016, 2, 1)},
    ),
    "relief.Referral": lambda: Built(
        Referral(case=make_draft(), to="civil", office="民政科", need="低保", agreed_on=DAY, on=DAY,
                 by=make_user()),
        {"office": "街道"},
    ),
    "relief.ReliefCase": lambda: Built(case(), {"bank": "某行"}),
    "relief.Verdict": lambda: Built(
        Verdict(case=make_draft(), aid=make_aid(), is_duplicate=True, reason="是", by=make_user(),
                on=DAY),
        {"is_duplicate": False},
    ),
    "relief.Visit": lambda: Built(
        Visit(case=make_draft(), kind="verify", on=DAY, place="home", people=2, by=make_user()),
        {"people": 3},
    ),
    "relief.YearlyGrant": lambda: Built(
        YearlyGrant(fund=saved(fund()), year=2016, key=secrets.token_bytes(16), cap=9),
        {"granted": 1},
    ),
}  # fmt: skip

BUILDERS: dict[str, Callable[[], Built]] = {
    "account.EmailAddress": lambda: Built(address(), {"verified": True}),
    "account.EmailConfirmation": lambda: Built(
        EmailConfirmation(email_address=saved(address()), key=f"k{next(_n)}"),
        {"sent": timezone.now()},
    ),
    "accounts.FormerKin": lambda: Built(
        FormerKin(user=make_user(), id_hash=secrets.token_bytes(16), until=date(2016, 1, 1)),
        {"until": date(2017, 1, 1)},
    ),
    "accounts.Grant": lambda: Built(
        Grant(user=make_user(), union=make_union(), role=Role.AUDITOR), {"role": Role.UNIT_CLERK}
    ),
    "accounts.Union": lambda: Built(union(), {"name": "新名"}),
    "accounts.User": lambda: Built(
        User(username=f"b{next(_n)}", name="某人", password="argon2$x"), {"password": "argon2$y"}
    ),
    "accounts.User_groups": through("groups", group),
    "accounts.User_user_permissions": through("user_permissions", permission),
    "attachments.Attachment": lambda: Built(
        Attachment(
            record="members.person:1",
            union=make_union(),
            label="证明",
            name="a.pdf",
            path=f"x{next(_n)}",
            mime="application/pdf",
            size=1,
            sha256="0" * 64,
            by=make_user(),
        ),
        {"label": "其他"},
    ),
    **RELIEF,
    "auth.Group": lambda: Built(Group(name=f"组{next(_n)}"), {"name": f"新组{next(_n)}"}),
    "auth.Group_permissions": through("permissions", permission, Group),
    "exports.ExportedFile": lambda: Built(exported(), {"size": 9}),
    "exports.Piece": lambda: Built(
        Piece(file=saved(exported()), number=0, content=b"PK"), {"content": b"KP"}
    ),
    "imports.Batch": lambda: Built(
        Batch(
            kind="roster", union=make_union(), file_name="名册.xlsx", sha256="0" * 64, content=b"x"
        ),
        {"content": None},
    ),
    "jobs.Job": lambda: Built(Job(kind="trace"), {"attempts": 1}),
    "members.Enterprise": lambda: Built(
        Enterprise(union=make_union(), name=f"企业{next(_n)}"), {"name": "新名"}
    ),
    "members.EnterpriseYear": lambda: Built(
        EnterpriseYear(enterprise=make_enterprise(make_union()), year=2016, size=Size.MICRO),
        {"headcount": 9},
    ),
    "members.Membership": lambda: Built(membership(), {"occupation": "木工"}),
    "members.Person": lambda: Built(person(), {"ethnicity": "回族"}),
    "members.SavedView": lambda: Built(
        SavedView(user=make_user(), page="people", name="女会员", query="sex=F"), {"name": "男会员"}
    ),
    "members.Standing": lambda: Built(standing(), {"note": "更正"}),
    "members.UnionProfile": lambda: Built(UnionProfile(union=make_union()), {"phone": "1"}),
    "mfa.Authenticator": lambda: Built(
        Authenticator(user=make_user(), type="totp", data={"secret": "x"}),
        {"data": {"secret": "y"}},
    ),
    "reference.Holiday": lambda: Built(
        Holiday(day=date(2000, 1, 1) + timedelta(days=next(_n)), is_rest=True, source="无"),
        {"name": "元旦"},
    ),
    "reference.ReferenceValue": lambda: Built(reference(), {"value": 2}),
    "rights.Consent": lambda: Built(consent(), {"reason": "本人要求"}),
    "rights.Notice": lambda: Built(notice(), {"title": "新名"}),
    "rights.Request": lambda: Built(
        Request(
            subject=secrets.token_bytes(16),
            union=make_union(),
            kind="copy",
            proof="id_card",
            received_on=date(2026, 1, 5),
            by=make_user(),
        ),
        {"answer": "已提供"},
    ),
    "rights.RetentionLine": lambda: Built(
        RetentionLine(
            list=saved(retention_list()), rule="x", record=1, since=date(2026, 1, 1), as_of="1"
        ),
        {"outcome": "已删除"},
    ),
    "rights.RetentionList": lambda: Built(retention_list(), {"made_on": date(2026, 2, 1)}),
    "reports.MonthlyReport": lambda: Built(report(), {"rows": 9}),
}
