"""What files may be attached to: each kind of record, and who may add and open them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from wanping_union.accounts.models import Union, User
from wanping_union.roles import Role


@dataclass(frozen=True)
class Holder:
    """model: of the records. visible_to: those a person may open. union: whose one record is.

    labels: what a file can be, as chosen from a list. keepers: who adds and removes files.
    viewers: who opens them, for they show what lists mask.
    """

    model: type[Model]
    visible_to: Callable[[User], QuerySet[Any]]
    union: Callable[[Any], Union]
    labels: Sequence[str]
    keepers: tuple[Role, ...]
    viewers: tuple[Role, ...]

    @property
    def name(self) -> str:
        """As audit rows name it: "members.person"."""
        return self.model._meta.label_lower


Holders = Mapping[str, Holder]
