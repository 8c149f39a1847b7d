"""One of everything that belongs to a union, so that another union can ask for it."""

import secrets
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import uuid4

from django.utils import timezone

from members.models import EnterpriseYear, Membership, SavedView, UnionProfile
from members.sizes import Size
from relief.models import (
    Advance,
    Bill,
    Conference,
    FollowUp,
    Fund,
    FundYear,
    Household,
    HouseholdLine,
    HouseholdMember,
    Objection,
    Payment,
    PaymentBatch,
    Referral,
    ReliefCase,
)
from relief.services import ledger
from tests.attachments import corpus
from tests.factories import make_enterprise, make_member, make_user
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
from wanping_union.reports.models import MonthlyReport
from wanping_union.rights.models import Consent, Notice
from wanping_union.rights.models import Request as Asked
from wanping_union.roles import (
    Role,
)


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

    # Made where a page asks for them: most pages do not.
    @cached_property
    def scanned(self) -> Attachment:
        file = Attachment.objects.create(
            record=self.attachment.record, union=self.union, label="入会申请书", by=self.account,
            name="申请书.pdf", path=storing.new_path(), mime="application/pdf", size=1,
            sha256="4" * 64, pages=2,
        )  # fmt: skip
        storing.write(file.path, corpus.pdf())
        return file

    # Of relief.
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
    def referral(self) -> Referral:
        return Referral.objects.create(
            case=self.handed_in, to="civil", office="民政科", need="x", agreed_on=DAY, on=DAY,
            by=self.account,
        )  # fmt: skip

    @cached_property
    def conference(self) -> Conference:
        return Conference.objects.create(
            case=self.handed_in, on=DAY, place="x", people=["a", "b"], opinions="x",
            conclusion="x", by=self.account,
        )  # fmt: skip

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
    def paid_in_vain(self) -> Advance:
        """Given ahead for a case that was refused later."""
        today = clock.today()
        case = ready_case(
            self.fund, household=self.home, status="refused", decided_on=today, reason="x"
        )
        advance = Advance.objects.create(
            case=case, union=self.union, status="paid", amount=1, why="x", asked_by=self.account,
            asked_on=today, decided_on=today, paid_on=today, papers_due_on=today,
        )  # fmt: skip
        give_budget(self.fund, "1000", today.year)
        assert case.fund_terms
        ledger.commit(case, case.fund_terms, advance.amount, by=self.account, record=advance)
        return advance

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
