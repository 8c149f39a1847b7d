"""Lines of people. Fifty lines through the template language take longer than all their queries."""

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString

from members.selectors.people import PersonRow
from wanping_union.templatetags.portal import known, lines, status_tag

register = template.Library()
MISSING = known("")
START = (
    '<tr><td class="t nw"><a href="{}">{}</a></td><td data-l="性别" class="v">{}</td>'
    '<td data-l="证件" class="num">{}</td><td data-l="手机" class="num">{}</td>'
)
UNION = '<td data-l="工会" class="v">{}</td>'
FIRM = '<td data-l="单位" class="v">{}</td>'
JOINED = '<td data-l="途径" class="nw">{}</td><td data-l="入会" class="num">{}</td>'
END = '<td class="s">{}</td></tr>'


@register.simple_tag
def people_rows(rows: Iterable[PersonRow], many_unions: bool, joining: bool = True) -> SafeString:
    """The lines of a table. many_unions, joining: with the union, with how and when they joined."""
    line = f"{START}{UNION if many_unions else ''}{FIRM}{JOINED if joining else ''}{END}"
    return lines(line, (_cells(row, many_unions, joining) for row in rows))


def _cells(row: PersonRow, many_unions: bool, joining: bool) -> list[str]:
    return [
        row.url,
        row.name,
        row.sex,
        row.id_number,
        row.mobile or MISSING,
        *((row.union,) if many_unions else ()),
        row.enterprise or "—",
        *((row.route or "—", row.joined_on) if joining else ()),
        status_tag(row.status, row.status_words),
    ]
