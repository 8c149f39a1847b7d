"""Lines of people. Fifty lines through the template language take longer than all their queries."""

from collections.abc import Iterable
from html import escape

from django import template
from django.utils.safestring import SafeString, mark_safe

from members.selectors.people import PersonRow
from wanping_union.templatetags.portal import known, status_tag

register = template.Library()
MISSING = known("")


@register.simple_tag
def people_rows(rows: Iterable[PersonRow], many_unions: bool, joining: bool = True) -> SafeString:
    """The lines of a table. many_unions, joining: with the union, with how and when they joined."""
    return mark_safe("\n".join(_line(row, many_unions, joining) for row in rows))


def _line(row: PersonRow, many_unions: bool, joining: bool) -> str:
    union = f'<td data-l="工会" class="v">{escape(row.union)}</td>' if many_unions else ""
    joined = (
        f'<td data-l="途径" class="nw">{escape(row.route) or "—"}</td>'
        f'<td data-l="入会" class="num">{row.joined_on}</td>'
    )
    return (
        f'<tr><td class="t nw"><a href="{row.url}">{escape(row.name)}</a></td>'
        f'<td data-l="性别" class="v">{escape(row.sex)}</td>'
        f'<td data-l="证件" class="num">{escape(row.id_number)}</td>'
        f'<td data-l="手机" class="num">{escape(row.mobile) or MISSING}</td>'
        f'{union}<td data-l="单位" class="v">{escape(row.enterprise) or "—"}</td>'
        f"{joined if joining else ''}"
        f'<td class="s">{status_tag(row.status, row.status_words)}</td></tr>'
    )
