"""What a person can be for a union and all below it, and what each role may do. Pure: no models.

Source: contract.md, People and places; separation of duties there.
"""

from collections.abc import Iterable

from django.db.models import TextChoices


class Role(TextChoices):
    UNIT_CHAIR = "unit_chair", "基层工会主席"
    UNIT_CLERK = "unit_clerk", "基层工会经办人"
    AREA_OFFICER = "area_officer", "地区总工会干部"
    AREA_CHAIR = "area_chair", "地区总工会主席"
    DISTRICT_REVIEWER = "district_reviewer", "区总工会审核员"
    FINANCE_OFFICER = "finance_officer", "区总工会财务"
    ADMINISTRATOR = "administrator", "系统管理员"
    AUDITOR = "auditor", "审计员"


R = Role
UNIT = (R.UNIT_CHAIR, R.UNIT_CLERK)
AREA = (R.AREA_OFFICER, R.AREA_CHAIR)
EVERYONE = tuple(Role)

SEE_GRID = EVERYONE
SEE_PEOPLE = (*UNIT, *AREA, R.DISTRICT_REVIEWER, R.ADMINISTRATOR, R.AUDITOR)
REVEAL = (*UNIT, *AREA, R.DISTRICT_REVIEWER)  # never the administrator, never the auditor
SEE_LOOKS = (*REVEAL, R.AUDITOR)  # who has seen somebody's data
READ_LOGS = (R.AUDITOR,)  # changes, looks and seals of everything: of the district alone
KEEP_PEOPLE = (*UNIT, *AREA)
KEEP_ENTERPRISES = (*UNIT, *AREA)
KEEP_UNIONS = AREA
IMPORT = (*UNIT, *AREA, R.ADMINISTRATOR)
IMPORT_UNIONS = (*AREA, R.ADMINISTRATOR)
SEE_FIGURES = EVERYONE
MAKE_REPORTS = (*UNIT, *AREA, R.ADMINISTRATOR)
SEE_AUDIT = (R.UNIT_CHAIR, R.AREA_CHAIR, R.AUDITOR)
SEE_RIGHTS = (*UNIT, *AREA, R.AUDITOR)  # requests and consents of people
DECIDE_DELETION = (R.AREA_CHAIR,)
SEE_RETENTION = (*AREA, R.AUDITOR)
KEEP_NOTICES = (R.ADMINISTRATOR,)
KEEP_ACCOUNTS = (R.ADMINISTRATOR,)
KEEP_JOBS = (R.ADMINISTRATOR,)
KEEP_REFERENCE = (R.ADMINISTRATOR,)
SEE_REFERENCE = EVERYONE
# Case files of relief: never the administrator. Finance sees what is to be paid, not why.
SEE_RELIEF = (*UNIT, *AREA, R.DISTRICT_REVIEWER, R.AUDITOR)
SEE_RELIEF_INSIDE = (*AREA, R.DISTRICT_REVIEWER)  # diagnosis and family finances under review
ENTER_RELIEF = UNIT
VERIFY_RELIEF = (R.AREA_OFFICER,)
SIGN_RELIEF = (R.AREA_CHAIR,)
DECIDE_RELIEF = (R.DISTRICT_REVIEWER,)
PREVIEW_TERMS = (*KEEP_REFERENCE, *DECIDE_RELIEF)  # what other terms of a fund would mean
PAY_RELIEF = (R.FINANCE_OFFICER,)
FOLLOW_RELIEF = (*UNIT, *AREA)
WATCH_FUNDS = (R.DISTRICT_REVIEWER, R.AUDITOR)
SEE_FUNDS = (*PAY_RELIEF, *WATCH_FUNDS)
SEE_EXPORTS = (R.ADMINISTRATOR, R.AUDITOR)  # that others have had files, never their content
# Unlock and reset: the administrator, and the area for the unions below it.
HELP_ACCOUNTS = (*AREA, R.ADMINISTRATOR)
# Every role above the grassroots union signs in with a second factor.
SECOND_FACTOR = (*AREA, R.DISTRICT_REVIEWER, R.FINANCE_OFFICER, R.ADMINISTRATOR, R.AUDITOR)


def role_words(roles: Iterable[Role]) -> str:
    """基层工会主席、审计员"""
    return "、".join(role.label for role in roles)
