"""The vocabulary of status changes. Pure: no models."""

from dataclasses import dataclass

from wanping_union.roles import Role


@dataclass(frozen=True)
class Step:
    """One allowed move of a record.

    name: imperative verb; it names the service, the URL and the audit row.
    label: the button.
    roles: who may do it, for the record's union or a union above it.
    sources: statuses the record may be in.
    target: status it has afterwards.
    basis: article of the rule that allows it; "" if none.
    """

    name: str
    label: str
    roles: tuple[Role, ...]
    sources: tuple[str, ...]
    target: str
    basis: str = ""
