"""What each staged row of a roster means for the person it names, for who looks before loading."""

import json
from array import array
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.db import connection
from psycopg import Cursor

from members.imports.roster_sql import ROWS, SEALED
from members.models import Membership, Person
from members.rules import HELD, Education, Household, IdType, Route, Sex
from wanping_union.accounts.models import User
from wanping_union.crypto import masked_card, masked_mobile, unseal
from wanping_union.imports.comparing import Beside, Comparison
from wanping_union.imports.kinds import Shown
from wanping_union.imports.models import Fate

SEEN = f"select array_agg(f.person_id), array_agg(distinct s.union_id) from {ROWS}"

FATES = f"""
select f.row, f.known_id, f.act = 'join', (f.person_differs or f.membership_differs) is true,
    case when f.act = 'join' then s.name end
from {ROWS} order by f.row
"""

CHANGES = f"""
select f.row, jsonb_strip_nulls(jsonb_build_object(
    'name', case when s.name <> p.name then jsonb_build_array(p.name, s.name) end,
    'sex', case when s.sex <> p.sex then jsonb_build_array(p.sex, s.sex) end,
    'born_on', case when s.born_on <> p.born_on then jsonb_build_array(p.born_on, s.born_on) end,
    'id_type', case when s.id_type <> p.id_type then jsonb_build_array(p.id_type, s.id_type) end,
    'ethnicity', case when s.ethnicity <> p.ethnicity
        then jsonb_build_array(p.ethnicity, s.ethnicity) end,
    'education', case when s.education <> p.education
        then jsonb_build_array(p.education, s.education) end,
    'household', case when s.household <> p.household
        then jsonb_build_array(p.household, s.household) end,
    'mobile', case when s.mobile_hash <> coalesce(p.mobile_hash, '')
        then jsonb_build_array(p.mobile, sealed.mobile) end,
    'card', case when s.card_hash <> coalesce(p.card_hash, '')
        then jsonb_build_array(p.card, sealed.card) end,
    'enterprise', case when f.membership_differs and s.enterprise_id is distinct from
        m.enterprise_id and s.enterprise_id is not null
        then jsonb_build_array(before.name, after.name) end,
    'joined_on', case when f.membership_differs and s.joined_on <> m.joined_on
        and not m.is_transfer_in then jsonb_build_array(m.joined_on, s.joined_on) end,
    'route', case when f.membership_differs and s.route <> m.route
        then jsonb_build_array(m.route, s.route) end,
    'occupation', case when f.membership_differs and s.occupation <> m.occupation
        then jsonb_build_array(m.occupation, s.occupation) end,
    'remark', case when f.membership_differs and s.remark <> m.remark
        then jsonb_build_array(m.remark, s.remark) end))
from {ROWS} join {SEALED} sealed using (row)
join members_person p on p.id = f.known_id
join members_membership m on m.id = f.membership_id
left join members_enterprise before on before.id = m.enterprise_id
left join members_enterprise after on after.id = s.enterprise_id
where f.act <> 'join' and (f.person_differs or f.membership_differs)
"""

MISSING = """
select m.person_id from members_membership m
where m.union_id = any(%s) and m.is_current and m.status = any(%s)
    and not exists (select from unnest(%s::bigint[]) seen (id) where seen.id = m.person_id)
order by m.union_id, m.person_id
"""


def _sealed(column: str, mask: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: mask(unseal(bytes.fromhex(text[2:]), f"members_person.{column}").decode())


def _label(choices: type[Education | Household | IdType | Route | Sex]) -> Callable[[str], str]:
    return lambda value: str(choices(value).label)


WORDS: Mapping[str, Callable[[str], str]] = {
    "sex": _label(Sex),
    "id_type": _label(IdType),
    "education": _label(Education),
    "household": _label(Household),
    "route": _label(Route),
    "mobile": _sealed("mobile", masked_mobile),
    "card": _sealed("card", masked_card),
}


class RosterBeside:
    """labels: what a column is called, by key."""

    def __init__(self, comparison: Comparison, labels: Mapping[str, str]) -> None:
        self._comparison = comparison
        self._labels = labels
        self._seen = array("q")
        self._unions: set[int] = set()

    def saw(self, cursor: Cursor) -> None:
        """Note whom the chunk names, good row or bad."""
        people, unions = cursor.execute(SEEN).fetchone() or (None, None)
        self._seen.extend(people or ())
        self._unions.update(union for union in unions or () if union)

    def chunk(self, cursor: Cursor) -> None:
        """Note what becomes of the good rows of the chunk. Nothing may be written of it yet."""
        changes = {row: json.loads(found) for row, found in cursor.execute(CHANGES).fetchall()}
        for row, pk, is_new, differs, name in cursor.execute(FATES).fetchall():
            if is_new:
                self._comparison.add(Fate.NEW, Beside(row, pk, name))
            elif differs:
                words = self._words(changes[row])
                self._comparison.add(Fate.CHANGED, Beside(row, pk, "", words))
            else:
                self._comparison.add(Fate.UNCHANGED, Beside(row, pk))

    def _words(self, changes: Mapping[str, Iterable[str | None]]) -> dict[str, list[str]]:
        return {
            self._labels[key]: [_said(key, value) for value in pair]
            for key, pair in changes.items()
        }

    def finish(self) -> None:
        """Note who is held by a union that the file names, and is not in the file."""
        if not self._comparison.is_whole:
            return
        with connection.cursor() as cursor:
            cursor.execute(MISSING, [list(self._unions), list(HELD), list(self._seen)])
            self._comparison.add_missing([pk for (pk,) in cursor.fetchall()])


def _said(key: str, value: Any) -> str:
    if not value:
        return ""
    return WORDS[key](value) if key in WORDS else str(value)


def people(user: User, ids: Iterable[int]) -> dict[int, Shown]:
    """Those of the people that the person may see, by id."""
    seen = Person.objects.visible_to(user).filter(pk__in=ids)
    held = Membership.objects.filter(is_current=True, person__in=seen)
    return {
        m.person_id: Shown(m.person.name, m.union.name, m.get_absolute_url())
        for m in held.select_related("person", "union")
    }
