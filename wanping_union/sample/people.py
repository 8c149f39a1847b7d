"""Who signs in to the sample year. Never in production: contract.md, People and places."""

from typing import NamedTuple

from wanping_union.roles import Role

PASSWORD = "wanping-2016"
DISTRICT = ("FT", "丰台区总工会")
AREA = ("WP", "宛平城地区总工会")


class Account(NamedTuple):
    """name: blank where the union's workbook names the chair."""

    username: str
    name: str
    role: Role
    union_code: str


R = Role
ACCOUNTS = (
    Account("chair", "", R.UNIT_CHAIR, "WP01"),
    Account("clerk", "周晓月", R.UNIT_CLERK, "WP01"),
    *(Account(f"chair{n:02}", "", R.UNIT_CHAIR, f"WP{n:02}") for n in range(2, 13)),
    Account("area", "王城", R.AREA_OFFICER, "WP"),
    Account("areachair", "李宛平", R.AREA_CHAIR, "WP"),
    Account("reviewer", "张审", R.DISTRICT_REVIEWER, "FT"),
    Account("reviewer2", "刘复", R.DISTRICT_REVIEWER, "FT"),
    Account("finance", "陈会", R.FINANCE_OFFICER, "FT"),
    Account("admin", "赵管", R.ADMINISTRATOR, "FT"),
    Account("auditor", "孙计", R.AUDITOR, "FT"),
)
