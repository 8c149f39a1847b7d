"""What the home page is made of; apps offer functions that return these."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """One number: how my union stands. url: the page of its rows."""

    label: str
    value: str
    unit: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class ToDo:
    """Something for this person. days_left: None without a date, negative when overdue."""

    title: str
    text: str
    url: str
    days_left: int | None = None
