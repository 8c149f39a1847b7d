"""What the apps offer to the rights of a person; `portal` composes it. Pure: no models of its own.

Whoever keeps people (members) says who they are and what restricting and erasing means there;
every app that holds something says what it holds and why it may have to keep it.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from wanping_union.accounts.models import Union, User

UNTOLD = 300  # people on one page: as many as one collects signatures of


@dataclass(frozen=True)
class Subject:
    """A person of the registry. key: keyed hash of the ID number."""

    pk: int
    key: bytes
    name: str
    union: Union
    url: str
    restricted_on: date | None = None
    erased_on: date | None = None


class Section(NamedTuple):
    """A part of the copy that a person gets. notes: said below the table."""

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]
    note: str = ""


Act = Callable[..., None]  # (subject, *, by, note)


class Found(NamedTuple):
    """A record past its time. since: when that was; as_of: its state now, to see if it moves."""

    record: int
    union: Union
    since: date
    as_of: str


@dataclass(frozen=True)
class Expiring:
    """One kind of record that a list may hold. keep: rule of privacy.KEEPS.

    due: what is past its time on a day. words: (what it is, url) by record. erase: (record, as_of,
    by, note, offers); raises Refused for one that has changed or may not go.
    """

    rule: str
    keep: str
    label: str
    due: Callable[[date], Iterator[Found]]
    words: Callable[[Collection[int]], Mapping[int, tuple[str, str]]]
    erase: Callable[..., None]


@dataclass(frozen=True)
class Offers:
    """find: the person of that id, if the user may see them. restricted: people kept only.

    untold: members of a union without an open consent to membership, the newest UNTOLD, by name.
    copies: what is held of a person, in clear. holds: why the person may not be erased yet, "" if
    they may. look: as audit.log.look, for these people. restrict, lift, forget_card, erase: acts of
    the app that keeps people.
    """

    find: Callable[[User, int], Subject | None]
    restricted: Callable[[User], list[Subject]]
    untold: Callable[[Union], list[Subject]]
    copies: tuple[Callable[[Subject], list[Section]], ...]
    holds: tuple[Callable[[Subject], str], ...]
    look: Callable[..., None]
    restrict: Act
    lift: Act
    forget_card: Act
    erase: tuple[Act, ...]
    expiring: tuple[Expiring, ...]

    def why_kept(self, subject: Subject) -> str:
        """The first reason not to erase this person; "" if there is none."""
        return next((words for hold in self.holds if (words := hold(subject))), "")
