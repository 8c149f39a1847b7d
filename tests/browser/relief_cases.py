"""Cases of relief that wait for the district, made through the services: run in the portal."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw
from stdnum import luhn

from members.models import Membership
from relief import documents, services
from relief.models import Fund, FundYear, ReliefCase
from relief.rules import Cause, Disease, Place, Relation
from relief.terms import BillSums
from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.attachments import services as attachments


def user(name: str) -> User:
    return User.objects.get(username=name)


def card(case_no: int) -> str:
    """An account of nobody else: a shared one is shown as a possible duplicate."""
    body = f"622848{case_no:012d}"
    return body + luhn.calc_check_digit(body)


def sheet(words: str) -> Image.Image:
    """With these letters: no two files may be the same."""
    image = Image.new("RGB", (900, 1200), "white")
    ImageDraw.Draw(image).text((60, 60), words, fill="black", font_size=60)
    return image


def scan(code: str, words: str) -> SimpleUploadedFile:
    """A picture; of the diagnosis a PDF of two pages."""
    content = BytesIO()
    if code == documents.DIAGNOSIS.code:
        back = sheet(f"{words}, page 2")
        sheet(words).save(content, "PDF", save_all=True, append_images=[back])
        return SimpleUploadedFile("scan.pdf", content.getvalue(), "application/pdf")
    sheet(words).save(content, "PNG")
    return SimpleUploadedFile("scan.png", content.getvalue(), "image/png")


def make(count: int = 3) -> None:
    """Signed by the area's chair, due one after the other."""
    today = clock.today()
    fund = Fund.objects.get(code="warm")
    if not FundYear.objects.filter(fund=fund, year=today.year).exists():
        services.add_budget(
            fund, by=user("finance"), year=today.year, amount=Decimal(200_000), note="年初预算"
        )
    held = Membership.objects.filter(union__code="WP01", status="active").order_by("-pk")
    free = held.exclude(person__in=ReliefCase.objects.values("household__head"))
    for n, membership in enumerate(free.select_related("person", "union")[:count]):
        case = written(membership, fund, cost=12_000 + 1_000 * n)
        with clock.at(today - timedelta(days=30)):
            services.visit(
                case, by=user("area"), on=clock.today(), place=Place.HOSPITAL, people=2,
                who="纪老师、王干事", seen="住院治疗，老人同住", told="单位已垫付押金",
            )  # fmt: skip
            services.publish(case, by=user("area"))
        with clock.at(today - timedelta(days=3 - n)):
            services.area_review(case, by=user("area"), note="公示无异议")
            services.sign(case, by=user("areachair"))


def written(membership: Membership, fund: Fund, *, cost: int) -> ReliefCase:
    chair, day = user("chair"), clock.today() - timedelta(days=40)
    with clock.at(day):
        household = services.open_file(membership, by=chair)
        case = services.open_case(household, by=chair, fund=fund)
        services.save_case(
            case,
            {
                "cause": Cause.ILLNESS,
                "disease": Disease.TUMOUR,
                "diagnosis": "恶性肿瘤，正在化疗",
                "story": "今年六月确诊，正在化疗，家里一人有收入。",
                "happened_on": day - timedelta(days=60),
                "account": card(case.pk),
                "account_name": membership.person.name,
                "bank": "中国工商银行",
            },
            by=chair,
            version=0,
        )
        services.save_bill(
            case, BillSums(Decimal(cost) + 30_000, insurance=Decimal(30_000)), by=chair,
            number=f"BROWSER{case.pk}", hospital="北京丰台医院", dated=day,
        )  # fmt: skip
        for document in documents.wanted(Cause.ILLNESS, Relation.SELF, has_family=False):
            sent = scan(document.code, f"{document.code} of case {case.pk}")
            attachments.keep(case, sent, by=chair, union=case.union, label=document.label)
        consent(case, chair)
        services.submit(case, by=chair)
        services.unit_verify(case, by=chair, committee=["甲一", "乙二", "丙三"])
    return case


def consent(case: ReliefCase, chair: User) -> None:
    for member in case.household.members.all():
        services.agree(
            member, by=chair, purposes=["relief_finance", "relief_health"], given_on=clock.today()
        )
