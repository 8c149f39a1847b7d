"""Acts about accounts in the audit."""

from collections.abc import Mapping

from wanping_union.accounts.models import User
from wanping_union.audit import log


def write(
    name: str,
    label: str,
    account: User | None,
    *,
    by: User | None,
    changed: Mapping[str, list[str]] | None = None,
    note: str = "",
) -> None:
    """Write one act under the highest union of the account, in which its keepers will look."""
    grants = account.grants.select_related("union") if account else []
    union = min((grant.union for grant in grants), key=lambda union: len(union.path), default=None)
    log.write(name, label, by=by, record=account, union=union, changed=changed, note=note)
