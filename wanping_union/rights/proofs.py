"""Consents and requests past their time, for the list. Basis: 个人信息保护法 Art. 56."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any

from wanping_union import clock
from wanping_union.accounts.models import User
from wanping_union.audit import log
from wanping_union.deadlines import add_months
from wanping_union.errors import Refused
from wanping_union.reference import services as reference
from wanping_union.rights.models import Consent, Request
from wanping_union.rights.registry import Expiring, Found, Offers
from wanping_union.rights.rules import PROOF_YEARS

TOUCHED = "列入清单后又有改动，已留下。"


def _ended_before(today: date) -> date | None:
    """What ended on this day or earlier is past its time; None while no period is set."""
    years = reference.value(PROOF_YEARS, today)
    return None if years is None else add_months(today, -12 * int(years))


def _due(model: type[Consent] | type[Request], ended: str) -> Callable[[date], Iterator[Found]]:
    def due(today: date) -> Iterator[Found]:
        limit = _ended_before(today)
        if limit is None:
            return
        rows: Any = model._default_manager.filter(**{f"{ended}__lt": limit})
        for row in rows.select_related("union").order_by("pk"):
            end = getattr(row, ended)
            yield Found(row.pk, row.union, end, str(end))

    return due


def _words(
    model: type[Consent] | type[Request],
) -> Callable[[Collection[int]], Mapping[int, tuple[str, str]]]:
    def words(records: Collection[int]) -> Mapping[int, tuple[str, str]]:
        rows: Any = model._default_manager.filter(pk__in=records)
        return {row.pk: (str(row), "") for row in rows}

    return words


def _erase(model: type[Consent] | type[Request], ended: str, label: str) -> Callable[..., None]:
    def erase(record: int, *, as_of: str, by: User, note: str, offers: Offers) -> None:
        rows: Any = model._default_manager.select_for_update(of=("self",)).select_related("union")
        row = rows.filter(pk=record).first()
        limit = _ended_before(clock.today())
        if row is None or str(getattr(row, ended)) != as_of or limit is None:
            raise Refused(TOUCHED)
        log.write(
            "erase_proof", f"删除到期的记录：{label}", by=by, record=row, union=row.union, note=note
        )
        row.delete()

    return erase


EXPIRING = tuple(
    Expiring(
        rule=f"proof.{name}",
        keep="proof",
        label=label,
        due=_due(model, ended),
        words=_words(model),
        erase=_erase(model, ended, label),
    )
    for name, label, model, ended in (
        ("consent", "撤回的同意", Consent, "withdrawn_on"),
        ("request", "已答复的请求", Request, "decided_on"),
    )
)
