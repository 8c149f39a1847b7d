"""Terms of the relief funds and the limits of its procedure. Pure data.

Keys of a fund: relief.<code>.<payee>.<from yuan> a rung of its ladder (% of the self-paid cost, or
a flat sum in yuan), relief.<code>.<payee>.cap, .event.cap, .household.cap.
"""

from wanping_union.reference.rows import Row, rule

MEASURE = "《北京市温暖基金会应急救助办法（试行）》（2017-03-23 报道）"
SISTER = "时传祥环卫工人专项温暖基金（同一基金会，2010 年起）"
OURS = "平台设定，未见北京市、丰台区规定"
DEFAULT = "应急救助办法的比例未见原文，暂按同一基金会时传祥专项基金的比例。"
RUNGS = (  # from yuan, employee, family; the last is a flat sum
    ("10000", "20", "10"),
    ("30000", "25", "15"),
    ("50000", "30", "20"),
    ("80000", "35", "25"),
    ("100000", "50000", "30000"),
)
PAYEES = (("employee", "职工本人"), ("family", "配偶、未成年子女"))


def is_of_ladder(key: str) -> bool:
    """Whether the value decides what a fund gives for an illness: a rung, or a person's cap."""
    app, _, rest = key.partition(".")
    payee = rest.partition(".")[2].partition(".")[0]
    return app == "relief" and payee in dict(PAYEES)


def _ladder() -> list[Row]:
    return [
        rule(
            f"relief.warm.{payee}.{start}",
            f"温暖基金应急救助：{words}，自付 {int(start):,} 元以上",
            values[place],
            "元" if start == RUNGS[-1][0] else "%",
            SISTER,
            confidence="L",
            note=DEFAULT,
        )
        for place, (payee, words) in enumerate(PAYEES)
        for start, *values in RUNGS
    ]


def _ours(key: str, label: str, value: str, unit: str, note: str = "") -> Row:
    return rule(f"relief.{key}", label, value, unit, OURS, confidence="L", note=note)


ROWS: tuple[Row, ...] = (
    *_ladder(),
    rule("relief.warm.employee.cap", "温暖基金应急救助：职工本人全年上限", "50000", "元", MEASURE),
    rule("relief.warm.family.cap", "温暖基金应急救助：家属全年上限", "30000", "元", MEASURE),
    rule("relief.warm.event.cap", "温暖基金应急救助：突发事件、灾害上限", "10000", "元", MEASURE),
    _ours(
        "warm.household.cap",
        "温暖基金应急救助：每户全年上限",
        "80000",
        "元",
        "办法未见每户上限，暂按职工本人和一名家属上限之和。",
    ),
    rule(
        "relief.publicity_days",
        "救助公示期",
        "5",
        "工作日",
        "《社会救助暂行办法》第十一条要求公示，没有规定天数；5 至 7 个工作日为惯例",
        confidence="L",
    ),
    _ours(
        "one_reviewer_limit",
        "一位审核员可以批准的最高金额",
        "10000",
        "元",
        "超过的由第二位审核员确认（重大救助双人审批）。",
    ),
    rule(
        "relief.bank_only_year",
        "救助金只能打卡发放的起始年份",
        "2017",
        "年",
        "《工会送温暖资金使用管理办法》实名制发放（凭记忆录入）；2016 年侧记为当面发放",
        confidence="L",
        note="这一年以前的历史记录可以登记当面发放。",
    ),
    _ours("advance_limit", "先行救助最高金额", "10000", "元", "暂按突发事件上限。"),
    _ours("advance_papers_days", "先行救助后补齐材料的期限", "10", "工作日"),
    _ours("unpaid_days", "批准后未拨付的提醒天数", "10", "工作日"),
    _ours("consent_months", "家庭信息同意书有效期", "12", "月", "到期后要重新取得同意。"),
    _ours("follow_up.1", "第一次回访", "1", "月", "从拨付之日起算。"),
    _ours("follow_up.2", "第二次回访", "3", "月", "从拨付之日起算。"),
    _ours("follow_up.3", "第三次回访", "6", "月", "从拨付之日起算。"),
    _ours("days.submitted", "单位核实的期限", "3", "工作日"),
    _ours("days.unit_verified", "地区走访的期限", "5", "工作日"),
    _ours("days.visited", "走访后开始公示的期限", "3", "工作日"),
    _ours("days.publicity", "地区审核的期限（含公示）", "8", "工作日"),
    _ours("days.area_reviewed", "地区主席签批的期限", "3", "工作日"),
    _ours("days.signed", "区总工会审批的期限", "5", "工作日"),
    _ours("days.district_reviewed", "第二人审批的期限", "3", "工作日"),
    _ours("days.approved", "财务拨付的期限", "5", "工作日"),
    rule(
        "relief.accident_share",
        "意外致困：花费占家庭年收入的比例",
        "80",
        "%",
        "青岛市困难职工认定标准",
        confidence="L",
        note="北京标准待核实；超过这个比例才算。",
    ),
    rule(
        "relief.review_months",
        "困难职工档案复核间隔",
        "12",
        "月",
        "《困难职工档案管理办法》（总工办〔2016〕36号）：每年至少集中清理一次",
    ),
)
