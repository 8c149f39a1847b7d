"""Lines of people. Fifty lines through the template language take longer than all their queries."""

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString

from members.selectors.people import PersonRow
from wanping_union.templatetags.portal import known, status_tag

register = template.Library()
MISSING = known("")
BETWEEN = "\x1f"  # a sign that no keyboard makes


@register.simple_tag
def people_rows(rows: Iterable[PersonRow], many_unions: bool, joining: bool = True) -> SafeString:
    """The lines of a table. many_unions, joining: with the union, with how and when they joined."""
    return SafeString("\n".join(_line(row, many_unions, joining) for row in map(_escaped, rows)))


def _escaped(row: PersonRow) -> PersonRow:
    """The texts of a line, escaped at once: one by one is mostly calls."""
    pk, *texts = row
    found = escape(BETWEEN.join(texts)).split(BETWEEN)
    return PersonRow(pk, *(found if len(found) == len(texts) else map(escape, texts)))


def _line(row: PersonRow, many_unions: bool, joining: bool) -> str:
    union = f'<td data-l="工会" class="v">{row.union}</td>' if many_unions else ""
    joined = (
        f'<td data-l="途径" class="nw">{row.route or "—"}</td>'
        f'<td data-l="入会" class="num">{row.joined_on}</td>'
        if joining
        else ""
    )
    return (
        f'<tr><td class="t nw"><a href="{row.url}">{row.name}</a></td>'
        f'<td data-l="性别" class="v">{row.sex}</td>'
        f'<td data-l="证件" class="num">{row.id_number}</td>'
        f'<td data-l="手机" class="num">{row.mobile or MISSING}</td>'
        f'{union}<td data-l="单位" class="v">{row.enterprise or "—"}</td>{joined}'
        f'<td class="s">{status_tag(row.status, row.status_words)}</td></tr>'
    )
