"""What several pages about accounts show."""

from collections.abc import Iterable

from django.utils import timezone

from wanping_union.accounts.models import User
from wanping_union.audit.models import Act, name_of


def entries(acts: Iterable[Act], account: User) -> list[dict[str, str]]:
    """Acts by or about the account as the timeline shows them, without naming it each time."""
    tones = {"sign_in_failed": "warn", "lock_account": "bad"}
    itself = name_of(account)
    return [
        {
            "when": f"{timezone.localtime(act.at):%Y-%m-%d %H:%M}",
            "title": act.label,
            "text": "\n".join(
                filter(None, ["" if act.record == itself else act.record_words, act.note])
            ),
            "by": "" if act.by_id == account.pk else act.by_name,
            "tone": tones.get(act.name, ""),
        }
        for act in acts
    ]
