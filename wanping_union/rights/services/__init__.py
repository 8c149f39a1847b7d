"""One function per act; the modules go by subject."""

from wanping_union.rights.services.consents import agree, give, give_all, move, withdraw
from wanping_union.rights.services.notices import publish
from wanping_union.rights.services.requests import (
    answer,
    erase,
    erase_person,
    give_copy,
    keep,
    receive,
    refuse,
    subject_of,
)

__all__ = [
    "agree",
    "answer",
    "erase",
    "erase_person",
    "give",
    "give_all",
    "give_copy",
    "keep",
    "move",
    "publish",
    "receive",
    "refuse",
    "subject_of",
    "withdraw",
]
