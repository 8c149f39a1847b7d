"""The unions above the grid, and everybody's accounts."""

from datetime import date

from wanping_union.accounts.models import Grant, Union, UnionKind, User
from wanping_union.audit import log
from wanping_union.sample.people import ACCOUNTS, AREA, DISTRICT, PASSWORD

LONG_AGO = date(2000, 1, 1)


def load_tops() -> None:
    """The district federation and, under it, the area's."""
    above: Union | None = None
    for (code, name), kind in ((DISTRICT, UnionKind.DISTRICT), (AREA, UnionKind.AREA)):
        union = Union.objects.create(
            code=code, name=name, kind=kind, parent=above, path=code, valid_from=LONG_AGO
        )
        union.path = f"{above.path if above else ''}{union.pk}/"
        union.save(update_fields=["path"])
        log.write("create_union", "建立工会", by=None, record=union, union=union)
        above = union


def load_accounts(chairs: dict[str, str]) -> None:
    """chairs: code of a union to its chair's name, for accounts that leave the name blank."""
    unions = {union.code: union for union in Union.objects.all()}
    for account in ACCOUNTS:
        union = unions[account.union_code]
        user = User.objects.create_user(
            account.username, password=PASSWORD, name=account.name or chairs[union.code]
        )
        Grant.objects.create(user=user, union=union, role=account.role)
        log.write("create_account", "建立账号", by=None, record=user, union=union)
