"""Every URL × role × scope. A URL this table does not know fails the build."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from members.models import EnterpriseYear, Membership, SavedView, UnionProfile
from members.sizes import Size
from relief.models import (
    Advance,
    Bill,
    FollowUp,
    Fund,
    FundYear,
    Household,
    HouseholdLine,
    HouseholdMember,
    Objection,
    Payment,
    PaymentBatch,
    ReliefCase,
)
from tests.factories import make_enterprise, make_member, make_union, make_user
from tests.relief.building import (
    DAY,
    make_aid,
    make_draft,
    make_fund,
    make_household,
    make_relative,
)
from tests.relief.playing import CARD, give_budget, ready_case
from wanping_union import clock
from wanping_union.accounts.models import Union, User
from wanping_union.aid.models import Aid
from wanping_union.attachments import storing
from wanping_union.attachments.models import Attachment
from wanping_union.exports.models import ExportedFile
from wanping_union.imports.models import BadRow, Batch
from wanping_union.imports.models import State as BatchState
from wanping_union.jobs.models import Job
from wanping_union.jobs.models import State as JobState
from wanping_union.reference.models import ReferenceValue
from wanping_union.reports.models import MonthlyReport
from wanping_union.rights.models import Consent, Notice
from wanping_union.rights.models import Request as Asked
from wanping_union.roles import (
    AREA,
    DECIDE_DELETION,
    DECIDE_RELIEF,
    ENTER_RELIEF,
    EVERYONE,
    FOLLOW_RELIEF,
    HELP_ACCOUNTS,
    IMPORT,
    KEEP_ACCOUNTS,
    KEEP_ENTERPRISES,
    KEEP_JOBS,
    KEEP_NOTICES,
    KEEP_PEOPLE,
    KEEP_REFERENCE,
    KEEP_UNIONS,
    MAKE_REPORTS,
    PAY_RELIEF,
    READ_LOGS,
    REVEAL,
    SEE_AUDIT,
    SEE_FIGURES,
    SEE_FUNDS,
    SEE_GRID,
    SEE_LOOKS,
    SEE_PEOPLE,
    SEE_REFERENCE,
    SEE_RELIEF,
    SEE_RELIEF_INSIDE,
    SEE_RETENTION,
    SEE_RIGHTS,
    SIGN_RELIEF,
    UNIT,
    VERIFY_RELIEF,
    Role,
)

YEAR = "?from=2016-01-01&to=2016-12-31"


@dataclass
class Side:
    """One of everything that belongs to a union."""

    union: Union
    member: Membership
    enterprise: object
    batch: Batch
    imported: Batch
    report: MonthlyReport
    job: Job
    failed_job: Job
    view: SavedView
    export: ExportedFile
    attachment: Attachment
    account: User
    asked: Asked
    deletion: Asked

    # Of relief, made where a page asks for them: most pages do not.
    @cached_property
    def draft(self) -> ReliefCase:
        return make_draft(self.home)

    @cached_property
    def whole(self) -> ReliefCase:
        """A draft that only waits to be handed in."""
        home = make_household(make_member(self.union), address="8 号", mobile="13812345678")
        head = home.members.get()
        HouseholdLine.objects.create(
            household=home, year=clock.today().year - 1, type="wage", sum="1"
        )
        Consent.objects.create(
            subject=head.id_hash, union=self.union, purpose="relief_finance", channel="paper",
            notice=Notice.objects.get(purpose="relief_finance"), given_on=clock.today(),
        )  # fmt: skip
        return make_draft(
            home, beneficiary=head, cause="other", story="x", happened_on=clock.today(),
            account=CARD, account_name=head.name, bank="x",
        )  # fmt: skip

    @cached_property
    def handed_in(self) -> ReliefCase:
        return ready_case(make_fund(), union=self.union, status="submitted")

    @cached_property
    def relative(self) -> HouseholdMember:
        return make_relative(self.home, "spouse")

    @cached_property
    def bill(self) -> Bill:
        return Bill.objects.create(
            case=self.draft, number="1", key=secrets.token_bytes(16), hospital="x",
            dated=date(2016, 1, 1), total=1,
        )  # fmt: skip

    @cached_property
    def signed(self) -> ReliefCase:
        """With one of everything that is noted on a case."""
        case = ready_case(make_fund(), household=self.home)
        Objection.objects.create(case=case, text="有两套房")
        Advance.objects.create(
            case=case, union=self.union, amount=1, why="x", asked_by=self.account, asked_on=DAY
        )
        return case

    @cached_property
    def granted(self) -> ReliefCase:
        case = ready_case(
            make_fund(), household=self.home, status="approved", amount=1000, decided_on=DAY
        )
        FollowUp.objects.create(case=case, months=1, due_on=DAY)
        return case

    @cached_property
    def alike(self) -> Aid:
        """Of somebody of the same household."""
        person = bytes(self.home.members.get(relation="self").id_hash)
        return make_aid(union=self.union, person=person, household=[person])

    @cached_property
    def fund(self) -> Fund:
        return make_fund(self.union)

    @cached_property
    def fund_year(self) -> FundYear:
        return give_budget(self.fund, "1000")

    @cached_property
    def paid_ahead(self) -> ReliefCase:
        """Granted, and all of it was paid in advance."""
        today = clock.today()
        case = ready_case(
            self.fund, household=self.home, status="approved", amount=1, decided_on=today
        )
        Advance.objects.create(
            case=case, union=self.union, status="paid", amount=1, why="x", asked_by=self.account,
            asked_on=today, decided_on=today, paid_on=today, papers_due_on=today,
        )  # fmt: skip
        return case

    @cached_property
    def bank_batch(self) -> PaymentBatch:
        return PaymentBatch.objects.create(
            fund=self.fund, made_by=self.account, made_on=clock.today()
        )

    @cached_property
    def payment(self) -> Payment:
        return Payment.objects.create(
            case=make_draft(self.home, fund=self.fund), year=2016, kind="case", amount=1,
            payee="x", account=CARD, planned_on=clock.today(), batch=self.bank_batch, state="sent",
        )  # fmt: skip

    @cached_property
    def home(self) -> Household:
        return make_household(self.member)


@dataclass(frozen=True)
class Page:
    """roles: who may open it (in scope). kwargs: of a side's object; None for a page without one.

    query: what names a union there. post_only: GET is 405. post_roles: who may send it.
    """

    roles: tuple[Role, ...]
    kwargs: Callable[[Side], dict[str, object]] | None = None
    query: Callable[[Side], str] = field(default=lambda side: "")
    post_only: bool = False
    post_roles: tuple[Role, ...] | None = None


def pk(name: str) -> Callable[[Side], dict[str, object]]:
    return lambda side: {"pk": getattr(side, name).pk}


def person(**more: object) -> Callable[[Side], dict[str, object]]:
    return lambda side: {"pk": side.member.person_id, **more}


def of_draft(**more: str) -> Callable[[Side], dict[str, object]]:
    """more: argument of the address → what of the side it names."""
    return lambda side: {
        "pk": side.draft.pk,
        **{argument: getattr(side, name).pk for argument, name in more.items()},
    }


def asked(which: str, name: str) -> Callable[[Side], dict[str, object]]:
    return lambda side: {"pk": getattr(side, which).pk, "name": name}


def case(which: str, **more: object) -> Callable[[Side], dict[str, object]]:
    return lambda side: {"pk": getattr(side, which).pk, **more}


def code(side: Side) -> dict[str, object]:
    return {"code": side.union.code}


def of_union(side: Side) -> str:
    return f"?union={side.union.code}"


KEEPS_JOBS = KEEP_JOBS  # and who asked for the job
SENDER: tuple[Role, ...] = ()  # who sent the file alone: test_only_the_sender_sees_its_rows
STEPS = ("retain", "withdraw", "deem_withdrawn", "expel", "record_death")
SEE_RELIEF_CONCERNED = (*UNIT, *AREA, *DECIDE_RELIEF)  # not the auditor
RELIEF_STEPS = (
    ("recall", ENTER_RELIEF), ("unit_verify", ENTER_RELIEF), ("visit", VERIFY_RELIEF),
    ("publish", VERIFY_RELIEF), ("area_review", VERIFY_RELIEF), ("return_by_area", VERIFY_RELIEF),
    ("sign", SIGN_RELIEF), ("return_by_chair", SIGN_RELIEF), ("approve", DECIDE_RELIEF),
    ("propose", DECIDE_RELIEF), ("confirm", DECIDE_RELIEF), ("refuse", DECIDE_RELIEF),
    ("return_by_district", DECIDE_RELIEF), ("revoke", DECIDE_RELIEF),
    ("confirm_receipt", FOLLOW_RELIEF), ("hand_over", VERIFY_RELIEF), ("close", VERIFY_RELIEF),
)  # fmt: skip
NOBODY = {
    "healthz": "for the machine that watches; says nothing of anybody",
    "rights:notice": "what anybody may read before giving their data",
    "large": "a cookie for larger type, also before sign-in",
    "account_login": "the sign-in itself",
    "mfa_authenticate": "the second step of the sign-in",
    "relief:check": "算一算, which keeps nothing",
    "relief:notices": "what the public notice is for",
    "relief:object_to": "so that anybody can object to it",
    "alive": "says whether the session lasts, and nothing else",
    "account_logout": "shows a page also to who is signed out already",
}
NOBODYS = {  # what their addresses name
    "rights:notice": {"purpose": "membership"},
    "relief:object_to": {"code": "ABCDEFGHJK"},
}
PAGES: dict[str, list[Page]] = {
    "home": [Page(EVERYONE)],
    "privacy": [Page(EVERYONE)],
    "account_change_password": [Page(EVERYONE)],
    "accounts:me": [Page(EVERYONE)],
    "accounts:confirm": [Page(EVERYONE)],
    "accounts:factors": [Page(EVERYONE)],
    "accounts:app": [],  # of oneself alone: tests/accounts/test_second_factor.py
    "accounts:key": [],
    "accounts:codes": [Page(EVERYONE)],
    "accounts:new_codes": [],
    "accounts:remove_factor": [],
    "accounts:end_session": [],
    "accounts:leave": [Page(HELP_ACCOUNTS, pk("account"))],
    "accounts:end_leave": [],  # tests/accounts/test_leave.py
    "accounts:act_for": [],
    "accounts:end_others": [],  # of oneself alone: tests/accounts/test_sessions.py
    "accounts:users": [Page(HELP_ACCOUNTS)],
    "accounts:new": [Page(KEEP_ACCOUNTS)],
    "accounts:slips": [Page(KEEP_ACCOUNTS)],
    "accounts:slip": [Page(HELP_ACCOUNTS)],
    "accounts:user": [Page(HELP_ACCOUNTS, pk("account"))],
    "accounts:edit": [Page(KEEP_ACCOUNTS, pk("account"))],
    "accounts:act": [
        Page(roles, lambda s, n=n: {"pk": s.account.pk, "name": n})
        for n, roles in (("disable", KEEP_ACCOUNTS), ("reset", HELP_ACCOUNTS))
    ],
    "members:people": [Page(SEE_PEOPLE)],
    "members:register": [Page(KEEP_PEOPLE)],
    "members:search": [Page(SEE_PEOPLE)],
    "members:save_view": [Page(SEE_PEOPLE, None, lambda side: "?page=people&sex=F")],
    "members:delete_view": [],
    "members:roll": [Page(SEE_PEOPLE, lambda s: {}, of_union)],
    "members:grid": [Page(SEE_GRID)],
    "members:create_union": [Page(KEEP_UNIONS)],
    "members:union": [Page(SEE_GRID, code)],
    "members:edit_union": [Page(KEEP_UNIONS, code)],
    "members:move_union": [Page(KEEP_UNIONS, code)],
    "members:set_validity": [Page(KEEP_UNIONS, code)],
    "members:enterprises": [Page(SEE_PEOPLE)],
    "members:add_enterprise": [Page(KEEP_ENTERPRISES)],
    "members:enterprise": [Page(SEE_PEOPLE, pk("enterprise"))],
    "members:correct_enterprise": [Page(KEEP_ENTERPRISES, pk("enterprise"))],
    "members:relocate": [Page(KEEP_ENTERPRISES, pk("enterprise"))],
    "members:bring_back": [Page(KEEP_ENTERPRISES, pk("enterprise"))],
    "members:add_year": [Page(KEEP_ENTERPRISES, pk("enterprise"))],
    "members:year": [Page(KEEP_ENTERPRISES, lambda s: {"pk": s.enterprise.pk, "year": 2016})],
    "members:size": [Page(KEEP_ENTERPRISES, lambda s: {"pk": s.enterprise.pk, "year": 2016})],
    "members:person": [Page(SEE_PEOPLE, person())],
    "members:correct_person": [Page(KEEP_PEOPLE, person())],
    "members:correct_membership": [Page(KEEP_PEOPLE, person())],
    "members:looks": [Page(SEE_LOOKS, person())],
    "members:print_looks": [Page(SEE_LOOKS, person())],
    "members:card": [Page(REVEAL, person())],
    "members:reveal": [Page(REVEAL, person(field=f)) for f in ("id_number", "mobile", "card")],
    "members:act": [Page(KEEP_PEOPLE, person(name=name)) for name in STEPS],
    "imports:batches": [Page(IMPORT)],
    "imports:upload": [Page(IMPORT)],
    "imports:blank": [
        Page(IMPORT, lambda s, k=k: {"kind": k, "code": s.union.code})
        for k in ("roster", "enterprises")
    ],
    "imports:batch": [Page(IMPORT, pk("batch"))],
    "imports:compared": [
        Page(IMPORT, lambda s, f=f: {"pk": s.batch.pk, "fate": f}) for f in ("changed", "missing")
    ],
    "imports:undo": [Page(IMPORT, pk("imported"))],
    "imports:mend": [Page(SENDER, pk("batch"))],
    "imports:mend_alike": [Page(SENDER, pk("batch"), post_only=True)],
    "imports:run": [Page(IMPORT, pk("batch"), post_only=True)],
    "imports:cancel": [Page(IMPORT, pk("batch"))],
    "imports:failed_rows": [Page(SENDER, pk("batch"), post_only=True)],
    "relief:cases": [Page(SEE_RELIEF)],
    "relief:new": [Page(ENTER_RELIEF)],
    "relief:start": [Page(ENTER_RELIEF, person())],
    **{
        f"relief:{name}": [Page(ENTER_RELIEF, pk("draft"))]
        for name in (
            *("tasks", "family", "contact", "finances", "add_member", "hardship", "bills"),
            *("add_bill", "papers", "account", "ask_advance", "consents", "print_consents"),
        )
    },
    "relief:check_answers": [Page(ENTER_RELIEF, pk("whole"))],
    "relief:sent": [Page(ENTER_RELIEF, pk("handed_in"))],
    "relief:paper": [Page(ENTER_RELIEF, lambda s: {"pk": s.draft.pk, "code": "income"})],
    "relief:member": [Page(ENTER_RELIEF, of_draft(member="relative"))],
    "relief:remove_member": [],  # only once: tests/relief/test_apply_pages.py
    "relief:agree": [Page(ENTER_RELIEF, of_draft(member="relative"))],
    "relief:withdraw_consent": [
        Page(
            ENTER_RELIEF,
            lambda s: of_draft(member="relative")(s) | {"purpose": "relief_finance"},
        )
    ],
    "relief:bill": [Page(ENTER_RELIEF, of_draft(bill="bill"))],
    "relief:remove_bill": [],  # only once: tests/relief/test_apply_pages.py
    "relief:case": [Page(SEE_RELIEF, pk(stage)) for stage in ("handed_in", "signed", "granted")],
    "relief:act": [Page(roles, case("signed", name=n)) for n, roles in RELIEF_STEPS],
    "relief:override": [Page(DECIDE_RELIEF, case("signed", line="papers"))],
    "relief:judge": [Page(DECIDE_RELIEF, lambda s: {"pk": s.signed.pk, "aid": s.alike.pk})],
    "relief:answer": [
        Page(
            VERIFY_RELIEF,
            lambda s: {"pk": s.signed.pk, "objection": s.signed.objections.get().pk},
        )
    ],
    "relief:follow_up": [Page(FOLLOW_RELIEF, case("granted", months=1))],
    "relief:advance": [
        Page(SIGN_RELIEF, case("signed", name="sign_advance")),
        Page(DECIDE_RELIEF, case("signed", name="grant_advance")),
    ],
    "relief:print": [
        *(
            Page(SEE_RELIEF_INSIDE, case("granted", name=n))
            for n in ("application", "approval", "cover")
        ),
        Page(SEE_RELIEF_CONCERNED, case("granted", name="letter")),
    ],
    "relief:money": [Page(SEE_FUNDS)],
    "relief:batches": [Page(SEE_FUNDS)],
    "relief:batch": [Page(SEE_FUNDS, pk("bank_batch"))],
    "relief:print_batch": [Page(SEE_FUNDS, pk("bank_batch"))],
    "relief:make_batch": [Page(PAY_RELIEF, pk("fund"), post_only=True)],
    "relief:bank_file": [Page(PAY_RELIEF, pk("bank_batch"), post_only=True)],
    "relief:bank_answer": [Page(PAY_RELIEF, pk("bank_batch"))],
    "relief:pay_again": [Page(PAY_RELIEF, pk("payment"))],
    "relief:reverse": [Page(PAY_RELIEF, pk("payment"))],
    "relief:settle": [Page(PAY_RELIEF, pk("paid_ahead"))],
    "relief:funds": [Page(SEE_FUNDS)],
    "relief:fund_year": [Page(SEE_FUNDS, lambda s: {"pk": s.fund.pk, "year": s.fund_year.year})],
    "relief:open_fund": [Page(PAY_RELIEF)],
    "relief:add_budget": [Page(PAY_RELIEF, pk("fund"))],
    "reports:reports": [Page(SEE_FIGURES, lambda s: {}, of_union)],
    "reports:make": [Page(MAKE_REPORTS, lambda s: {}, post_only=True)],
    "reports:figure": [
        Page(
            SEE_FIGURES,
            lambda s: {"code": "enterprise_count"},
            lambda s: f"{YEAR}&union={s.union.code}",
        ),
        Page(
            SEE_PEOPLE, lambda s: {"code": "member_count"}, lambda s: f"{YEAR}&union={s.union.code}"
        ),
    ],
    "reports:report": [Page(SEE_FIGURES, pk("report"))],
    "reports:retry": [Page(MAKE_REPORTS, pk("report"), post_only=True)],
    "reports:download": [Page(SEE_PEOPLE, pk("report"))],
    "reports:bulk": [Page(SEE_PEOPLE, pk("report"))],
    "rights:home": [Page(SEE_RIGHTS)],
    "rights:notices": [Page(EVERYONE)],
    "rights:publish": [Page(KEEP_NOTICES)],
    "rights:untold": [Page(KEEP_PEOPLE, lambda s: {}, of_union)],
    "rights:signing": [Page(KEEP_PEOPLE, lambda s: {}, of_union)],
    "rights:lists": [Page(SEE_RETENTION)],
    "rights:retention_list": [],  # belongs to an area: tests/rights/test_retention.py
    "rights:receive": [Page(KEEP_PEOPLE, person())],
    "rights:request": [Page(SEE_RIGHTS, pk("asked"))],
    "rights:receipt": [Page(SEE_RIGHTS, pk("asked"))],
    "rights:copy": [Page(KEEP_PEOPLE, pk("asked"), post_only=True)],
    "rights:decide": [
        *(Page(KEEP_PEOPLE, asked("asked", name)) for name in ("answer", "refuse")),
        *(Page(DECIDE_DELETION, asked("deletion", name)) for name in ("erase", "keep")),
    ],
    "rights:agree": [Page(KEEP_PEOPLE, person(purpose="membership"))],
    "rights:withdraw": [Page(KEEP_PEOPLE, person(purpose="membership"))],
    "reference:holidays": [Page(SEE_REFERENCE)],
    "reference:year": [Page(SEE_REFERENCE, lambda s: {"year": 2027})],
    "reference:edit_year": [Page(KEEP_REFERENCE, lambda s: {"year": 2027})],
    "reference:values": [Page(SEE_REFERENCE)],
    "reference:new": [Page(KEEP_REFERENCE)],
    "reference:edit": [Page(KEEP_REFERENCE, lambda s: {"pk": ReferenceValue.objects.get().pk})],
    "reference:value": [Page(SEE_REFERENCE, lambda s: {"key": "test.value"})],
    "audit:acts": [Page(SEE_AUDIT)],
    "audit:changes": [Page(READ_LOGS)],
    "audit:looks": [Page(READ_LOGS)],
    "audit:seals": [Page(READ_LOGS)],
    "attachments:add": [
        Page(KEEP_PEOPLE, lambda s: {"kind": "members.person", "key": s.member.person_id})
    ],
    "attachments:attachment": [Page(REVEAL, pk("attachment"))],
    "attachments:file": [Page(REVEAL, pk("attachment"))],
    "attachments:thumbnail": [Page(REVEAL, pk("attachment"))],
    "attachments:remove": [Page(KEEP_PEOPLE, pk("attachment"))],
    "exports:files": [Page(EVERYONE)],
    "exports:ask": [
        Page(SEE_PEOPLE, lambda s: {"name": "people"}, of_union),
        Page(SEE_PEOPLE, lambda s: {"name": "enterprises"}, of_union),
        Page(
            SEE_PEOPLE,
            lambda s: {"name": "figure"},
            lambda s: f"{YEAR}&union={s.union.code}&code=member_count",
        ),
    ],
    "exports:file": [Page(SENDER, pk("export"))],
    "exports:download": [Page(SENDER, pk("export"))],
    "exports:delete": [Page(SENDER, pk("export"), post_only=True)],
    "jobs:jobs": [Page(KEEP_JOBS)],
    "jobs:now": [Page(KEEP_JOBS)],
    "jobs:retry_kind": [Page(KEEP_JOBS, lambda s: {"kind": "trace"}, post_only=True)],
    "jobs:progress": [Page(KEEPS_JOBS, pk("job"))],
    "jobs:retry": [Page(KEEPS_JOBS, pk("failed_job"), post_only=True)],
}
DJANGOS_OWN = "admin/"  # for superusers alone: test_only_a_superuser_enters_admin
EVERYBODYS = {
    "jobs:retry_kind",
    "reference:edit",
    "reference:value",
    "reference:year",
    "reference:edit_year",
}  # belong to no union
# Where a union is named in the form, not in the address.
NAMED_IN_FORM = {"reports:make"}
CASES = [(name, n, page) for name, pages in PAGES.items() for n, page in enumerate(pages)]
OBJECTS = [c for c in CASES if c[2].kwargs and c[0] not in EVERYBODYS]


def walk(patterns, prefix="", namespace=""):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            inner = namespace + (f"{pattern.namespace}:" if pattern.namespace else "")
            yield from walk(pattern.url_patterns, prefix + str(pattern.pattern), inner)
        else:
            yield prefix + str(pattern.pattern), namespace + (pattern.name or "")


def test_every_url_is_in_the_table():
    named = {
        name for path, name in walk(get_resolver().url_patterns) if not path.startswith(DJANGOS_OWN)
    }
    assert named - PAGES.keys() - NOBODY.keys() == set()
    assert (PAGES.keys() | NOBODY.keys()) - named == set()


def make_side(union: Union) -> Side:
    UnionProfile.objects.create(union=union)
    enterprise = make_enterprise(union, name=f"{union.name}的企业")
    EnterpriseYear.objects.create(enterprise=enterprise, year=2016, headcount=9, size=Size.MICRO)
    account = make_user(Role.UNIT_CLERK, union, name=f"{union.name}经办人")
    batch = Batch.objects.create(
        kind="roster", union=union, by=account, file_name="名册.xlsx", sha256="0" * 64,
        state=BatchState.CHECKED, rows=1, content=b"x",
        layout={"sheet": "Sheet1", "header_row": 1, "columns": [], "unknown": [], "missing": []},
    )  # fmt: skip
    BadRow.objects.create(batch=batch, row=2, cells="{}", problems="[]")
    report = MonthlyReport.objects.create(
        union=union, month=date(2016, 12, 1), version=1, by=account, content=b"PK", bulk=b"PK",
        sha256="1" * 64, started_at=timezone.now(), finished_at=timezone.now(),
    )  # fmt: skip
    member = make_member(union, enterprise=enterprise)
    attachment = Attachment.objects.create(
        record=f"members.person:{member.person_id}", union=union, label="入会申请书", by=account,
        name="申请书.jpg", path=storing.new_path(), mime="image/jpeg", size=1, sha256="3" * 64,
    )  # fmt: skip
    for path in (attachment.path, attachment.path + storing.SMALL):
        storing.write(path, b"x")
    waiting = {
        "subject": member.person.id_hash, "person": member.person_id, "union": union,
        "by": account, "proof": "id_card", "received_on": date(2016, 12, 1),
    }  # fmt: skip
    return Side(
        union=union,
        asked=Asked.objects.create(kind="copy", **waiting),
        deletion=Asked.objects.create(kind="delete", **waiting),
        member=member,
        enterprise=enterprise,
        batch=batch,
        imported=Batch.objects.create(
            kind="roster",
            union=union,
            by=account,
            file_name="旧.xlsx",
            sha256="2" * 64,
            state=BatchState.DONE,
            finished_at=timezone.now(),
            request_id=uuid4(),
        ),
        report=report,
        job=Job.objects.create(kind="trace", by=account, union=union),
        failed_job=Job.objects.create(
            kind="trace", by=account, union=union, state=JobState.FAILED, finished_at=timezone.now()
        ),
        view=SavedView.objects.create(user=account, page="people", name="女会员", query="sex=F"),
        export=ExportedFile.objects.create(
            kind="people", label="会员名册", union=union, by=account, scope=[union.path],
            rows=1, sha256="2" * 64, finished_at=timezone.now(),
        ),
        attachment=attachment,
        account=account,
    )  # fmt: skip


@pytest.fixture
def own(union) -> Side:
    ReferenceValue.objects.create(
        key="test.value",
        label="测试",
        value=1,
        valid_from=date(2016, 1, 1),
        source="无",
        confidence="L",
    )
    return make_side(union)


@pytest.fixture
def other(other_union) -> Side:
    return make_side(other_union)


@pytest.fixture
def signed_in(own, area, district) -> Callable[[Role], Client]:
    def sign_in(role: Role) -> Client:
        at = own.union if role in (Role.UNIT_CHAIR, Role.UNIT_CLERK) else district
        at = area if role in (Role.AREA_OFFICER, Role.AREA_CHAIR) else at
        client = Client()
        client.force_login(make_user(role, at))
        return client

    return sign_in


def address(name: str, page: Page, side: Side) -> str:
    return reverse(name, kwargs=page.kwargs(side) if page.kwargs else {}) + page.query(side)


def sent(client: Client, name: str, page: Page, side: Side) -> HttpResponse:
    fields = {"form_token": str(uuid4())}
    if name in NAMED_IN_FORM:
        fields |= {"union": side.union.code, "month": "2016-12"}
    return client.post(address(name, page, side), fields)


def send(client: Client, name: str, page: Page, side: Side) -> int:
    return sent(client, name, page, side).status_code


ids = [f"{name}-{n}" for name, n, _ in CASES]
object_ids = [f"{name}-{n}" for name, n, _ in OBJECTS]


@pytest.mark.parametrize(("name", "n", "page"), CASES, ids=ids)
def test_a_stranger_is_asked_to_sign_in(db, own, name, n, page):
    asked = Client().get(address(name, page, own))
    assert (asked.status_code, asked.headers["Location"].split("?")[0]) == (302, "/login/")
    posted = Client().post(address(name, page, own))
    assert posted.status_code == 403  # the page that says the session ended and keeps the draft
    assert "/login/" in posted.content.decode()


@pytest.mark.parametrize(("name", "n", "page"), CASES, ids=ids)
def test_each_role_opens_what_is_its_own_and_nothing_else(own, signed_in, name, n, page):
    for role in Role:
        status = signed_in(role).get(address(name, page, own)).status_code
        if role not in page.roles:
            assert status in (403, 404, 405) if page.post_only else status in (403, 404), role
        else:
            assert status == (405 if page.post_only else 200), role


@pytest.mark.parametrize(("name", "n", "page"), CASES, ids=ids)
def test_each_role_sends_what_is_its_own_and_nothing_else(own, signed_in, name, n, page):
    for role in Role:
        status = send(signed_in(role), name, page, own)
        if role not in page.roles:
            assert status in (403, 404, 405), role
        else:
            assert status not in (403, 404, 500), role


@pytest.mark.parametrize(("name", "n", "page"), OBJECTS, ids=object_ids)
@pytest.mark.parametrize("role", [Role.UNIT_CHAIR, Role.UNIT_CLERK])
def test_another_union_does_not_exist(own, other, signed_in, role, name, n, page):
    client = signed_in(role)
    if not page.post_only:
        assert client.get(address(name, page, other)).status_code == 404
    assert send(client, name, page, other) in ((404,) if page.post_only else (404, 405))


@pytest.mark.parametrize(("name", "n", "page"), OBJECTS, ids=object_ids)
def test_another_area_does_not_exist_for_an_area_officer(own, district, signed_in, name, n, page):
    elsewhere = make_side(make_union(make_union(district, kind="area", name="别的地区总工会")))
    client = signed_in(Role.AREA_OFFICER)
    if not page.post_only:
        assert client.get(address(name, page, elsewhere)).status_code == 404
    assert send(client, name, page, elsewhere) in ((404,) if page.post_only else (404, 405))


@pytest.mark.parametrize("name", [n for n, p in PAGES.items() if p and p[0].kwargs is None])
def test_a_list_shows_nothing_of_another_union(own, other, signed_in, name):
    client = signed_in(Role.UNIT_CHAIR)
    page = PAGES[name][0]
    if Role.UNIT_CHAIR in page.roles:
        for query in ("", f"?union={other.union.pk}", f"?union={other.union.code}"):
            response = client.get(reverse(name) + query)
            assert response.status_code in (200, 404, 422)
            text = response.content.decode()
            assert f"/members/{other.member.person_id}/" not in text
            assert other.enterprise.name not in text
            assert other.account.name not in text


def test_only_the_sender_sees_its_rows(own, signed_in):
    client = Client()
    client.force_login(own.account)
    assert client.get(reverse("imports:mend", args=[own.batch.pk])).status_code == 200
    assert client.post(reverse("imports:failed_rows", args=[own.batch.pk])).status_code == 200


def test_a_saved_view_of_somebody_else_does_not_exist(own, signed_in):
    client = signed_in(Role.UNIT_CHAIR)
    path = reverse("members:delete_view", args=[own.view.pk])
    assert client.post(path, {"form_token": str(uuid4())}).status_code == 404
    assert SavedView.objects.filter(pk=own.view.pk).exists()


@pytest.mark.parametrize("role", list(Role))
def test_only_a_superuser_enters_admin(signed_in, role):
    assert signed_in(role).get("/admin/", follow=True).status_code == 403


def test_the_table_would_see_a_page_without_a_wall(own, other, signed_in, monkeypatch):
    """Negative control: with scope switched off the walk fails."""
    monkeypatch.setattr(
        User, "union_ids", lambda self, roles: list(Union.objects.values_list("pk", flat=True))
    )
    status = (
        signed_in(Role.UNIT_CHAIR)
        .get(reverse("members:person", args=[other.member.person_id]))
        .status_code
    )
    assert status == 200
