"""Open cases of these days, so that every desk of a demonstration has something to do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw
from stdnum import luhn

from members.models import Membership
from relief import documents, services
from relief.models import Fund, ReliefCase
from relief.models.household import LineKind, LineType
from relief.rules import Cause, Disease, Place, Relation, Status
from relief.selectors.review import sheet_of
from relief.services import LineFacts
from relief.terms import BillSums
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.attachments import services as attachments

UNION = "WP01"
PAGE = (600, 840)  # pixels of a drawn paper
COMMITTEE = ["甲一", "乙二", "丙三"]
INSURED = Decimal(30_000)


@dataclass(frozen=True)
class Story:
    """One open case.

    until: the status it is played to; idle: days that it has been there. cost: yuan that the
    person bears. lacks: the document that is missing. account_of: an earlier story's account.
    """

    until: Status
    cost: int
    idle: int = 1
    disease: Disease = Disease.TUMOUR
    diagnosis: str = "恶性肿瘤，正在化疗"
    lacks: documents.Document | None = None
    account_of: int | None = None


STORIES = (
    Story(Status.APPROVED, 31_000, 0, Disease.TRANSPLANT, "肾移植术后"),
    Story(Status.SIGNED, 12_000, 3),
    Story(Status.SIGNED, 16_500, 2, Disease.KIDNEY, "终末期肾病，规律透析", account_of=0),
    Story(Status.SIGNED, 23_000, lacks=documents.REIMBURSEMENT),
    Story(Status.AREA_REVIEWED, 18_000),
    Story(Status.PUBLICITY, 27_000, 1, Disease.KIDNEY, "终末期肾病，规律透析"),
    Story(Status.UNIT_VERIFIED, 14_000),
    Story(Status.DRAFT, 13_000),
)


def load_open() -> None:
    """Play each story for another member. The fund and its budget must be there."""
    fund = Fund.objects.get(code="warm")
    played: list[ReliefCase] = []
    for story in STORIES:
        earlier = story.account_of
        account = "" if earlier is None else played[earlier].account
        played.append(play(story, fund, account=account))


def play(story: Story, fund: Fund, *, account: str = "") -> ReliefCase:
    """For the newest member of the union who has no file yet. account: "" for one of its own."""
    held = Membership.objects.filter(union__code=UNION, status="active").order_by("-pk")
    free = held.exclude(person__in=ReliefCase.objects.values("household__head"))
    membership = free.select_related("person", "union")[0]
    begun = clock.today() - timedelta(WAY[story.until][0] + story.idle)
    with clock.at(begun):
        case = _written(membership, fund, story, account)
    for status, (day, act) in WAY.items():
        with clock.at(begun + timedelta(day)):
            act(case)
        case.refresh_from_db()
        if status == story.until:
            break
    return case


def _user(name: str) -> User:
    return User.objects.get(username=name)


def _written(membership: Membership, fund: Fund, story: Story, account: str) -> ReliefCase:
    chair, day = _user("chair"), clock.today()
    household = services.open_file(membership, by=chair)
    mobile = f"139{membership.pk:08}"
    services.save_contact(
        household, by=chair, address=f"样例小区 {membership.pk} 号", mobile=mobile
    )
    income = [LineFacts(LineType.WAGE, Decimal(36_000))]
    services.save_lines(household, day.year - 1, LineKind.INCOME, income, by=chair)
    case = services.open_case(household, by=chair, fund=fund)
    services.save_case(
        case,
        {
            "cause": Cause.ILLNESS,
            "disease": story.disease,
            "diagnosis": story.diagnosis,
            "story": "突发重病，正在住院治疗，家里一人有收入。",
            "happened_on": day,
            "account": account or card(case.pk),
            "account_name": membership.person.name,
            "bank": "中国工商银行",
        },
        by=chair,
        version=0,
    )
    services.save_bill(
        case, BillSums(INSURED + story.cost, insurance=INSURED), by=chair,
        number=f"DEMO{case.pk}", hospital="北京丰台医院", dated=day,
    )  # fmt: skip
    if story.until != Status.DRAFT:
        _hand_in(case, story, chair)
    return case


def _hand_in(case: ReliefCase, story: Story, chair: User) -> None:
    for document in documents.wanted(Cause.ILLNESS, Relation.SELF, has_family=False):
        if document != story.lacks:
            scan = paper(document.code, f"{document.code} {case.pk}")
            attachments.keep(case, scan, by=chair, union=case.union, label=document.label)
    purposes = ["relief_finance", "relief_health"]
    for member in case.household.members.all():
        services.agree(member, by=chair, purposes=purposes, given_on=clock.today())


def card(number: int) -> str:
    """An account of nobody else: a shared one is shown as a possible duplicate."""
    body = f"622848{number:012d}"
    return body + luhn.calc_check_digit(body)


def paper(code: str, words: str) -> SimpleUploadedFile:
    """A drawn sheet; of the diagnosis a PDF of two pages. No two files may be the same."""
    content = BytesIO()
    if code == documents.DIAGNOSIS.code:
        more = [_sheet(f"{words}, page 2")]
        _sheet(words).save(content, "PDF", save_all=True, append_images=more)
        return SimpleUploadedFile("scan.pdf", content.getvalue(), "application/pdf")
    _sheet(words).save(content, "PNG")
    return SimpleUploadedFile("scan.png", content.getvalue(), "image/png")


def _sheet(words: str) -> Image.Image:
    image = Image.new("RGB", PAGE, "white")
    draw = ImageDraw.Draw(image)
    draw.text((60, 60), words, fill="black", font_size=40)
    for y in range(160, 640, 40):
        draw.line((60, y, 540 - y % 120, y), fill="gray", width=3)
    draw.ellipse((400, 660, 520, 780), outline="red", width=5)
    return image


# --- the way -------------------------------------------------------------------------------------


def _visit(case: ReliefCase) -> None:
    services.visit(
        case, by=_user("area"), on=clock.today(), place=Place.HOSPITAL, people=2,
        who="纪老师、王干事", seen="住院治疗，老人同住", told="单位已垫付押金",
    )  # fmt: skip


def _approve(case: ReliefCase) -> None:
    found = sheet_of(case)
    assert found is not None
    assert found.amount is not None
    services.approve(case, by=_user("reviewer"), amount=found.amount, unrelated=True)


def _verify(case: ReliefCase) -> None:
    services.unit_verify(case, by=_user("chair"), committee=COMMITTEE)


S = Status
WAY: dict[Status, tuple[int, Callable[[ReliefCase], None]]] = {  # reached on which day, by what
    S.DRAFT: (0, lambda case: None),
    S.SUBMITTED: (0, lambda case: services.submit(case, by=_user("chair"))),
    S.UNIT_VERIFIED: (1, _verify),
    S.VISITED: (3, _visit),
    S.PUBLICITY: (4, lambda case: services.publish(case, by=_user("area"))),
    S.AREA_REVIEWED: (22, lambda case: services.area_review(case, by=_user("area"))),
    S.SIGNED: (23, lambda case: services.sign(case, by=_user("areachair"))),
    S.APPROVED: (25, _approve),
}  # the longest holiday does not reach from the notice to the review
