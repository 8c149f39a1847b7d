"""Finds the union and the enterprise that a row names, among those its sender may name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Model, QuerySet

from members.models import Enterprise
from members.services.changes import label, shown
from wanping_union.accounts.models import Union, UnionKind
from wanping_union.imports import cells
from wanping_union.imports.kinds import Misfit
from wanping_union.imports.reading import Cell
from wanping_union.names import fold, search_keys

Changes = dict[str, list[str]]
UNKNOWN_UNION = "没有找到工会“{}”。请填写工会的全称或代码，与工会网格里的一致。"
TWO_UNIONS = "有几个工会都叫“{}”。请改填工会代码。"
NOT_YOUR_UNION = "“{}”不在您这次导入的范围内。请只留自己工会的行，其他的请由该工会导入。"
UNKNOWN_ENTERPRISE = (
    "企业台账里没有“{}”。请核对名称，或填写统一社会信用代码，或先在企业台账里登记。"
)
TWO_ENTERPRISES = "企业台账里有几家“{}”。请填写统一社会信用代码。"
OTHER_CODE = "企业台账里“{}”的统一社会信用代码不是这个。请核对名称和代码。"


class Unions:
    """Unions by code or name.

    scope: ids that rows may name; None for no limit.
    """

    def __init__(self, scope: frozenset[int] | None) -> None:
        self._scope = scope
        self._found: dict[Cell, Union] = {}
        self._by_code: dict[str, Union] = {}
        self._by_name: dict[str, list[Union]] = defaultdict(list)
        for union in Union.objects.select_related("parent"):
            self.add(union)

    def add(self, union: Union) -> None:
        self._by_code[union.code.upper()] = union
        self._by_name[fold(union.name)].append(union)

    def by_code(self, code: str) -> Union | None:
        return self._by_code.get(code.upper())

    def is_within(self, union: Union) -> bool:
        return self._scope is None or union.pk in self._scope

    def find(self, cell: Cell) -> Union:
        """Raises BadCell: required, unknown_union, not_your_union."""
        found = self._found.get(cell)
        if found is None:
            found = self._found[cell] = self._find(cells.required(cells.text(cell, 80)))
        return found

    def _find(self, written: str) -> Union:
        by_code = self.by_code(written)
        named = [by_code] if by_code else self._by_name.get(fold(written), [])
        if not named:
            raise Misfit("unknown_union", UNKNOWN_UNION.format(written))
        mine = [union for union in named if self.is_within(union)]
        if not mine:
            raise Misfit("not_your_union", NOT_YOUR_UNION.format(written))
        if len(mine) > 1:
            raise Misfit("unknown_union", TWO_UNIONS.format(written))
        return mine[0]


def area_paths() -> dict[int, str]:
    """Path of the area (or of the district, where there is none) above each union."""
    unions = Union.objects.order_by("path").values_list("pk", "path", "kind")
    area = ""
    paths = {}
    for pk, path, kind in unions:
        if kind == UnionKind.AREA:
            area = path
        paths[pk] = area if area and path.startswith(area) else path.split("/", 1)[0]
    return paths


class Enterprises:
    """Enterprises by credit code, else by name in the union, else by a name unique in the area."""

    def __init__(self) -> None:
        self._areas = area_paths()
        self._by_code: dict[str, int] = {}
        self._in_union: dict[tuple[int, str], list[int]] = defaultdict(list)
        self._in_area: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._code_of: dict[int, str | None] = {}
        rows = Enterprise.objects.values_list("pk", "uscc", "name", "union_id")
        for pk, code, name, union_id in rows.iterator(chunk_size=5000):
            self._add(pk, code, fold(name), union_id)

    def _add(self, pk: int, code: str | None, name: str, union_id: int) -> None:
        self._code_of[pk] = code
        if code:
            self._by_code[code] = pk
        self._in_union[union_id, name].append(pk)
        self._in_area[self._areas[union_id], name].append(pk)

    def find(self, code: str, cell: Cell, union_id: int) -> int | None:
        """Id of the enterprise; None where neither code nor name is given.

        Raises BadCell: unknown_enterprise, text_too_long.
        """
        name = cells.text(cell, 120)
        if found := self._by_code.get(code):
            return found
        if not name:
            if code:
                raise Misfit("unknown_enterprise", UNKNOWN_ENTERPRISE.format(code))
            return None
        return self._named(code, name, union_id)

    def _named(self, code: str, name: str, union_id: int) -> int:
        folded = fold(name)
        named = self._in_union.get((union_id, folded)) or self._in_area.get(
            (self._areas[union_id], folded), []
        )
        if not named:
            raise Misfit("unknown_enterprise", UNKNOWN_ENTERPRISE.format(name))
        fitting = self._fitting(named, code)
        if not fitting:
            raise Misfit("unknown_enterprise", OTHER_CODE.format(name))
        if len(fitting) > 1:
            raise Misfit("unknown_enterprise", TWO_ENTERPRISES.format(name))
        return fitting[0]

    def _fitting(self, named: Iterable[int], code: str) -> list[int]:
        """Those that a code unknown to the ledger may belong to: the ones without any."""
        return [pk for pk in named if not code or not self._code_of[pk]]


def assign(record: Model, values: Mapping[str, Any], labels: Mapping[str, str]) -> Changes:
    """Set the values. Returns {label: [before, after]} of those that are new, in words."""
    changes = {}
    for key, value in values.items():
        if getattr(record, key, None) != value:
            before = shown(record, key)
            setattr(record, key, value)
            changes[labels.get(key) or label(record, key)] = [before, shown(record, key)]
    return changes


def write_keys(named: "QuerySet[Any]") -> None:
    """Make the search keys of records anew from their names."""
    found = list(named.only("name", "keys"))
    for record in found:
        record.keys = search_keys(record.name)
    named.model.objects.bulk_update(found, ["keys"], batch_size=500)
