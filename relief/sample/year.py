"""The three cases of 2016, through the services everybody uses. All names are the sample's own."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from members.models import Membership
from relief import services
from relief.models import Fund, ReliefCase
from relief.rules import Cause, Disease, Place
from relief.selectors.terms import value
from relief.terms import BillSums
from wanping_union import clock
from wanping_union.accounts.models import Union, User

FUND = ("warm", "北京市温暖基金会应急救助")
BUDGET = Decimal(200_000)


@dataclass(frozen=True)
class Story:
    """One case. days: opened, visited, noticed, reviewed, decided, handed over.

    member: how many-th of the union's women, by joining. total, insurance: of the hospital bill.
    """

    union: str
    chair: str
    member: int
    disease: Disease
    diagnosis: str
    total: str
    insurance: str
    amount: str
    account: str
    days: tuple[date, date, date, date, date, date]
    people: int
    gift: str = ""


STORIES = (
    Story(
        "WP07", "chair07", 3, Disease.KIDNEY, "终末期肾病，规律透析", "64000", "48500", "3100",
        "6222021000000000017",
        (date(2016, 3, 7), date(2016, 3, 10), date(2016, 3, 11), date(2016, 3, 21),
         date(2016, 3, 24), date(2016, 3, 30)),
        2, "米面油一份",
    ),
    Story(
        "WP01", "chair", 5, Disease.TUMOUR, "甲状腺恶性肿瘤术后", "78000", "48000", "7500",
        "6222021000000000025",
        (date(2016, 7, 4), date(2016, 7, 7), date(2016, 7, 8), date(2016, 7, 18),
         date(2016, 7, 21), date(2016, 7, 28)),
        3, "水果、营养品",
    ),
    Story(
        "WP11", "chair11", 7, Disease.TUMOUR, "恶性肿瘤，正在化疗", "198000", "71500", "50000",
        "6222021000000000033",
        (date(2016, 10, 24), date(2016, 10, 27), date(2016, 10, 28), date(2016, 11, 7),
         date(2016, 11, 9), date(2016, 11, 11)),
        4, "鲜花、营养品",
    ),
)  # fmt: skip
PAPER = "纸质材料原件已核对归档"
COMMITTEE = ["工会主席", "工会副主席", "经费审查委员"]


def load() -> None:
    """The fund with its budget, and each case from the first word to the last follow-up."""
    finance = _user("finance")
    with clock.at(date(2016, 1, 4)):
        top = Union.objects.get(code="FT")
        code, name = FUND
        fund = services.open_fund(top, by=finance, code=code, name=name)
    for year in (2016, timezone.localdate().year):  # the demo's own year, to try things out
        with clock.at(date(year, 1, 4)):
            services.add_budget(fund, by=finance, year=year, amount=BUDGET, note="年初预算")
    for story in STORIES:
        _play(story, fund)


def _user(username: str) -> User:
    return User.objects.get(username=username)


def _play(story: Story, fund: Fund) -> None:
    opened, visited, noticed, reviewed, decided, handed = story.days
    with clock.at(opened):
        case = _written(story, fund)
    with clock.at(visited):
        services.visit(
            case, by=_user("area"), on=visited, place=Place.HOSPITAL, people=2,
            seen="本人住院治疗，家庭负担较重", told="治疗还要半年以上",
        )  # fmt: skip
    with clock.at(noticed):
        services.publish(case, by=_user("area"))
    with clock.at(reviewed):
        services.area_review(case, by=_user("area"), note="公示无异议")
        services.sign(case, by=_user("areachair"))
    with clock.at(decided):
        _decide(case, Decimal(story.amount))
    with clock.at(handed):
        _hand_over(case, story, handed)
    _follow_up(case, story)


def _written(story: Story, fund: Fund) -> ReliefCase:
    chair = _user(story.chair)
    women = Membership.objects.counted_at(clock.today()).filter(
        union__code=story.union, person__sex="F", joined_on__lt=date(2016, 1, 1)
    )
    membership = women.select_related("person", "union").order_by("joined_on", "pk")[story.member]
    household = services.open_file(membership, by=chair)
    case = services.open_case(household, by=chair, fund=fund)
    services.save_case(
        case,
        {
            "cause": Cause.ILLNESS,
            "disease": story.disease,
            "diagnosis": story.diagnosis,
            "story": "突发重病，治疗费用高，家庭收入难以承担。",
            "happened_on": date(2016, 2, 1),
            "account": story.account,
            "account_name": membership.person.name,
            "bank": "中国工商银行",
        },
        by=chair,
        version=0,
    )
    services.save_bill(
        case,
        BillSums(Decimal(story.total), insurance=Decimal(story.insurance)),
        by=chair,
        number=f"SAMPLE{case.pk:04}",
        hospital="北京丰台医院",
        dated=clock.today(),
    )
    services.submit(case, by=chair)
    services.unit_verify(case, by=chair, committee=COMMITTEE)
    return case


def _decide(case: ReliefCase, amount: Decimal) -> None:
    reviewer = _user("reviewer")
    services.override(case, by=reviewer, line="papers", is_met=True, reason=PAPER)
    if amount > value("one_reviewer_limit", clock.today()):
        services.propose(case, by=reviewer, amount=amount, unrelated=True)
        services.confirm(case, by=_user("reviewer2"), unrelated=True)
    else:
        services.approve(case, by=reviewer, amount=amount, unrelated=True)


def _hand_over(case: ReliefCase, story: Story, day: date) -> None:
    """In 2016 the money was put into the patient's hands."""
    payment = case.payments.get()
    services.pay_in_person(payment, by=_user("finance"), on=day, voucher=f"收条 {case.pk}")
    services.confirm_receipt(case, by=_user(story.chair))
    services.hand_over(
        case, by=_user("area"), on=day, place=Place.HOSPITAL, people=story.people,
        place_words="北京丰台医院", who="地区总工会和基层工会干部", gift=story.gift,
    )  # fmt: skip


def _follow_up(case: ReliefCase, story: Story) -> None:
    for asked in case.follow_ups.order_by("due_on"):
        with clock.at(asked.due_on):
            services.follow_up(
                asked, by=_user(story.chair), on=asked.due_on, words="电话回访，治疗和生活平稳"
            )
    with clock.at(asked.due_on):
        services.close(case, by=_user("area"))
