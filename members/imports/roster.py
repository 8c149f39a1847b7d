"""The roster: people and their memberships, from one row each."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import compress
from typing import Any

from members.imports import roster_sql
from members.imports.places import Enterprises, Unions, write_keys
from members.imports.roster_beside import RosterBeside, people
from members.imports.roster_fields import (
    FIELDS,
    LABELS,
    SIMPLE,
    converters,
    other_id,
    remembering,
)
from members.imports.roster_sql import Plain
from members.models import Enterprise, Membership, Person, Standing
from members.rules import IdType, Sex
from wanping_union.accounts.models import Union
from wanping_union.crypto import hasher, sealer
from wanping_union.imports import cells
from wanping_union.imports.cells import BadCell
from wanping_union.imports.kinds import (
    Columns,
    Context,
    Counts,
    Kind,
    Loader,
    NumberedCells,
    Part,
    Problem,
)
from wanping_union.imports.reading import Cell
from wanping_union.imports.staging import NULL, Lines, array, binary, quoted, stage
from wanping_union.names import search_keys
from wanping_union.roles import IMPORT

CHECKED_TYPES = (NULL, IdType.RESIDENT_ID, IdType.HMT_PERMIT)  # GB 11643 numbers
CARD_TWICE = "这个京卡卡号与第 {} 行重复。请核对后改正其中一处；不清楚可先留空。"
ABOUT_PERSON = {LABELS[key] for key in ("name", "id_type", "id_number", "sex", "born_on")}

Place = tuple[str, str]  # ids of the union and of the enterprise
NOWHERE: Place = NULL, NULL


class Roster:
    """Reads rows into the staging table, a column at a time."""

    lines: Lines[Plain]

    def __init__(
        self,
        context: Context,
        unions: Unions,
        load: roster_sql.Load,
        beside: RosterBeside | None,
    ) -> None:
        self._today = context.today
        self._unions = unions
        self._enterprises = Enterprises()
        self._load = load
        self._beside = beside
        self._convert = converters(context.today)
        self._hash_id, self._hash_mobile, self._hash_card = map(
            hasher, ("id_number", "mobile", "card")
        )
        self._places: dict[tuple[Cell, Cell, str], Place] = {}
        self._rows: dict[str, int] = {}  # by hash of ID number
        self._cards: dict[str, int] = {}

    def take(self, rows: Sequence[NumberedCells]) -> Mapping[int, list[Problem]]:
        batch = Columns(rows, LABELS)
        values = {key: batch.column(key, convert) for key, convert in self._convert.items()}
        names, mobiles, cards = values["name"], values["mobile"], values["card"]
        numbers = batch.column("id_number", self._number, values["id_type"])
        self._read_numbers(batch, numbers, values)
        hashes = [binary(self._hash_id(number)) if number else NULL for number in numbers]
        once = self._once(batch, hashes)
        places = self._find_places(batch, values["uscc"], once)
        card_hashes = [
            self._card(batch, row, card) if card and first else NULL
            for row, card, first in zip(batch.rows, cards, once, strict=True)
        ]
        columns = zip(
            hashes,
            map(str, batch.rows),
            ["t" if row in batch.problems else "f" for row in batch.rows],
            values["id_type"],
            [quoted(name) if name else NULL for name in names],
            values["sex"],
            map(str, values["born_on"]),
            [binary(self._hash_mobile(mobile)) if mobile else NULL for mobile in mobiles],
            [mobile[-4:] for mobile in mobiles],
            card_hashes,
            *zip(*places, strict=True),
            *(values[key] for key in SIMPLE),
            strict=True,
        )
        plain = map(Plain, names, numbers, mobiles, cards)
        staged = [bool(number and first) for number, first in zip(numbers, once, strict=True)]
        self.lines.extend(
            compress(columns, staged), compress(zip(batch.rows, plain, strict=True), staged)
        )
        return batch.problems

    def _number(self, cell: Cell, id_type: str) -> str:
        if id_type in CHECKED_TYPES:
            return cells.id_number(cell, self._today)
        return other_id(cell)

    def _read_numbers(
        self, batch: Columns, numbers: Sequence[str], values: Mapping[str, list[Any]]
    ) -> None:
        """Birth and sex as the ID numbers have them; a cell that says otherwise is a problem."""
        births, sexes = values["born_on"], values["sex"]
        for n, (number, id_type) in enumerate(zip(numbers, values["id_type"], strict=True)):
            if not number or id_type not in CHECKED_TYPES:
                continue
            birth, sex = cells.birth_and_sex(number)
            if sexes[n] != sex and sexes[n]:
                problem = BadCell("id_sex_mismatch", value=Sex(sex).label)
                batch.note(batch.rows[n], "sex", problem)
            if births[n] != birth and births[n]:
                batch.note(batch.rows[n], "born_on", BadCell("id_birth_mismatch", value=birth))
            births[n], sexes[n] = birth, sex

    def _once(self, batch: Columns, hashes: Sequence[str]) -> list[bool]:
        """Whether no row before has the number; of one that has it nothing more is said."""
        once = []
        for row, hashed in zip(batch.rows, hashes, strict=True):
            first = self._rows.setdefault(hashed, row) if hashed else row
            once.append(first == row)
            if first != row:
                batch.note(row, "id_number", BadCell("duplicate_in_file", value=first))
                problems = batch.problems[row]
                problems[:] = [found for found in problems if found.column in ABOUT_PERSON]
        return once

    def _find_places(
        self, batch: Columns, codes: Sequence[str], wanted: Sequence[bool]
    ) -> list[Place]:
        named = zip(batch.cells("union"), batch.cells("enterprise"), codes, strict=True)
        return [
            (self._places.get(names) or self._find_place(batch, row, *names)) if want else NOWHERE
            for row, names, want in zip(batch.rows, named, wanted, strict=True)
        ]

    def _find_place(
        self, batch: Columns, row: int, union_cell: Cell, name: Cell, code: str
    ) -> Place:
        try:
            union = self._unions.find(union_cell)
        except BadCell as bad:
            batch.note(row, "union", bad)
            return NOWHERE
        try:
            enterprise_id = self._enterprises.find(code, name, union.pk)
        except BadCell as bad:
            batch.note(row, "enterprise" if name else "uscc", bad)
            return str(union.pk), NULL
        found = self._places[union_cell, name, code] = str(union.pk), str(enterprise_id or NULL)
        return found

    def _card(self, batch: Columns, row: int, card: str) -> str:
        """The hash of a card; one that another row has is a problem."""
        hashed = binary(self._hash_card(card))
        if (first := self._cards.setdefault(hashed, row)) != row:
            sentence = CARD_TWICE.format(first)
            batch.problems[row].append(Problem(LABELS["card"], "duplicate_in_file", sentence))
        return hashed

    def settle(self) -> Iterator[tuple[int, Problem]]:
        return self._load.problems()

    def write(self) -> Counts:
        if self._beside:
            self._beside.finish()
        return self._load.counts

    def remarks(self) -> list[str]:
        return self._load.remarks


def name_people(ids: Sequence[int]) -> None:
    """Make the search keys of people whose names went back."""
    write_keys(Person.objects.filter(pk__in=ids))


def sealing() -> Callable[[Plain], tuple[str, ...]]:
    """What encrypts and spells the rows that are new or changed."""
    id_number, mobile, card = (
        sealer(f"members_person.{key}") for key in ("id_number", "mobile", "card")
    )
    keys = remembering(lambda name: array(search_keys(str(name))))

    def sealed(seal: Callable[[bytes], bytes], value: str) -> str:
        return binary(seal(value.encode())) if value else NULL

    def seal(plain: Plain) -> tuple[str, ...]:
        return (
            sealed(id_number, plain.id_number),
            sealed(mobile, plain.mobile),
            sealed(card, plain.card),
            keys(plain.name),
        )

    return seal


@contextmanager
def load(context: Context) -> Iterator[Loader]:
    unions = Unions(context.unions)
    beside = RosterBeside(context.comparison, LABELS) if context.comparison else None
    sql = roster_sql.Load(unions.is_within, sealing(), beside)
    roster = Roster(context, unions, sql, beside)
    with stage(roster_sql.TABLE, roster_sql.COLUMNS, sql) as roster.lines:
        yield roster


def options(union: Union) -> Mapping[str, Sequence[str]]:
    """Drop-downs of a union's own blank workbook."""
    within = Union.objects.within(union).base().order_by("code")
    enterprises = Enterprise.objects.filter(union__in=within).order_by("name")
    return {
        "union": list(within.values_list("name", flat=True)),
        "enterprise": list(enterprises.values_list("name", flat=True)),
    }


ROSTER = Kind(
    name="roster",
    label="会员名册",
    noun="名会员",
    roles=IMPORT,
    fields=FIELDS,
    loader=load,
    list_page="members:people",
    shown=people,
    parts=(
        Part(
            Person,
            resealed=("id_number", "mobile", "card"),
            settled_by="name",
            settle=name_people,
        ),
        Part(Membership, owner="person"),
        Part(Standing, owner="membership"),
    ),
    people=Person,
    options=options,
)
