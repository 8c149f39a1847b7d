"""What lists share: chips of the chosen filters, saved views, the pager."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.http import Http404
from django.urls import reverse

from members.selectors.paging import Page
from members.selectors.people import Saved


class Link(NamedTuple):
    label: str
    url: str


@dataclass(frozen=True)
class Pill:
    label: str
    url: str
    current: bool
    count: str | None = None


class Pager(NamedTuple):
    words: str
    prev_url: str
    next_url: str
    range: str = ""


def iso(day: date | None) -> str:
    """2016-12-30, or nothing."""
    return day.isoformat() if day else ""


def scoped(form: forms.Form) -> None:
    """A filter by somebody else's union or enterprise finds no page."""
    if is_elsewhere(form):
        raise Http404


def is_elsewhere(form: forms.Form) -> bool:
    """Whether a filter names a union or enterprise that the person does not act for."""
    return bool({"union", "enterprise"} & set(form.errors))


def query_of(form: forms.Form) -> dict[str, str]:
    """The filters in use as they stand in the URL, valid ones only."""
    if not form.is_bound:
        return {}
    form.is_valid()
    return {name: form.data[name] for name, value in form.cleaned_data.items() if value}


def as_query(query: Mapping[str, str]) -> str:
    """One spelling for one set of filters."""
    return urlencode(sorted(query.items()))


def save_url(page: str, query: Mapping[str, str]) -> str:
    """The page that gives the present filters a name; "" where there are none."""
    return f"{reverse('members:save_view')}?{urlencode({**query, 'page': page})}" if query else ""


def chosen(form: forms.Form, kept: Mapping[str, str]) -> list[Link]:
    """A chip for each filter in use, linking to the list without it. kept: goes along."""
    query = query_of(form)
    return [
        Link(f"{form.fields[name].label}：{_shown(form, name)}", _url(query, kept, without=name))
        for name in query
    ]


def _url(query: Mapping[str, str], kept: Mapping[str, str], without: str) -> str:
    rest = {name: value for name, value in {**query, **kept}.items() if name != without}
    return f"?{urlencode(rest)}"


def _shown(form: forms.Form, name: str) -> str:
    value = form.cleaned_data[name]
    choices: Any = getattr(form.fields[name], "choices", ())
    if isinstance(value, str):
        return str(dict(choices).get(value, value))
    return str(value)


def pills(
    path: str,
    query: Mapping[str, str],
    fixed: Iterable[tuple[str, Mapping[str, str]]],
    saved: Iterable[Saved],
) -> list[Pill]:
    """Ready-made views and the person's own; the one whose filters are in use is current."""
    now = as_query(query)
    ready = [(label, as_query(values)) for label, values in fixed]
    own = [(view.name, view.query) for view in saved]
    return [
        Pill(label, f"{path}?{text}" if text else path, text == now) for label, text in ready + own
    ]


def pager(page: Page, words: str, query: Mapping[str, str]) -> Pager:
    def url(name: str, cursor: str) -> str:
        return f"?{urlencode({**query, name: cursor})}" if cursor else ""

    return Pager(words, url("before", page.first), url("after", page.last))
