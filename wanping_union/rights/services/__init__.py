"""One function per act; the modules go by subject."""

from wanping_union.rights.services.consents import agree, give, give_all, move, withdraw
from wanping_union.rights.services.notices import publish

__all__ = ["agree", "give", "give_all", "move", "publish", "withdraw"]
