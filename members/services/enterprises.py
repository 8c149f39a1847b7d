"""Keeping the ledger of enterprises: facts, years, size by evidence, place."""

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction

from members import sizes
from members.models import Enterprise, EnterpriseYear
from members.rules import Place
from members.services.changes import check_unchanged, write_changes
from wanping_union import clock, names
from wanping_union.accounts.models import Union, User
from wanping_union.audit import log
from wanping_union.errors import NotAllowed, Refused
from wanping_union.roles import KEEP_ENTERPRISES, role_words

TAKEN = "这个统一社会信用代码已经登记在另一家单位名下，请核对。"
FIRST_YEAR = 1990


def _check_keeper(by: User, union: Union) -> None:
    if not by.may(KEEP_ENTERPRISES, union):
        raise NotAllowed(
            f"{by.pk} may not keep enterprises of {union.pk}", who=role_words(KEEP_ENTERPRISES)
        )


def _locked(enterprise: Enterprise, by: User) -> Enterprise:
    rows = Enterprise.objects.select_for_update(of=("self",)).select_related("union")
    found = rows.get(pk=enterprise.pk)
    _check_keeper(by, found.union)
    return found


@transaction.atomic
def add_enterprise(
    *,
    by: User,
    union: Union,
    name: str,
    uscc: str,
    industry_code: str,
    industry: str,
    covered_from: date | None,
    address: str,
) -> Enterprise:
    """Enter an enterprise. Raises NotAllowed, and Refused for a code that is taken."""
    _check_keeper(by, union)
    try:
        with transaction.atomic():
            enterprise = Enterprise.objects.create(
                union=union,
                name=name,
                uscc=uscc or None,
                industry_code=industry_code,
                industry=industry,
                covered_from=covered_from,
                address=address,
                keys=names.search_keys(name),
            )
    except IntegrityError:
        raise Refused(TAKEN) from None
    log.write("add_enterprise", "登记企业", by=by, record=enterprise, union=union)
    return enterprise


@transaction.atomic
def correct_enterprise(
    enterprise: Enterprise,
    *,
    by: User,
    union: Union,
    name: str,
    uscc: str,
    industry_code: str,
    industry: str,
    covered_from: date | None,
    address: str,
    as_of: str = "",
) -> None:
    """Mend the facts; a new industry gives every year its size anew.

    as_of: as in check_unchanged. Raises NotAllowed, and Refused for a code that is taken.
    """
    enterprise = _locked(enterprise, by)
    _check_keeper(by, union)
    check_unchanged(enterprise, as_of)
    values = {
        "union": union,
        "name": name,
        "uscc": uscc or None,
        "industry_code": industry_code,
        "industry": industry,
        "covered_from": covered_from,
        "address": address,
    }
    try:
        with transaction.atomic():
            changed = write_changes(enterprise, values)
    except IntegrityError:
        raise Refused(TAKEN) from None
    enterprise.keys = names.search_keys(name)
    enterprise.save(update_fields=["keys"])
    for year in enterprise.years.select_for_update():
        year.size = _size(enterprise, year)
        year.save(update_fields=["size"])
    log.write(
        "correct_enterprise", "更正企业信息", by=by, record=enterprise, union=union, changed=changed
    )


def _size(enterprise: Enterprise, year: EnterpriseYear) -> sizes.Size:
    industry = sizes.industry_of(enterprise.industry_code, enterprise.industry)
    return sizes.classify(industry, year.headcount, year.revenue, year.assets)


@transaction.atomic
def save_year(
    enterprise: Enterprise,
    *,
    by: User,
    year: int,
    headcount: int | None,
    revenue: Decimal | None,
    assets: Decimal | None,
) -> None:
    """Add or correct what the enterprise reported for one year, and classify it.

    revenue, assets: 万元. Raises NotAllowed, and Refused for a year that has not come.
    """
    if not FIRST_YEAR <= year <= clock.today().year:
        raise Refused(f"年度应在 {FIRST_YEAR} 到 {clock.today().year} 之间。")
    enterprise = _locked(enterprise, by)
    row = enterprise.years.filter(year=year).first() or EnterpriseYear(
        enterprise=enterprise, year=year
    )
    before = [row.headcount, row.revenue, row.assets]
    row.headcount, row.revenue, row.assets = headcount, revenue, assets
    row.size = _size(enterprise, row)
    row.save()
    labels = ("从业人员（人）", "营业收入（万元）", "资产总额（万元）")
    after = [headcount, revenue, assets]
    pairs = zip(labels, before, after, strict=True)
    changed = {k: ["" if v is None else str(v) for v in (b, a)] for k, b, a in pairs if b != a}
    log.write(
        "save_year",
        f"填写 {year} 年度数据",
        by=by,
        record=enterprise,
        union=enterprise.union,
        changed=changed,
    )


@transaction.atomic
def override_size(row: EnterpriseYear, *, by: User, size: str, evidence: str) -> None:
    """Set the size of one year by evidence; an empty size goes back to the table's.

    Raises NotAllowed, and Refused without evidence.
    """
    enterprise = _locked(row.enterprise, by)
    if size and not evidence:
        raise Refused("人工认定要写明依据，例如文件名称和日期。")
    row = enterprise.years.select_for_update().get(pk=row.pk)
    before = row.size_shown.label
    row.size_override = size
    row.override_evidence = evidence if size else ""
    row.override_by = by if size else None
    row.save(update_fields=["size_override", "override_evidence", "override_by"])
    log.write(
        "override_size",
        f"人工认定 {row.year} 年度规模" if size else f"取消 {row.year} 年度规模的人工认定",
        by=by,
        record=enterprise,
        union=enterprise.union,
        changed={"规模": [before, row.size_shown.label]},
        note=evidence,
    )


@transaction.atomic
def relocate(enterprise: Enterprise, *, by: User, on: date, note: str = "") -> None:
    """The enterprise has moved out of the area. Raises NotAllowed, Refused."""
    enterprise = _locked(enterprise, by)
    if on > clock.today():
        raise Refused("外迁日期不能晚于今天。")
    if enterprise.covered_from and on < enterprise.covered_from:
        raise Refused(f"外迁日期不能早于工会覆盖日期（{enterprise.covered_from}）。")
    changed = write_changes(enterprise, {"place": Place.RELOCATED, "relocated_on": on})
    log.write(
        "relocate",
        "登记外迁",
        by=by,
        record=enterprise,
        union=enterprise.union,
        changed=changed,
        note=note,
    )


@transaction.atomic
def bring_back(enterprise: Enterprise, *, by: User, note: str = "") -> None:
    """The enterprise is inside the area again, or its moving was a mistake. Raises NotAllowed."""
    enterprise = _locked(enterprise, by)
    changed = write_changes(enterprise, {"place": Place.INSIDE, "relocated_on": None})
    log.write(
        "bring_back",
        "登记迁回",
        by=by,
        record=enterprise,
        union=enterprise.union,
        changed=changed,
        note=note,
    )
