"""Every URL: who may open it, what it names, who may send it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from django.urls import reverse

from tests.sides import Side
from wanping_union.reference.models import ReferenceValue
from wanping_union.roles import (
    AREA,
    DECIDE_DELETION,
    DECIDE_RELIEF,
    ENTER_RELIEF,
    EVERYONE,
    FOLLOW_RELIEF,
    HELP_ACCOUNTS,
    IMPORT,
    KEEP_ACCOUNTS,
    KEEP_ENTERPRISES,
    KEEP_JOBS,
    KEEP_NOTICES,
    KEEP_PEOPLE,
    KEEP_REFERENCE,
    KEEP_UNIONS,
    MAKE_REPORTS,
    PAY_RELIEF,
    READ_LOGS,
    REVEAL,
    SEE_AUDIT,
    SEE_FIGURES,
    SEE_FUNDS,
    SEE_GRID,
    SEE_LOOKS,
    SEE_PEOPLE,
    SEE_REFERENCE,
    SEE_RELIEF,
    SEE_RELIEF_INSIDE,
    SEE_RETENTION,
    SEE_RIGHTS,
    SIGN_RELIEF,
    UNIT,
    VERIFY_RELIEF,
    Role,
)

YEAR = "?from=2016-01-01&to=2016-12-31"


@dataclass(frozen=True)
class Page:
    """roles: who may open it (in scope). kwargs: of a side's object; None for a page without one.

    query: what names a union there. post_only: GET is 405. post_roles: who may send it.
    """

    roles: tuple[Role, ...]
    kwargs: Callable[[Side], dict[str, object]] | None = None
    query: Callable[[Side], str] = field(default=lambda side: "")
    post_only: bool = False
    post_roles: tuple[Role, ...] | None = None


def pk(name: str) -> Callable[[Side], dict[str, object]]:
    return lambda side: {"pk": getattr(side, name).pk}


def person(**more: object) -> Callable[[Side], dict[str, object]]:
    return lambda side: {"pk": side.member.person_id, **more}


def of_draft(**more: str) -> Callable[[Side], dict[str, object]]:
    """more: argument of the address → what of the side it names."""
    return lambda side: {
        "pk": side.draft.pk,
        **{argument: getattr(side, name).pk for argument, name in more.items()},
    }


def asked(which: str, name: str) -> Callable[[Side], dict[str, object]]:
    return lambda side: {"pk": getattr(side, which).pk, "name": name}


def case(which: str, **more: object) -> Callable[[Side], dict[str, object]]:
    return lambda side: {"pk": getattr(side, which).pk, **more}


def code(side: Side) -> dict[str, object]:
    return {"code": side.union.code}


def of_union(side: Side) -> str:
    return f"?union={side.union.code}"


KEEPS_JOBS = KEEP_JOBS  # and who asked for the job
SENDER: tuple[Role, ...] = ()  # who sent the file alone: test_only_the_sender_sees_its_rows
STEPS = ("retain", "withdraw", "deem_withdrawn", "expel", "record_death")
SEE_RELIEF_CONCERNED = (*UNIT, *AREA, *DECIDE_RELIEF)  # not the auditor
RELIEF_STEPS = (
    ("recall", ENTER_RELIEF), ("unit_verify", ENTER_RELIEF), ("visit", VERIFY_RELIEF),
    ("publish", VERIFY_RELIEF), ("area_review", VERIFY_RELIEF), ("return_by_area", VERIFY_RELIEF),
    ("sign", SIGN_RELIEF), ("return_by_chair", SIGN_RELIEF), ("approve", DECIDE_RELIEF),
    ("propose", DECIDE_RELIEF), ("confirm", DECIDE_RELIEF), ("refuse", DECIDE_RELIEF),
    ("return_by_district", DECIDE_RELIEF), ("revoke", DECIDE_RELIEF),
    ("confirm_receipt", FOLLOW_RELIEF), ("hand_over", VERIFY_RELIEF), ("close", VERIFY_RELIEF),
)  # fmt: skip
NOBODY = {
    "healthz": "for the machine that watches; says nothing of anybody",
    "rights:notice": "what anybody may read before giving their data",
    "large": "a cookie for larger type, also before sign-in",
    "account_login": "the sign-in itself",
    "mfa_authenticate": "the second step of the sign-in",
    "relief:check": "算一算, which keeps nothing",
    "relief:notices": "what the public notice is for",
    "relief:object_to": "so that anybody can object to it",
    "alive": "says whether the session lasts, and nothing else",
    "account_logout": "shows a page also to who is signed out already",
}
NOBODYS = {  # what their addresses name
    "rights:notice": {"purpose": "membership"},
    "relief:object_to": {"code": "ABCDEFGHJK"},
}
PAGES: dict[str, list[Page]] = {
    "home": [Page(EVERYONE)],
    "help": [Page(EVERYONE)],
    "privacy": [Page(EVERYONE)],
    "account_change_password": [Page(EVERYONE)],
    "accounts:me": [Page(EVERYONE)],
    "accounts:kin": [Page(EVERYONE)],
    "accounts:remove_kin": [Page(EVERYONE)],
    "accounts:confirm": [Page(EVERYONE)],
    "accounts:factors": [Page(EVERYONE)],
    "accounts:app": [],  # of oneself alone: tests/accounts/test_second_factor.py
    "accounts:key": [],
    "accounts:codes": [Page(EVERYONE)],
    "accounts:new_codes": [],
    "accounts:remove_factor": [],
    "accounts:end_session": [],
    "accounts:leave": [Page(HELP_ACCOUNTS, pk("account"))],
    "accounts:end_leave": [],  # tests/accounts/test_leave.py
    "accounts:act_for": [],
    "accounts:end_others": [],  # of oneself alone: tests/accounts/test_sessions.py
    "accounts:users": [Page(HELP_ACCOUNTS)],
    "accounts:new": [Page(KEEP_ACCOUNTS)],
    "accounts:slips": [Page(KEEP_ACCOUNTS)],
    "accounts:slip": [Page(HELP_ACCOUNTS)],
    "accounts:user": [Page(HELP_ACCOUNTS, pk("account"))],
    "accounts:edit": [Page(KEEP_ACCOUNTS, pk("account"))],
    "accounts:act": [
        Page(roles, lambda s, n=n: {"pk": s.account.pk, "name": n})
        for n, roles in (("disable", KEEP_ACCOUNTS), ("reset", HELP_ACCOUNTS))
    ],
    "members:people": [Page(SEE_PEOPLE)],
    "members:register": [Page(KEEP_PEOPLE)],
    "members:search": [Page(SEE_PEOPLE)],
    "members:save_view": [Page(SEE_PEOPLE, None, lambda side: "?page=people&sex=F")],
    "members:delete_view": [],
    "members:roll": [Page(SEE_PEOPLE, lambda s: {}, of_union)],
    "members:grid": [Page(SEE_GRID)],
    "members:create_union": [Page(KEEP_UNIONS)],
    "members:union": [Page(SEE_GRID, code)],
    "members:edit_union": [Page(KEEP_UNIONS, code)],
    "members:move_union": [Page(KEEP_UNIONS, code)],
    "members:set_validity": [Page(KEEP_UNIONS, code)],
    "members:enterprises": [Page(SEE_PEOPLE)],
    "members:add_enterprise": [Page(KEEP_ENTERPRISES)],
    "members:enterprise": [Page(SEE_PEOPLE, pk("enterprise"))],
    "members:correct_enterprise": [Page(KEEP_ENTERPRISES, pk("enterprise"))],
    "members:relocate": [Page(KEEP_ENTERPRISES, pk("enterprise"))],
    "members:bring_back": [Page(KEEP_ENTERPRISES, pk("enterprise"))],
    "members:add_year": [Page(KEEP_ENTERPRISES, pk("enterprise"))],
    "members:year": [Page(KEEP_ENTERPRISES, lambda s: {"pk": s.enterprise.pk, "year": 2016})],
    "members:size": [Page(KEEP_ENTERPRISES, lambda s: {"pk": s.enterprise.pk, "year": 2016})],
    "members:person": [Page(SEE_PEOPLE, person())],
    "members:correct_person": [Page(KEEP_PEOPLE, person())],
    "members:correct_membership": [Page(KEEP_PEOPLE, person())],
    "members:looks": [Page(SEE_LOOKS, person())],
    "members:print_looks": [Page(SEE_LOOKS, person())],
    "members:card": [Page(REVEAL, person())],
    "members:reveal": [Page(REVEAL, person(field=f)) for f in ("id_number", "mobile", "card")],
    "members:act": [Page(KEEP_PEOPLE, person(name=name)) for name in STEPS],
    "imports:batches": [Page(IMPORT)],
    "imports:upload": [Page(IMPORT)],
    "imports:blank": [
        Page(IMPORT, lambda s, k=k: {"kind": k, "code": s.union.code})
        for k in ("roster", "enterprises")
    ],
    "imports:batch": [Page(IMPORT, pk("batch"))],
    "imports:compared": [
        Page(IMPORT, lambda s, f=f: {"pk": s.batch.pk, "fate": f}) for f in ("changed", "missing")
    ],
    "imports:undo": [Page(IMPORT, pk("imported"))],
    "imports:mend": [Page(SENDER, pk("batch"))],
    "imports:mend_alike": [Page(SENDER, pk("batch"), post_only=True)],
    "imports:run": [Page(IMPORT, pk("batch"), post_only=True)],
    "imports:cancel": [Page(IMPORT, pk("batch"))],
    "imports:failed_rows": [Page(SENDER, pk("batch"), post_only=True)],
    "relief:cases": [Page(SEE_RELIEF)],
    "relief:new": [Page(ENTER_RELIEF)],
    "relief:start": [Page(ENTER_RELIEF, person())],
    **{
        f"relief:{name}": [Page(ENTER_RELIEF, pk("draft"))]
        for name in (
            *("tasks", "family", "contact", "finances", "add_member", "hardship", "bills"),
            *("add_bill", "papers", "account", "ask_advance", "consents", "print_consents"),
        )
    },
    "relief:check_answers": [Page(ENTER_RELIEF, pk("whole"))],
    "relief:sent": [Page(ENTER_RELIEF, pk("handed_in"))],
    "relief:paper": [Page(ENTER_RELIEF, lambda s: {"pk": s.draft.pk, "code": "income"})],
    "relief:member": [Page(ENTER_RELIEF, of_draft(member="relative"))],
    "relief:remove_member": [],  # only once: tests/relief/test_apply_pages.py
    "relief:agree": [Page(ENTER_RELIEF, of_draft(member="relative"))],
    "relief:withdraw_consent": [
        Page(
            ENTER_RELIEF,
            lambda s: of_draft(member="relative")(s) | {"purpose": "relief_finance"},
        )
    ],
    "relief:bill": [Page(ENTER_RELIEF, of_draft(bill="bill"))],
    "relief:remove_bill": [],  # only once: tests/relief/test_apply_pages.py
    "relief:case": [Page(SEE_RELIEF, pk(stage)) for stage in ("handed_in", "signed", "granted")],
    "relief:act": [Page(roles, case("signed", name=n)) for n, roles in RELIEF_STEPS],
    "relief:override": [Page(DECIDE_RELIEF, case("signed", line="papers"))],
    "relief:judge": [Page(DECIDE_RELIEF, lambda s: {"pk": s.signed.pk, "aid": s.alike.pk})],
    "relief:answer": [
        Page(
            VERIFY_RELIEF,
            lambda s: {"pk": s.signed.pk, "objection": s.signed.objections.get().pk},
        )
    ],
    "relief:follow_up": [Page(FOLLOW_RELIEF, case("granted", months=1))],
    "relief:advance": [
        Page(SIGN_RELIEF, case("signed", name="sign_advance")),
        Page(DECIDE_RELIEF, case("signed", name="grant_advance")),
    ],
    "relief:print": [
        *(
            Page(SEE_RELIEF_INSIDE, case("granted", name=n))
            for n in ("application", "approval", "cover")
        ),
        Page(SEE_RELIEF_CONCERNED, case("granted", name="letter")),
    ],
    **{
        f"relief:{name}": [Page(SEE_RELIEF_INSIDE, case("handed_in"))]
        for name in ("refer", "confer")
    },
    **{
        f"relief:{name}": [
            Page(SEE_RELIEF_INSIDE, lambda s: {"pk": s.handed_in.pk, "referral": s.referral.pk})
        ]
        for name in ("note_outcome", "print_referral")
    },
    "relief:print_conference": [
        Page(SEE_RELIEF_INSIDE, lambda s: {"pk": s.handed_in.pk, "conference": s.conference.pk})
    ],
    "relief:pdf": [Page(SEE_RELIEF_INSIDE, case("granted", name="file"))],
    "relief:files": [Page(SEE_RELIEF)],
    "relief:print_files": [Page(SEE_RELIEF_CONCERNED)],
    "relief:file": [Page(SEE_RELIEF, pk("home"))],
    "relief:print_file": [Page(SEE_RELIEF_CONCERNED, pk("home"))],
    "relief:file_act": [
        Page(VERIFY_RELIEF, case("home", name=n))
        for n in ("file_hardship", "review_hardship", "delist")
    ],
    "relief:money": [Page(SEE_FUNDS)],
    "relief:batches": [Page(SEE_FUNDS)],
    "relief:batch": [Page(SEE_FUNDS, pk("bank_batch"))],
    "relief:print_batch": [Page(SEE_FUNDS, pk("bank_batch"))],
    "relief:make_batch": [Page(PAY_RELIEF, pk("fund"), post_only=True)],
    "relief:bank_file": [Page(PAY_RELIEF, pk("bank_batch"), post_only=True)],
    "relief:bank_answer": [Page(PAY_RELIEF, pk("bank_batch"))],
    "relief:pay_again": [Page(PAY_RELIEF, pk("payment"))],
    "relief:reverse": [Page(PAY_RELIEF, pk("payment"))],
    "relief:settle": [Page(PAY_RELIEF, pk("paid_ahead"))],
    "relief:preview": [],  # of the district's fund: tests/relief/test_impact.py
    "relief:advances": [Page(SEE_FUNDS)],
    "relief:recover": [Page(PAY_RELIEF, lambda s: {"pk": s.paid_in_vain.pk})],
    "relief:funds": [Page(SEE_FUNDS)],
    "relief:fund_year": [Page(SEE_FUNDS, lambda s: {"pk": s.fund.pk, "year": s.fund_year.year})],
    "relief:open_fund": [Page(PAY_RELIEF)],
    "relief:add_budget": [Page(PAY_RELIEF, pk("fund"))],
    "reports:reports": [Page(SEE_FIGURES, lambda s: {}, of_union)],
    "reports:make": [Page(MAKE_REPORTS, lambda s: {}, post_only=True)],
    "reports:figure": [
        Page(
            SEE_FIGURES,
            lambda s: {"code": "enterprise_count"},
            lambda s: f"{YEAR}&union={s.union.code}",
        ),
        Page(
            SEE_PEOPLE, lambda s: {"code": "member_count"}, lambda s: f"{YEAR}&union={s.union.code}"
        ),
    ],
    "reports:report": [Page(SEE_FIGURES, pk("report"))],
    "reports:retry": [Page(MAKE_REPORTS, pk("report"), post_only=True)],
    "reports:download": [Page(SEE_PEOPLE, pk("report"))],
    "reports:bulk": [Page(SEE_PEOPLE, pk("report"))],
    "rights:home": [Page(SEE_RIGHTS)],
    "rights:notices": [Page(EVERYONE)],
    "rights:publish": [Page(KEEP_NOTICES)],
    "rights:untold": [Page(KEEP_PEOPLE, lambda s: {}, of_union)],
    "rights:signing": [Page(KEEP_PEOPLE, lambda s: {}, of_union)],
    "rights:lists": [Page(SEE_RETENTION)],
    "rights:retention_list": [],  # belongs to an area: tests/rights/test_retention.py
    "rights:receive": [Page(KEEP_PEOPLE, person())],
    "rights:request": [Page(SEE_RIGHTS, pk("asked"))],
    "rights:receipt": [Page(SEE_RIGHTS, pk("asked"))],
    "rights:copy": [Page(KEEP_PEOPLE, pk("asked"), post_only=True)],
    "rights:decide": [
        *(Page(KEEP_PEOPLE, asked("asked", name)) for name in ("answer", "refuse")),
        *(Page(DECIDE_DELETION, asked("deletion", name)) for name in ("erase", "keep")),
    ],
    "rights:agree": [Page(KEEP_PEOPLE, person(purpose="membership"))],
    "rights:withdraw": [Page(KEEP_PEOPLE, person(purpose="membership"))],
    "reference:holidays": [Page(SEE_REFERENCE)],
    "reference:year": [Page(SEE_REFERENCE, lambda s: {"year": 2027})],
    "reference:edit_year": [Page(KEEP_REFERENCE, lambda s: {"year": 2027})],
    "reference:values": [Page(SEE_REFERENCE)],
    "reference:new": [Page(KEEP_REFERENCE)],
    "reference:edit": [Page(KEEP_REFERENCE, lambda s: {"pk": ReferenceValue.objects.get().pk})],
    "reference:value": [Page(SEE_REFERENCE, lambda s: {"key": "test.value"})],
    "audit:acts": [Page(SEE_AUDIT)],
    "audit:changes": [Page(READ_LOGS)],
    "audit:looks": [Page(READ_LOGS)],
    "audit:seals": [Page(READ_LOGS)],
    "attachments:add": [
        Page(KEEP_PEOPLE, lambda s: {"kind": "members.person", "key": s.member.person_id})
    ],
    "attachments:attachment": [Page(REVEAL, pk("attachment"))],
    "attachments:file": [Page(REVEAL, pk("attachment"))],
    "attachments:page": [Page(REVEAL, lambda s: {"pk": s.scanned.pk, "number": 1})],
    "attachments:thumbnail": [Page(REVEAL, pk("attachment"))],
    "attachments:remove": [Page(KEEP_PEOPLE, pk("attachment"))],
    "exports:files": [Page(EVERYONE)],
    "exports:ask": [
        Page(SEE_PEOPLE, lambda s: {"name": "people"}, of_union),
        Page(SEE_PEOPLE, lambda s: {"name": "enterprises"}, of_union),
        Page(
            SEE_PEOPLE,
            lambda s: {"name": "figure"},
            lambda s: f"{YEAR}&union={s.union.code}&code=member_count",
        ),
    ],
    "exports:file": [Page(SENDER, pk("export"))],
    "exports:download": [Page(SENDER, pk("export"))],
    "exports:delete": [Page(SENDER, pk("export"), post_only=True)],
    "jobs:jobs": [Page(KEEP_JOBS)],
    "jobs:now": [Page(KEEP_JOBS)],
    "jobs:retry_kind": [Page(KEEP_JOBS, lambda s: {"kind": "trace"}, post_only=True)],
    "jobs:progress": [Page(KEEPS_JOBS, pk("job"))],
    "jobs:retry": [Page(KEEPS_JOBS, pk("failed_job"), post_only=True)],
}
DJANGOS_OWN = "admin/"  # for superusers alone: test_only_a_superuser_enters_admin
EVERYBODYS = {
    "jobs:retry_kind",
    "reference:edit",
    "reference:value",
    "reference:year",
    "reference:edit_year",
}  # belong to no union
# Where a union is named in the form, not in the address.
NAMED_IN_FORM = {"reports:make"}
CASES = [(name, n, page) for name, pages in PAGES.items() for n, page in enumerate(pages)]
OBJECTS = [c for c in CASES if c[2].kwargs and c[0] not in EVERYBODYS]


def walk(patterns, prefix="", namespace=""):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            inner = namespace + (f"{pattern.namespace}:" if pattern.namespace else "")
            yield from walk(pattern.url_patterns, prefix + str(pattern.pattern), inner)
        else:
            yield prefix + str(pattern.pattern), namespace + (pattern.name or "")


def address(name: str, page: Page, side: Side) -> str:
    return reverse(name, kwargs=page.kwargs(side) if page.kwargs else {}) + page.query(side)
