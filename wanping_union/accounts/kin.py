"""回避: people declare who they are and who their relatives are, kept as keyed hashes alone.

Source: 慈善法 (2023) Art. 59; contract of who does what: nobody acts on a relative's case.
"""

from collections.abc import Iterable

from django.db import transaction

from wanping_union.accounts import journal
from wanping_union.accounts.models import User
from wanping_union.crypto import keyed_hash
from wanping_union.errors import NotAllowed


@transaction.atomic
def declare(user: User, *, by: User, id_number: str, relatives: Iterable[str]) -> None:
    """Put one's own ID number and the relatives' in place of those declared before.

    Numbers are normalised and checked by the form. Raises NotAllowed for somebody else's account.
    """
    if by.pk != user.pk:
        raise NotAllowed(f"{by.pk} may not declare for {user.pk}")
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.id_hash = keyed_hash("id_number", id_number)
    locked.relatives = sorted({keyed_hash("id_number", number) for number in relatives})
    locked.save(update_fields=["id_hash", "relatives"])
    journal.write("declare_kin", "申报本人和亲属（回避）", locked, by=by)
