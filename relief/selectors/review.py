"""What a decision rests on: caps, the eligibility sheet, and other aid that looks alike."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q

from members.rules import COUNTED
from members.selectors.people import current_membership
from relief import documents, eligibility
from relief.eligibility import Facts, Judged, Sheet, payee_of
from relief.models import Advance, HouseholdMember, ReliefCase, Verdict, YearlyGrant
from relief.rules import GRANTED, Cause, Relation, Status, is_adult
from relief.selectors.households import members_of
from relief.selectors.terms import terms_on
from relief.terms import NOTHING, Paid, Terms
from relief.terms import left_of as left_under
from wanping_union import clock
from wanping_union.aid import selectors as aid
from wanping_union.aid.marks import Mark
from wanping_union.aid.models import Aid
from wanping_union.attachments.models import Attachment, AttachmentQuerySet
from wanping_union.audit.models import name_of
from wanping_union.crypto import keyed_hash
from wanping_union.rights.models import Consent
from wanping_union.rights.rules import Purpose
from wanping_union.rights.selectors import notices

DECIDED = (*GRANTED, Status.REFUSED)
FINANCE, HEALTH = "家庭经济状况", "健康信息"


def concerned(case: ReliefCase) -> list[bytes]:
    """Hashes of all whom the case concerns; fixed when it is handed in."""
    fixed = [bytes(one) for one in case.concerned]
    return fixed or [bytes(member.id_hash) for member in members_of(case.household)]


def terms_of(case: ReliefCase) -> Terms | None:
    """Those it was submitted under; of a draft, today's."""
    return case.fund_terms or terms_on(case.fund, clock.today())


# --- caps -------------------------------------------------------------------------------------


def caps_of(case: ReliefCase, terms: Terms) -> list[tuple[bytes, Decimal]]:
    """(key of YearlyGrant, cap in yuan): the person first, then the household if it has one."""
    assert case.beneficiary is not None  # whoever has no beneficiary has no terms either
    ladder = terms.ladders[payee_of(case.beneficiary.relation)]
    caps = [(bytes(case.beneficiary.id_hash), ladder.cap)]
    if terms.household_cap is not None:
        caps.append((f"household:{case.household_id}".encode(), terms.household_cap))
    return caps


def paid_this_year(case: ReliefCase, terms: Terms) -> Paid:
    """What the fund granted this year to the person and the household."""
    keys = [key for key, _ in caps_of(case, terms)]
    rows = YearlyGrant.objects.filter(fund=case.fund, year=clock.today().year, key__in=keys)
    found = {bytes(row.key): row.granted for row in rows}
    sums = [found.get(key, NOTHING) for key in keys]
    return Paid(sums[0], sums[1] if len(sums) > 1 else NOTHING)


def left_of(case: ReliefCase, terms: Terms) -> Decimal:
    """Yuan that may still be granted this year; its own advance is part of the case's money."""
    assert case.beneficiary is not None
    payee = payee_of(case.beneficiary.relation)
    advanced = sum((a.amount for a in granted_advances(case)), NOTHING)
    return left_under(terms, payee, paid_this_year(case, terms)) + advanced


def granted_advances(case: ReliefCase) -> list[Advance]:
    """Those that took of this year's money."""
    rows = case.advances.granted().filter(decided_on__year=clock.today().year)
    return list(rows)


# --- the sheet --------------------------------------------------------------------------------


def sheet_of(case: ReliefCase) -> Sheet | None:
    """The sheet as the decision saw it, else as things stand today.

    None for a draft without beneficiary or cause, or a fund without terms.
    """
    if case.status in DECIDED and case.sheet:
        return eligibility.load(case.sheet)
    terms = terms_of(case)
    if terms is None or case.beneficiary is None or not case.cause:
        return None
    judged = {o.line: Judged(o.is_met, o.reason) for o in case.overrides.all()}
    return eligibility.sheet(_facts(case, case.beneficiary, terms), terms, judged)


def _facts(case: ReliefCase, beneficiary: HouseholdMember, terms: Terms) -> Facts:
    found = alike(case)
    paid = paid_this_year(case, terms)
    advanced = sum((a.amount for a in granted_advances(case)), NOTHING)
    return Facts(
        cause=Cause(case.cause),
        relation=Relation(beneficiary.relation),
        applied_on=case.submitted_on or clock.today(),
        born_on=beneficiary.born_on,
        is_member=current_membership(case.household.head).status in COUNTED,
        happened_on=case.happened_on,
        disease=case.disease or "",
        bills=tuple(bill.sums for bill in case.bills.all()),
        loss=case.loss,
        paid=Paid(paid.person - advanced, max(paid.household - advanced, NOTHING)),
        missing_papers=tuple(d.label for d in missing_papers(case)),
        missing_consents=tuple(missing_consents(case)),
        unjudged=sum(one.verdict is None for one in found),
        duplicates=sum(one.is_duplicate for one in found),
    )


def wanted_papers(case: ReliefCase) -> tuple[documents.Document, ...]:
    """What this application needs, as its answers say."""
    relation = case.beneficiary.relation if case.beneficiary else ""
    today = clock.today()
    others = [m for m in members_of(case.household) if m.relation != Relation.SELF]
    has_family = any(m.is_cohabiting and is_adult(m.born_on, today) for m in others)
    is_borne = case.cause == Cause.ILLNESS and any(b.sums.borne for b in case.bills.all())
    return documents.wanted(case.cause, relation, has_family=has_family, is_borne=is_borne)


def missing_papers(case: ReliefCase) -> list[documents.Document]:
    there = set(files_of(case).values_list("label", flat=True))
    return [document for document in wanted_papers(case) if document.label not in there]


def files_of(case: ReliefCase) -> AttachmentQuerySet:
    return Attachment.objects.there().filter(record=name_of(case))


def missing_consents(case: ReliefCase) -> list[str]:
    """In words, who has not agreed to what: every adult to 经济状况, the patient to 健康信息.

    For a patient under age the head agrees as guardian. Nothing lacks on days before the notices.
    """
    today = clock.today()
    told = notices(today)
    asked: list[tuple[HouseholdMember, str, str]] = []
    people = [m for m in members_of(case.household) if m.is_cohabiting]
    if Purpose.RELIEF_FINANCE in told:
        adults = (m for m in people if is_adult(m.born_on, today))
        asked += [(m, Purpose.RELIEF_FINANCE.value, FINANCE) for m in adults]
    if Purpose.RELIEF_HEALTH in told and case.cause == Cause.ILLNESS and case.beneficiary:
        asked.append((_speaker(case.beneficiary, people), Purpose.RELIEF_HEALTH.value, HEALTH))
    given = _given([member for member, _, _ in asked], today)
    return [
        f"{member.get_relation_display()}（{words}）"
        for member, purpose, words in asked
        if (bytes(member.id_hash), purpose) not in given
    ]


def _speaker(beneficiary: HouseholdMember, people: list[HouseholdMember]) -> HouseholdMember:
    if is_adult(beneficiary.born_on, clock.today()):
        return beneficiary
    return next((m for m in people if m.relation == Relation.SELF), beneficiary)


def _given(members: Iterable[HouseholdMember], day: date) -> set[tuple[bytes, str]]:
    rows = Consent.objects.open().filter(
        Q(expires_on=None) | Q(expires_on__gte=day),
        subject__in=[m.id_hash for m in members],
        given_on__lte=day,
    )
    return {
        (bytes(subject), purpose) for subject, purpose in rows.values_list("subject", "purpose")
    }


# --- duplicates -------------------------------------------------------------------------------


@dataclass(frozen=True)
class AlikeAid:
    """Another aid of the household or with a shared mark, and what was found of it."""

    aid: Aid
    why: list[str]
    verdict: Verdict | None

    @property
    def is_duplicate(self) -> bool:
        return self.verdict is not None and self.verdict.is_duplicate


def marks_of(case: ReliefCase) -> list[bytes]:
    """What another aid may share with this case."""
    home = case.household
    hashes = (
        (Mark.ACCOUNT, case.account_hash),
        (Mark.MOBILE, home.mobile_hash),
        (Mark.ADDRESS, home.address_hash),
    )
    marks = [mark.of(hashed) for mark, hashed in hashes if hashed]
    marks += [Mark.BILL.of(bill.key) for bill in case.bills.all()]
    files = files_of(case).values_list("sha256", flat=True)
    return marks + [Mark.FILE.of(keyed_hash("file", sha256)) for sha256 in files]


def alike(case: ReliefCase) -> list[AlikeAid]:
    """Every other aid that may be the same help twice, newest first, with its verdict."""
    people = concerned(case)
    person = bytes(case.beneficiary.id_hash) if case.beneficiary else b""
    found = aid.alike(case, person=person, household=people, marks=marks_of(case))
    verdicts = _verdicts(case)
    return [AlikeAid(one.aid, one.why, verdicts.get(one.aid.record)) for one in found]


def _verdicts(case: ReliefCase) -> dict[str, Verdict]:
    """By the other aid's record; also those given when the other one was reviewed."""
    own = case.verdicts.select_related("aid", "by")
    from_there = Verdict.objects.filter(aid__record=name_of(case)).select_related("case", "by")
    return {name_of(v.case): v for v in from_there} | {v.aid.record: v for v in own}
