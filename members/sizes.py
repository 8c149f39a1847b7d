"""Size of an enterprise by the statutory table. Pure: data and functions over it.

Source: 统计上大中小微型企业划分办法(2017), 国统字〔2017〕213号; industries by GB/T 4754-2017.
Units: headcount in persons, revenue and assets in 万元 (10,000 CNY).
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import TextChoices


class Size(TextChoices):
    LARGE = "large", "大型"
    MEDIUM = "medium", "中型"
    SMALL = "small", "小型"
    MICRO = "micro", "微型"
    UNKNOWN = "unknown", "待补"
    NOT_APPLICABLE = "not_applicable", "不适用"


SMALL_OR_MICRO = frozenset({Size.SMALL, Size.MICRO})
ASCENDING = (Size.MICRO, Size.SMALL, Size.MEDIUM, Size.LARGE)


class Indicator(TextChoices):
    HEADCOUNT = "headcount", "从业人员（人）"
    REVENUE = "revenue", "营业收入（万元）"
    ASSETS = "assets", "资产总额（万元）"


Value = Decimal | int | None


@dataclass(frozen=True)
class Bound:
    """Lower limits of one indicator; a value equal to a limit reaches it (民法典 Art. 1259)."""

    indicator: Indicator
    large: int
    medium: int
    small: int

    def reached(self, value: Value) -> Size:
        """The class this indicator alone would give; UNKNOWN without a value."""
        if value is None:
            return Size.UNKNOWN
        if value >= self.large:
            return Size.LARGE
        if value >= self.medium:
            return Size.MEDIUM
        return Size.SMALL if value >= self.small else Size.MICRO

    def span(self, size: Size) -> str:
        """The range of the class in words, for example "≥300 且 <1,000"."""
        match size:
            case Size.LARGE:
                return f"≥{self.large:,}"
            case Size.MEDIUM:
                return f"≥{self.medium:,} 且 <{self.large:,}"
            case Size.SMALL:
                return f"≥{self.small:,} 且 <{self.medium:,}"
            case Size.MICRO:
                return f"<{self.small:,}"
            case _:
                return ""


@dataclass(frozen=True)
class Industry:
    """One row of the table.

    key: stable identifier.
    labels: words found in ledgers, the statute's own first.
    codes: GB/T 4754-2017 sections (letter), divisions (2 digits) and groups (3 digits).
    bounds: empty where the method does not cover the industry.
    """

    key: str
    labels: tuple[str, ...]
    codes: tuple[str, ...]
    bounds: tuple[Bound, ...]


def _x(large: int, medium: int, small: int) -> Bound:
    return Bound(Indicator.HEADCOUNT, large, medium, small)


def _y(large: int, medium: int, small: int) -> Bound:
    return Bound(Indicator.REVENUE, large, medium, small)


def _z(large: int, medium: int, small: int) -> Bound:
    return Bound(Indicator.ASSETS, large, medium, small)


INDUSTRIES = (
    Industry(
        "agriculture",
        ("农、林、牧、渔业", "农业", "林业", "畜牧业", "渔业", "农林牧渔专业及辅助性活动"),
        ("A",),
        (_y(20_000, 500, 50),),
    ),
    Industry(
        "industry",
        (
            "工业", "采矿业", "制造业", "加工制造业",
            "电力、热力、燃气及水生产和供应业",
        ),
        ("B", "C", "D"),
        (_x(1000, 300, 20), _y(40_000, 2000, 300)),
    ),
    Industry(
        "construction",
        ("建筑业", "房屋建筑业", "土木工程建筑业", "建筑安装业", "建筑装饰业",
         "建筑装饰、装修和其他建筑业"),
        ("E",),
        (_y(80_000, 6000, 300), _z(80_000, 5000, 300)),
    ),
    Industry(
        "wholesale",
        ("批发业",),
        ("51",),
        (_x(200, 20, 5), _y(40_000, 5000, 1000)),
    ),
    Industry(
        "retail",
        ("零售业",),
        ("52",),
        (_x(300, 50, 10), _y(20_000, 500, 100)),
    ),
    Industry(
        "transport",
        ("交通运输业", "道路运输业", "水上运输业", "航空运输业", "管道运输业",
         "多式联运和运输代理业", "装卸搬运"),
        ("54", "55", "56", "57", "58", "591"),
        (_x(1000, 300, 20), _y(30_000, 3000, 200)),
    ),
    Industry(
        "warehousing",
        ("仓储业", "通用仓储", "低温仓储", "危险品仓储", "谷物、棉花等农产品仓储",
         "中药材仓储", "其他仓储业"),
        ("592", "593", "594", "595", "596", "599"),
        (_x(200, 100, 20), _y(30_000, 1000, 100)),
    ),
    Industry(
        "postal",
        ("邮政业", "快递业", "快递服务"),
        ("60",),
        (_x(1000, 300, 20), _y(30_000, 2000, 100)),
    ),
    Industry(
        "accommodation",
        ("住宿业",),
        ("61",),
        (_x(300, 100, 10), _y(10_000, 2000, 100)),
    ),
    Industry(
        "catering",
        ("餐饮业", "餐饮服务业"),
        ("62",),
        (_x(300, 100, 10), _y(10_000, 2000, 100)),
    ),
    Industry(
        "information_transmission",
        ("信息传输业", "电信、广播电视和卫星传输服务", "互联网和相关服务"),
        ("63", "64"),
        (_x(2000, 100, 10), _y(100_000, 1000, 100)),
    ),
    Industry(
        "software_it",
        ("软件和信息技术服务业", "软件业", "信息技术服务业"),
        ("65",),
        (_x(300, 100, 10), _y(10_000, 1000, 50)),
    ),
    Industry(
        "real_estate_development",
        ("房地产开发经营", "房地产开发"),
        ("701",),
        (_y(200_000, 1000, 100), _z(10_000, 5000, 2000)),
    ),
    Industry(
        "property_management",
        ("物业管理", "物业", "物业服务", "物业管理服务"),
        ("702",),
        (_x(1000, 300, 100), _y(5000, 1000, 500)),
    ),
    Industry(
        "leasing_business",
        ("租赁和商务服务业", "租赁业", "商务服务业"),
        ("L",),
        (_x(300, 100, 10), _z(120_000, 8000, 100)),
    ),
    Industry(
        "other_unlisted",
        (
            "其他未列明行业", "科学研究和技术服务业", "水利、环境和公共设施管理业",
            "居民服务、修理和其他服务业", "居民服务业", "居民服务", "社会工作",
            "文化、体育和娱乐业", "房地产中介服务", "其他房地产业",
        ),
        ("M", "N", "O", "85", "R", "703", "709"),
        (_x(300, 100, 10),),
    ),
    # 704 is 房地产租赁经营 in the 2017 standard, 自有房地产经营活动 in the one before it.
    Industry(
        "not_covered",
        (
            "划型办法未涵盖的行业", "铁路运输业", "金融业", "自有房地产经营活动",
            "房地产租赁经营", "教育", "卫生", "公共管理、社会保障和社会组织", "国际组织",
        ),
        ("53", "J", "704", "P", "84", "S", "T"),
        (),
    ),
)  # fmt: skip

SECTIONS = {  # first and last division of each section of GB/T 4754-2017
    "A": (1, 5), "B": (6, 12), "C": (13, 43), "D": (44, 46), "E": (47, 50),
    "F": (51, 52), "G": (53, 60), "H": (61, 62), "I": (63, 65), "J": (66, 69),
    "K": (70, 70), "L": (71, 72), "M": (73, 75), "N": (76, 79), "O": (80, 82),
    "P": (83, 83), "Q": (84, 85), "R": (86, 90), "S": (91, 96), "T": (97, 97),
}  # fmt: skip

_BY_CODE = {code: industry for industry in INDUSTRIES for code in industry.codes}
_SECTION_OF = {
    division: letter
    for letter, (first, last) in SECTIONS.items()
    for division in range(first, last + 1)
}
_CODE = re.compile(r"([A-T]?)(\d{2,4})?")


def _plain(label: str) -> str:
    letters = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", label))
    return letters.removesuffix("行业").removesuffix("业")


_BY_LABEL = {_plain(label): industry for industry in INDUSTRIES for label in industry.labels}


def _by_code(code: str) -> Industry | None:
    written = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", code)).upper()
    match = _CODE.fullmatch(written)
    if not match:
        return None
    letter, digits = match[1], match[2] or ""
    if digits:
        section = _SECTION_OF.get(int(digits[:2]), "")
        if letter not in ("", section):
            return None
        letter = section
    return _BY_CODE.get(digits[:3]) or _BY_CODE.get(digits[:2]) or _BY_CODE.get(letter)


def industry_of(code: str, label: str) -> Industry | None:
    """The row of the table for a GB/T 4754-2017 code, else for a label; None when neither tells.

    A code that is missing, contradicts itself (F47) or is too coarse (K70) leaves it to the label.
    """
    return _by_code(code) or _BY_LABEL.get(_plain(label))


@dataclass(frozen=True)
class Line:
    """What one indicator says: its value, the class it reaches, the range of that class."""

    indicator: Indicator
    value: Value
    size: Size
    span: str


def explain(
    industry: Industry | None,
    headcount: int | None,
    revenue: Decimal | None,
    assets: Decimal | None,
) -> tuple[Line, ...]:
    """One line per indicator of the industry; none where there is nothing to measure."""
    values: dict[Indicator, Value] = {
        Indicator.HEADCOUNT: headcount,
        Indicator.REVENUE: revenue,
        Indicator.ASSETS: assets,
    }
    lines = []
    for bound in industry.bounds if industry else ():
        value = values[bound.indicator]
        size = bound.reached(value)
        lines.append(Line(bound.indicator, value, size, bound.span(size)))
    return tuple(lines)


def classify(
    industry: Industry | None,
    headcount: int | None,
    revenue: Decimal | None,
    assets: Decimal | None,
) -> Size:
    """The class all indicators reach, which is the lowest one any of them reaches.

    UNKNOWN without industry or with a needed value missing, even where the other value
    would decide: nothing is guessed. Source: note to the table of the 2017 method.
    """
    if industry is None:
        return Size.UNKNOWN
    if not industry.bounds:
        return Size.NOT_APPLICABLE
    reached = {line.size for line in explain(industry, headcount, revenue, assets)}
    if Size.UNKNOWN in reached:
        return Size.UNKNOWN
    return min(reached, key=ASCENDING.index)
