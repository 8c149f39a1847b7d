"""Numbered pages of a list."""

from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page

from members.views.listing import Pager


def pager(page: Page[Any], noun: str, **query: str) -> Pager:
    """query: what goes along in the address."""
    words = f"共 {page.paginator.count:,} {noun}"
    shown = f"第 {page.start_index()}–{page.end_index()} 行" if page.has_other_pages() else ""
    before = _url(page.previous_page_number(), query) if page.has_previous() else ""
    after = _url(page.next_page_number(), query) if page.has_next() else ""
    return Pager(words, before, after, shown)


def _url(number: int, query: dict[str, str]) -> str:
    return f"?{urlencode({**query, 'page': number})}"
