"""Dated values the portal starts with. Pure data: no models.

Periods include both ends; valid_to None means until further notice. Confidence: H read in the
source or two sources agree, M one credible source, L from memory and shown as 待核实. Where only
a start date is from memory, the value keeps its confidence and the note says so. Where nothing
is known for a period, a row says 待补 instead of letting the last known value run on.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from wanping_union.reference import relief
from wanping_union.reference.rows import FROM_MEMORY, UNKNOWN, Row, rule

GROUPS = {  # first word of a key -> heading of its card, in printed order
    "union": "工会组织",
    "enterprise": "工会组织",
    "committee_term": "工会委员会",
    "committee_size": "工会委员会",
    "election": "工会委员会",
    "contribution": "经费和会费",
    "dues": "经费和会费",
    "statistics": "统计和报表",
    "monthly_report": "统计和报表",
    "minimum_wage": "最低工资标准",
    "average_wage": "平均工资",
    "wage_guideline": "企业工资指导线",
    "living_allowance": "低保和低收入标准",
    "relief": "应急救助",
    "privacy": "个人信息",
}

TRADE_UNION_LAW = "《工会法》"
BEIJING_RULES = "《北京市实施〈工会法〉办法》"


RULES = (
    rule(
        "union.must_form_members",
        "应当建立基层工会委员会的会员人数",
        "25",
        "人",
        f"{TRADE_UNION_LAW}第十一条；{BEIJING_RULES}第九条",
        note="按会员人数，不按职工人数；含 25 人。",
    ),
    rule(
        "union.women_committee",
        "应当建立女职工委员会的女职工人数",
        "25",
        "人",
        f"{BEIJING_RULES}第九条",
        note="含 25 人；不足 25 人的在工会委员会中设女职工委员。",
    ),
    rule(
        "enterprise.hundred_plus",
        "百人以上企业的职工人数",
        "100",
        "人",
        "《工作接地气 服务职工办实事——丰台区宛平城地区总工会工作侧记》",
        note="含 100 人。",
    ),
    rule(
        "union.full_time_chair",
        "可以设专职工会主席的职工人数",
        "200",
        "人",
        f"{TRADE_UNION_LAW}第十四条；{BEIJING_RULES}第十七条",
        note="含 200 人；北京规定为专职主席或者副主席。",
    ),
    rule(
        "committee_term.basic_short",
        "基层工会委员会任期（较短）",
        "3",
        "年",
        f"{TRADE_UNION_LAW}第十六条；{BEIJING_RULES}第十三条",
        note="每届三年或者五年。",
    ),
    rule(
        "committee_term.basic_long",
        "基层工会委员会任期（较长）",
        "5",
        "年",
        f"{TRADE_UNION_LAW}第十六条；{BEIJING_RULES}第十三条",
        note="每届三年或者五年。",
    ),
    rule(
        "committee_term.local",
        "地方总工会、产业工会委员会任期",
        "5",
        "年",
        f"{TRADE_UNION_LAW}第十六条；{BEIJING_RULES}第十三条",
    ),
    rule(
        "committee_term.reminder",
        "换届提醒提前天数",
        "90",
        "日",
        f"{BEIJING_RULES}第十三条（逾期未换届，上级工会可责令限期换届）",
        note="提前天数为平台设定，可调整；换届义务见来源。",
    ),
    rule(
        "contribution.rate",
        "工会经费拨缴比例",
        "2",
        "%",
        f"{TRADE_UNION_LAW}第四十三条；{BEIJING_RULES}第五十五条",
        note="按上月全部职工工资总额。",
    ),
    rule(
        "contribution.due_day",
        "工会经费每月拨缴期限",
        "15",
        "日",
        f"{BEIJING_RULES}第五十五条",
        text="每月15日前",
    ),
    rule(
        "contribution.late_fee",
        "逾期拨缴工会经费的滞纳金",
        "5",
        "‰/日",
        f"{BEIJING_RULES}第五十五条",
        note="按欠缴金额每日加收。",
    ),
    rule(
        "dues.rate",
        "会费占本人每月基本收入的比例",
        "0.5",
        "%",
        f"{FROM_MEMORY}（全国总工会 1978 年通知）",
        confidence="L",
        note="不足 10 元的部分不计。",
    ),
    rule(
        "contribution.share_basic",
        "工会经费留成比例（基层工会）",
        "60",
        "%",
        FROM_MEMORY,
        confidence="L",
    ),
    rule(
        "contribution.share_higher",
        "工会经费上解比例（上级工会）",
        "40",
        "%",
        FROM_MEMORY,
        confidence="L",
    ),
    rule(
        "election.attendance",
        "选举大会有效的到会比例",
        "",
        "",
        f"{FROM_MEMORY}（工会基层组织选举工作条例）",
        text="应到会人数的三分之二以上",
        confidence="L",
    ),
    rule(
        "election.majority",
        "当选所需赞成票",
        "",
        "",
        f"{FROM_MEMORY}（工会基层组织选举工作条例）",
        text="超过应到会人数的半数",
        confidence="L",
    ),
    rule(
        "statistics.due",
        "工会统计年报上报期限",
        "",
        "",
        "未见北京市规定；外省 2014 年年报通知可参考",
        text=UNKNOWN,
        confidence="L",
        note="外省 2014 年：县报市 10 月 22 日、市报省 10 月 30 日，不约束北京。",
    ),
    rule(
        "monthly_report.due_day",
        "工作月报上报日（次月）",
        "5",
        "日",
        "平台设定，未见北京市、丰台区规定",
        confidence="L",
        note="遇休息日顺延。",
    ),
    rule(
        "privacy.answer_days",
        "答复个人信息权利请求的期限",
        "15",
        "工作日",
        "《个人信息保护法》第五十条只要求“及时”；15 个工作日为平台设定",
        confidence="L",
        note="从收到请求的次日起算。",
    ),
    rule(
        "privacy.membership_years",
        "离会后会员资料保存年限",
        "3",
        "年",
        "《个人信息保护法》第十九条、第四十七条只定原则；年限为平台设定",
        confidence="L",
        note="满期后列入到期清单，由地区总工会主席决定是否删除。",
    ),
    rule(
        "privacy.relief_years",
        "救助档案保存年限",
        "10",
        "年",
        "《困难职工档案管理办法》（总工办〔2016〕36号）：自撤档之日起保管十年",
        confidence="L",
        note="没有建过困难职工档案的，从结案起算，为平台设定。拨付凭证另按会计档案保存。",
    ),
    rule(
        "privacy.log_years",
        "改动记录和查看记录保存年限",
        "3",
        "年",
        "《个人信息保护法》第五十六条只规定处理情况记录至少三年；到期清除为平台设定",
        confidence="L",
        note="少于三年的按三年执行。到期由平台自动清除，封存的校验码保留。",
    ),
    rule(
        "privacy.proof_years",
        "告知同意和权利请求记录保存年限",
        "3",
        "年",
        "《个人信息保护法》第五十六条；《网络数据安全管理条例》第十二条",
        note="从撤回或办结次日起算。",
    ),
)

COMMITTEE_SIZES = tuple(
    rule(
        f"committee_size.{band}",
        f"工会委员会委员人数（会员{members}）",
        "",
        "人",
        f"{FROM_MEMORY}（工会基层组织选举工作条例，2016）",
        text=size,
        confidence="L",
        note=note,
    )
    for band, members, size, note in (
        ("under_25", "不足25人", "3—5", "也可以只设主席或者组织员一人。"),
        ("25_200", "25—200人", "3—7", ""),
        ("201_1000", "201—1000人", "7—15", ""),
        ("1001_5000", "1001—5000人", "15—21", ""),
        ("5001_10000", "5001—10000人", "21—29", ""),
        ("10001_50000", "10001—50000人", "29—37", ""),
        ("over_50000", "50000人以上", "37—45", "不含 50000 人。"),
    )
)

STATISTICS_PERIOD = (
    Row(
        "statistics.period_start_month",
        "工会统计年报报告期起始月",
        Decimal(10),
        "上年10月1日至当年9月30日",
        "月",
        date(2014, 1, 1),
        date(2014, 12, 31),
        "湖北省总工会、宜昌市总工会 2014 年统计年报通知（总工办发〔2014〕21号）",
        "H",
    ),
    Row(
        "statistics.period_start_month",
        "工会统计年报报告期起始月",
        Decimal(10),
        "上年10月1日至当年9月30日",
        "月",
        date(2015, 1, 1),
        None,
        "沿用 2014 年，以后年度未见通知",
        "L",
        "报告期可能已改，报送前请向区总工会核对。",
    ),
)


def _chained(rows: list[Row]) -> Iterator[Row]:
    """Each row ends the day before the next one begins; the last one stays open."""
    for row, following in pairwise(rows):
        yield replace(row, valid_to=following.valid_from - timedelta(days=1))
    yield rows[-1]


WAGES = {
    "monthly": ("月最低工资标准", "元/月"),
    "hourly": ("小时最低工资标准", "元/小时"),
    "part_time_hourly": ("非全日制小时最低工资标准", "元/小时"),
    "part_time_holiday": ("非全日制法定节假日小时最低工资标准", "元/小时"),
}
DATE_FROM_MEMORY = "起始日期待核实。"
MINIMUM_WAGES = (  # one letter of confidence for each of the four values
    ("2012-01-01", "1260 7.2 14 33", "HLHH", "slxin.cn/8238（调整前标准）；新华社 2012-06-14",
     DATE_FROM_MEMORY),
    ("2013-01-01", "1400 8.05 15.2 36.6", "HMHH", "slxin.cn/8238（2013 年标准）", ""),
    ("2014-04-01", "1560 8.97 16.9 40.8", "HHLL",
     "campusvo.com 2014 全国最低工资表；京人社劳发〔2015〕44号", ""),
    ("2015-04-01", "1720 9.89 18.7 45", "HHHH",
     "京人社劳发〔2015〕44号；京人社劳发〔2016〕128号", ""),
    ("2016-09-01", "1890 10.86 21 49.9", "HHHH", "京人社劳发〔2016〕128号", ""),
    ("2017-09-01", "2000 11.49 22 52.6", "HHHH", "2018 年调整通知所引调整前标准", DATE_FROM_MEMORY),
    ("2018-09-01", "2120 12.18 24 56", "HHHH", "2018 年调整通知", DATE_FROM_MEMORY),
    ("2019-07-01", "2200 12.64 24 56", "HHHH", "京人社劳发〔2019〕71号", ""),
    ("2020-01-01", "2200 12.64 24 56", "HHHH", "2020 年暂缓调整的报道（m.gucheng.com 4012057）",
     "2020 年未调整，沿用 2019 年标准。"),
    ("2021-08-01", "2320 13.33 25.3 59", "HHHH", "北京晚报 2021-08-02", ""),
    ("2023-09-01", "2420 13.91 26.4 62", "HHHH",
     "市人社局《关于调整北京市2023年最低工资标准的通知》解读；京人社劳发〔2025〕7号", ""),
    ("2025-09-01", "2540 14.6 27.7 65.1", "HHHH", "京人社劳发〔2025〕7号", ""),
    ("2026-01-01", "2540 14.6 27.7 65.1", "MMMM",
     "京人社劳发〔2025〕7号；至 2026 年 9 月未见新通知",
     "请核对是否已有新标准。"),
)  # fmt: skip


def _minimum_wages() -> Iterator[Row]:
    for place, (name, (label, unit)) in enumerate(WAGES.items()):
        yield from _chained(
            [
                Row(
                    f"minimum_wage.{name}",
                    f"北京市{label}",
                    Decimal(values.split()[place]),
                    "",
                    unit,
                    date.fromisoformat(start),
                    None,
                    source,
                    confidence[place],
                    note,
                )
                for start, values, confidence, source, note in MINIMUM_WAGES
            ]
        )


def _of_year(year: int, key: str, label: str, value: str, unit: str, source: str) -> Row:
    """A high-confidence value of one calendar year."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return Row(key, label, Decimal(value), "", unit, first, last, source, "H")


OLD_SERIES = {
    2010: "50415", 2011: "56061", 2012: "62677", 2013: "69521", 2014: "77560", 2015: "85038",
    2016: "92477", 2017: "101599",
}  # fmt: skip
OLD_SERIES_MONTHLY = {2015: "7086.5", 2016: "7706"}
FULL_SERIES = {
    2018: ("94258", "7855"), 2019: ("106168", "8847"), 2020: ("112886", "9407"),
    2021: ("127535", "10628"), 2022: ("135567", "11297"), 2023: ("141133", "11761"),
    2024: ("143244", "11937"), 2025: ("145391", "12116"),
}  # fmt: skip
LEGAL_UNITS = {2019: "140581", 2020: "151360", 2021: "166513", 2022: "178476", 2023: "188413"}


def _average_wages() -> Iterator[Row]:
    """Three series of different scope, never to be compared with each other."""
    old, full = "北京市职工平均工资（旧口径）", "北京市全口径城镇单位就业人员平均工资"
    legal = "北京市法人单位从业人员平均工资"
    old_source = "市人社局《历年北京市职工年平均工资》"
    full_source = "市人社局《全口径城镇单位就业人员平均工资》"
    ended = "2017 年后不再公布；与全口径数据不可比。"
    limited = "仅用于核定社保个人缴费基数上下限；与旧口径数据不可比。"
    for year, annual in OLD_SERIES.items():
        row = _of_year(year, "average_wage.old.annual", old, annual, "元/年", old_source)
        yield replace(row, note=ended)
    for year, monthly in OLD_SERIES_MONTHLY.items():
        row = _of_year(year, "average_wage.old.monthly", old, monthly, "元/月", old_source)
        yield replace(row, note=ended)
    for year, (annual, monthly) in FULL_SERIES.items():
        row = _of_year(year, "average_wage.full.annual", full, annual, "元/年", full_source)
        yield replace(row, note=limited)
        row = _of_year(year, "average_wage.full.monthly", full, monthly, "元/月", full_source)
        yield replace(row, note=limited)
    source = "市人社局《法人单位从业人员平均工资》（2018）"
    yield _of_year(2018, "average_wage.legal_units.annual", legal, "127107", "元/年", source)
    yield _of_year(2018, "average_wage.legal_units.monthly", legal, "10592", "元/月", source)
    for year, annual in LEGAL_UNITS.items():
        row = _of_year(
            year, "average_wage.legal_units.annual", legal, annual, "元/年", "二手资料，未见原文"
        )
        yield replace(row, confidence="L")


GUIDELINES = {"base": "基准线", "upper": "上线（预警线）", "lower": "下线"}
GUIDELINE_YEARS = (
    (2012, "11.5 16.5 4.5", "H", "新华社 2012-06-14"),
    (2013, "12 16.5 5", "M", "转引 2013 年工资指导线的网页"),
    (2015, "10.5 16 3.5", "H", "由 2016 年报道推算（taiwan.cn 2016-07-09；ztnews.net 2016-07-12）"),
    (2016, "9 15 4", "H", "taiwan.cn 2016-07-09；ztnews.net 2016-07-12"),
    (2017, "8.5 14 4", "H", "北京日报 2017-06-24"),
)


def _guidelines() -> Iterator[Row]:
    """The advisory growth of the average wage, in percent; what is not known says so."""
    for place, (name, line) in enumerate(GUIDELINES.items()):
        key, label = f"wage_guideline.{name}", f"北京市企业工资指导线·{line}"
        for year, values, confidence, source in GUIDELINE_YEARS:
            row = _of_year(year, key, label, values.split()[place], "%", source)
            yield replace(row, confidence=confidence)
        missing = Row(key, label, None, UNKNOWN, "%", date(2014, 1, 1), date(2014, 12, 31), "", "L")
        yield replace(
            missing,
            text="10.5 与 12 之间" if name == "base" else UNKNOWN,
            source="由北京日报 2017-06-24“连续第四年下降”推断",
        )
        yield replace(
            missing,
            valid_from=date(2018, 1, 1),
            valid_to=None,
            source="未查到综合指导线；2018、2019 年只见分行业指导线",
        )


LIVING_LINES = (
    ("2011-07-01", "500", "M", "chengshitoutiao.cn 103625",
     "年份已核实，起始月份待核实；年初为 480 元。"),
    ("2012-01-01", "520", "H", "chengshitoutiao.cn 103625", ""),
    ("2013-01-01", "580", "H", "chengshitoutiao.cn 103625；央广网 2018-02-08", ""),
    ("2014-01-01", "650", "H", "chengshitoutiao.cn 103625；baogaosu 2015-02-11", ""),
    ("2015-01-01", "710", "H", "baogaosu 2015-02-11；央广网 2018-02-08",
     "农村为 670 元，2015 年 7 月起城乡统一。"),
    ("2016-01-01", "800", "H", "央广网 2016-03-21", ""),
    ("2017-01-01", "900", "H", "劳动午报 2017-01-26；chengshitoutiao.cn 103625", ""),
    ("2018-01-01", "1000", "H", "央广网 2018-02-08；hubeilong.com", ""),
    ("2019-01-01", "1100", "L", FROM_MEMORY, ""),
    ("2020-07-01", "1170", "L", FROM_MEMORY, ""),
    ("2021-07-01", "1245", "M", "2022 年通知所引调整前标准", DATE_FROM_MEMORY),
    ("2022-07-01", "1320", "H", "北京日报 2022-07-28", ""),
    ("2023-07-01", "1395", "H", "京民社救发〔2023〕240号", ""),
    ("2024-07-01", "1450", "L", FROM_MEMORY, ""),
    ("2025-01-01", "", "L", "未见 2025 年及以后的通知", ""),
)  # fmt: skip
LOW_INCOME_LINES = (
    ("2011-07-01", "731", "M", "chengshitoutiao.cn 103625", "年份已核实，起始月份待核实。"),
    ("2012-01-01", "740", "H", "chengshitoutiao.cn 103625", ""),
    ("2014-01-01", "850", "H", "chengshitoutiao.cn 103625；baogaosu 2015-02-11", ""),
    ("2015-01-01", "930", "H", "baogaosu 2015-02-11；央广网 2018-02-08", ""),
    ("2016-01-01", "1050", "H", "央广网 2016-03-21", ""),
    ("2017-01-01", "1410", "H", "劳动午报 2017-01-26；chengshitoutiao.cn 103625", ""),
    ("2018-01-01", "2000", "H", "央广网 2018-02-08；hubeilong.com", ""),
    ("2019-01-01", "2200", "L", FROM_MEMORY, ""),
    ("2021-07-01", "", "L", "未见 2021 年 7 月以后公布的标准",
     "此前为 2200 元，是否仍然公布待核实。"),
)  # fmt: skip


def _lines(key: str, label: str, lines: tuple[tuple[str, str, str, str, str], ...]) -> list[Row]:
    return [
        Row(
            key,
            label,
            Decimal(value) if value else None,
            "" if value else UNKNOWN,
            "元/人·月",
            date.fromisoformat(start),
            None,
            source,
            confidence,
            note,
        )
        for start, value, confidence, source, note in lines
    ]


ROWS: tuple[Row, ...] = (
    *RULES,
    *COMMITTEE_SIZES,
    *STATISTICS_PERIOD,
    *_minimum_wages(),
    *_average_wages(),
    *_guidelines(),
    *_chained(_lines("living_allowance.line", "北京市最低生活保障标准（低保线）", LIVING_LINES)),
    *_chained(_lines("living_allowance.low_income", "北京市低收入家庭认定标准", LOW_INCOME_LINES)),
    *relief.ROWS,
)
