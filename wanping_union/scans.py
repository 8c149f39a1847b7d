"""Many figures by one statement: rows that several of them need are read once.

PostgreSQL adds the rows of every scan up union by union: no more than a line for each union comes
back, however many rows there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Aggregate, F, QuerySet

from wanping_union.accounts.models import Union


@dataclass
class Scan:
    """Rows to read once, and what to measure over them."""

    rows: "QuerySet[Any]"  # unions, or of a model with a union
    measures: dict[int, Aggregate] = field(default_factory=dict)  # by a number of the reader's

    def statement(self) -> tuple[str, tuple[Any, ...]]:
        """One row a union: its id, then the measures."""
        owner = "pk" if self.rows.model is Union else "union"
        measured = {f"m{number}": measure for number, measure in self.measures.items()}
        grouped = self.rows.order_by().values(owner=F(owner)).annotate(**measured)
        sql, params = grouped.query.sql_with_params()
        return sql, tuple(params)


def read(scans: Sequence[Scan]) -> dict[int, dict[int, Any]]:
    """What was measured, by the union's id and the measure's number; None where it had no rows."""
    if not scans:
        return {}
    texts, params = zip(*(scan.statement() for scan in scans), strict=True)
    first, *others = (f"({text}) s{n}" for n, text in enumerate(texts))
    joined = "".join(f" full join {other} using (owner)" for other in others)
    numbers = [number for scan in scans for number in scan.measures]
    with connection.cursor() as cursor:
        cursor.execute(f"select * from {first}{joined}", sum(params, ()))
        return {owner: dict(zip(numbers, row, strict=True)) for owner, *row in cursor.fetchall()}
