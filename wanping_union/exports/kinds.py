"""What can be exported: the rows of a list in named columns, and who may have them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Model

from wanping_union.accounts.models import User
from wanping_union.roles import Role

Query = Mapping[str, str]  # filters as in the list's address; a search text under "q"
Row = tuple[Any, ...]
TEXT, DATE, NUMBER = "text", "date", "number"


class Column(NamedTuple):
    """width: in characters. holds: TEXT, DATE or NUMBER."""

    label: str
    width: int = 14
    holds: str = TEXT


@dataclass(frozen=True)
class Found:
    """What a query finds for a person at this moment.

    rows(clear): (key of the record, *cells), masked unless clear; read by a server-side cursor.
    conditions: the filters in words. people: the model whose keys the rows bear, where they are
    about people; secrets: headings that `clear` opens. named: kinds of records that the rows name
    beside that, and their keys. All go into the read audit.
    """

    columns: Sequence[Column]
    count: Callable[[], int]
    rows: Callable[[bool], Iterator[Row]]
    conditions: Sequence[str] = ()
    people: type[Model] | None = None
    secrets: Sequence[str] = ()
    named: Callable[[], Iterable[tuple[type[Model], Iterable[int]]]] = tuple


@dataclass(frozen=True)
class Export:
    """name: stable, stands in addresses. noun: measure word of a row. page: name of the list's URL.

    find: None where the query names something the person may not see. clear_roles: who may have
    full numbers, giving a reason.
    """

    name: str
    label: str
    noun: str
    roles: tuple[Role, ...]
    page: str
    find: Callable[[User, Query], Found | None]
    clear_roles: tuple[Role, ...] = ()

    def rows(self, user: User, query: Query, clear: bool) -> Iterator[Row]:
        """(key, *cells) of what the person's list shows; nothing where they may not see it."""
        found = self.find(user, query)
        return found.rows(clear) if found else iter(())
