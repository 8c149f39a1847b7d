"""What the auditor reads beside the acts: changes in words, looks, seals."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import Any, NamedTuple
from uuid import UUID

from django.apps import apps
from django.db.models import Field, Model, QuerySet

from wanping_union.accounts.models import User
from wanping_union.audit import tables
from wanping_union.audit.models import Act, Change, Look, Op, Seal
from wanping_union.audit.selectors import Links, moment
from wanping_union.crypto import EncryptedField
from wanping_union.roles import READ_LOGS

HIDDEN = "（已加密）"
DIGEST = "（只记摘要）"
VEIL = "（不显示）"
VERIFIED = "verify_audit"  # the act that the command leaves
LONGEST = 80  # characters of a value


def may_read(user: User) -> bool:
    """An auditor of the district: these logs belong to no single union."""
    return any(grant.role in READ_LOGS and grant.union.parent_id is None for grant in user.held)


class Cell(NamedTuple):
    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    change: Change
    who: str
    what: str  # the table in words
    url: str  # of the record, "" where there is none to open
    cells: list[Cell]


def changes(
    *,
    table: str = "",
    by: User | None = None,
    since: date | None = None,
    until: date | None = None,
    key: str = "",
    request: UUID | None = None,
) -> QuerySet[Change]:
    """since, until: real days, both inclusive. key: of the row. request: of one request's rows."""
    found = Change.objects.all()
    given = {"tbl": table, "actor": by.pk if by else "", "key": key, "request_id": request or ""}
    found = found.filter(**{name: value for name, value in given.items() if value != ""})
    return _between(found, since, until)


def looks(
    *,
    by: User | None = None,
    since: date | None = None,
    until: date | None = None,
    person: int | None = None,
) -> QuerySet[Look]:
    """person: a key that the look named."""
    found = Look.objects.all()
    if by:
        found = found.filter(by=by)
    if person:
        # Their keys first: PostgreSQL takes anybody to be in one look of two hundred, and would
        # read the newest of all until it has a page of them.
        keys = Look.objects.filter(ids__contains=[person]).values_list("pk", flat=True)
        found = found.filter(pk__among=list(keys))
    return _between(found, since, until)


def _between(rows: QuerySet[Any], since: date | None, until: date | None) -> QuerySet[Any]:
    if since:
        rows = rows.filter(at__gte=moment(since, time.min))
    if until:
        rows = rows.filter(at__lte=moment(until, time.max))
    return rows


def table_words() -> list[tuple[str, str]]:
    """(table, in words), by words."""
    pairs = ((m._meta.db_table, _words(m)) for m in tables.models_of())
    return sorted(pairs, key=lambda pair: pair[1])


def _words(model: type[Model]) -> str:
    return tables.WORDS.get(model._meta.label, model._meta.label)


def lines(rows: Iterable[Change], user: User, links: Links) -> list[Line]:
    """Changes in words, each with the address of its record where the auditor may open it."""
    rows = list(rows)
    models = {model._meta.db_table: model for model in tables.models_of()}
    names = dict(User.objects.filter(pk__in={r.actor for r in rows}).values_list("pk", "name"))
    urls = _urls(rows, models, user, links)
    return [
        Line(
            row,
            names.get(row.actor or 0, "系统"),
            _words(models[row.tbl]) if row.tbl in models else row.tbl,
            urls.get((row.tbl, row.key), ""),
            _cells(row, models.get(row.tbl)),
        )
        for row in rows
    ]


def records(rows: Iterable[Change]) -> Iterator[tuple[str, str, str]]:
    """Each row's record as the acts name it: ("members.person", ":", "42")."""
    models = {model._meta.db_table: model for model in tables.models_of()}
    for row in rows:
        if row.tbl in models:
            yield models[row.tbl]._meta.label_lower, ":", row.key


def named(rows: QuerySet[Change], links: Links) -> Iterator[tuple[type[Model], set[int]]]:
    """Whose records the changes are of: a model of links, and keys."""
    for model in map(apps.get_model, links):
        keys = rows.filter(tbl=model._meta.db_table).order_by().values_list("key", flat=True)
        yield model, set(map(int, keys))


def _urls(
    rows: list[Change], models: dict[str, type[Model]], user: User, links: Links
) -> dict[tuple[str, str], str]:
    found = {}
    for table in {row.tbl for row in rows} & models.keys():
        label = models[table]._meta.label_lower
        if label in links:
            keys = {row.key for row in rows if row.tbl == table}
            for record in links[label](user).filter(pk__in=keys):
                found[table, str(record.pk)] = record.get_absolute_url()
    return found


def _cells(row: Change, model: type[Model] | None) -> list[Cell]:
    fields: dict[str | None, Any] = (
        {f.column: f for f in model._meta.concrete_fields} if model else {}
    )
    label = model._meta.label if model else ""
    instead = dict.fromkeys(tables.DIGESTED.get(label, ()), DIGEST)
    instead |= dict.fromkeys(tables.VEILED.get(label, ()), VEIL)
    cells = []
    for column, value in sorted(row.diff.items()):
        field = fields.get(column)
        before, after = value if row.op == Op.UPDATE else (value, None)
        shown = [_shown(part, field, instead.get(column, "")) for part in (before, after)]
        cells.append(Cell(_label(field, column), shown[0], shown[1] if row.op == Op.UPDATE else ""))
    return cells


def _label(field: "Field[Any, Any] | None", column: str) -> str:
    """The field in words, or what its column is known to hold."""
    words = str(field.verbose_name) if field else ""
    if words and not words.isascii():
        return words
    return tables.COLUMNS.get(column) or tables.OTHER.format(column)


def _shown(value: object, field: object, instead: str) -> str:
    if value is None:
        return "空"
    if instead:
        return instead
    if isinstance(field, EncryptedField) or str(value).startswith("\\x"):
        return HIDDEN
    return str(value)[:LONGEST]


def seen_words(look: Look) -> str:
    """What kind of thing a look named, in words: 会员."""
    label = apps.get_model(look.model)._meta.label
    return tables.WORDS.get(label, label)


def last_seal() -> Seal | None:
    return Seal.objects.order_by("-pk").first()


def last_verified() -> Act | None:
    return Act.objects.filter(name=VERIFIED).order_by("-at", "-pk").first()
