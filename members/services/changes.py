"""Saving what differs and saying it in words, for the audit."""

from collections.abc import Mapping
from typing import Any

from django.db import models

from members.models import Membership
from wanping_union.errors import Refused


def write_changes(record: models.Model, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Save the columns that differ. Returns {label: [before, after]} in words."""
    differing = [name for name, value in values.items() if getattr(record, name) != value]
    changed = {}
    for name in differing:
        before = shown(record, name)
        setattr(record, name, values[name])
        changed[label(record, name)] = [before, shown(record, name)]
    if differing:
        stamp = [f.name for f in record._meta.fields if f.name == "updated_at"]
        record.save(update_fields=[*differing, *stamp])
    return changed


def check_unchanged(record: Any, as_of: str) -> None:
    """Raises Refused if the record was saved after the form was opened.

    as_of: the record's updated_at then, in ISO format; "" for a caller without a form.
    """
    if as_of and record.updated_at.isoformat() != as_of:
        raise Refused("您打开这一页以后，这条记录又被修改过。请重新打开这一页，看看最新内容再改。")


def label(record: models.Model, name: str) -> str:
    """What a column is called on pages."""
    return next(str(f.verbose_name) for f in record._meta.fields if f.name == name)


def shown(record: models.Model, name: str) -> str:
    """A value in words: the label of a choice, the name of a record."""
    display = getattr(record, f"get_{name}_display", None)
    value = display() if display else getattr(record, name)
    return "" if value is None else str(value)


def check_usable(membership: Membership) -> None:
    """Raises Refused for data that are only kept, not used. Basis: PIPL Art. 47 (D-14)."""
    if membership.restricted_on:
        raise Refused("本人已要求限制处理，资料只作保存。本人重新同意后才能继续办理。")
