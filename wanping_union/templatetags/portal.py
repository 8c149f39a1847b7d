"""What templates say often: icons, cards, status tags, masked values, numbers in words."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache, lru_cache
from html import escape
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from django import template
from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from wanping_union.accounts.sessions import TOKEN

register = template.Library()

# Paths on a 24-pixel grid, drawn with a stroke; our own.
ICONS = {
    "home": "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
    "people": "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6"
    "M16 4.4a3.4 3.4 0 0 1 0 6.3M18 14.4c2.2.8 3.5 2.8 3.5 5.6",
    "user": "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c0-4 3.4-6.5 7.5-6.5s7.5 2.5 7.5 6.5",
    "building": "M5 21V4h9v17M14 9h5v12M3 21h18M8 8h3M8 12h3M8 16h3M16.5 13h.01M16.5 17h.01",
    "grid": "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
    "map": "M9 4L3 6.5V20l6-2.5 6 2.5 6-2.5V4l-6 2.5zM9 4v13.5M15 6.5V20",
    "upload": "M12 16V4M7 9l5-5 5 5M4 15v5h16v-5",
    "download": "M12 4v12M7 11l5 5 5-5M4 15v5h16v-5",
    "chart": "M4 20h16M7 20v-7M12 20V5M17 20v-10",
    "file": "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
    "shield": "M12 3l7 3v5.5c0 4.4-2.9 7.7-7 9.5-4.1-1.8-7-5.1-7-9.5V6zM9 12l2.2 2.2L15 10.2",
    "settings": "M4 7h9M17 7h3M4 17h3M11 17h9M15 9.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z"
    "M9 19.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4z",
    "search": "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM20.5 20.5L16 16",
    "logout": "M10 4H5v16h5M15 8l4 4-4 4M19 12H9",
    "print": "M7 9V3h10v6M7 17H4V9h16v8h-3M7 14h10v7H7z",
    "edit": "M4 20l1-4.5L15.5 5 19 8.5 8.5 19zM13 7.5l3.5 3.5",
    "plus": "M12 5v14M5 12h14",
    "check": "M5 12.5l4.5 4.5L19 7.5",
    "alert": "M12 4l9.5 16h-19zM12 10v4.5M12 17.2v.1",
    "info": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v5.5M12 7.6v.1",
    "clock": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5.2l3.3 2",
    "eye": "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"
    "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
    "eye-off": "M4 4l16 16M9.5 5.9A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a17 17 0 0 1-2.7 3.4"
    "M14.5 17.9A9 9 0 0 1 12 18.5C6 18.5 2.5 12 2.5 12a17 17 0 0 1 3.5-4.2"
    "M10 10a3 3 0 0 0 4.1 4.1",
    "key": "M8 16.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12.5 12H21v4M17 12v3",
    "list": "M9 6h11M9 12h11M9 18h11M4.5 6h.01M4.5 12h.01M4.5 18h.01",
    "menu": "M4 6.5h16M4 12h16M4 17.5h16",
    "phone": "M7.5 3h9a1.5 1.5 0 0 1 1.5 1.5v15a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 "
    "6 19.5v-15A1.5 1.5 0 0 1 7.5 3zM11 18h2",
    "flag": "M5 21V4h13l-2.5 4.5L18 13H5",
    "heart": "M12 20S4 15.3 4 9.3A4.3 4.3 0 0 1 12 7a4.3 4.3 0 0 1 8 2.3C20 15.3 12 20 12 20z",
    "calendar": "M4 6h16v14H4zM4 10.5h16M8.5 3v4M15.5 3v4",
    "history": "M4 12a8 8 0 1 0 2.6-5.9M4 4v4.5h4.5M12 8v4.3l3 1.9",
    "left": "M15 5l-7 7 7 7",
    "right": "M9 5l7 7-7 7",
    "down": "M5 9l7 7 7-7",
    "up": "M5 15l7-7 7 7",
    "filter": "M4 5h16l-6.2 7.5V19l-3.6-2v-4.5z",
    "link": "M10 14a4 4 0 0 0 5.7 0l3.2-3.2a4 4 0 0 0-5.7-5.7L12 6.3"
    "M14 10a4 4 0 0 0-5.7 0l-3.2 3.2a4 4 0 0 0 5.7 5.7l1.2-1.2",
    "x": "M6 6l12 12M18 6L6 18",
    "text": "M4 7V4.5h11V7M9.5 4.5V19M7 19h5M16 13h5M18.5 13v6",
    "transfer": "M4 8h15M15 4l4 4-4 4M20 16H5M9 12l-4 4 4 4",
    "card": "M3 6h18v13H3zM3 10.5h18M7 15h4",
    "bell": "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 2h-15zM10 21h4",
    "help": "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.6 2.3"
    "c-.7.4-1.1.9-1.1 1.7M12 16.7v.1",
}

# The one place that decides how a state looks; a tone may also be given directly.
TONES = {
    "info": (
        "info queued running submitted in_transfer in_progress reviewing"
        " unit_verified visited publicity area_reviewed signed district_reviewed"
    ),
    "ok": "ok active done valid approved created verified paid receipt_confirmed handed_over",
    "warn": "warn pending draft waiting due unverified retained updated returned",
    "bad": "bad failed rejected overdue locked error expelled refused",
    "plain": "plain",
}
SOON = 7  # days; a deadline this near is shown as a warning
TONE = {code: tone for tone, codes in TONES.items() for code in codes.split()}


@register.simple_tag(takes_context=True)
def form_token(context: Context) -> SafeString:
    """The hidden field that makes a form safe to send twice, and nobody else's (web.once)."""
    owner = getattr(context.get("user"), "pk", None) or ""
    return format_html('<input type="hidden" name="{}" value="{}:{}">', TOKEN, uuid4(), owner)


@register.simple_tag
def site_name() -> str:
    return str(settings.PORTAL_NAME)


@register.simple_tag
@cache
def drawn(part: str) -> SafeString:
    """A part that is the same on every page, for everybody: drawn once."""
    return render_to_string(part)


# What differs from one request to the next in a part that is drawn once for many.
CSRF, HERE = uuid4().hex, uuid4().hex


@register.simple_tag(takes_context=True)
def top(context: Context) -> SafeString:
    """The bar over every page, drawn once for all requests of one person."""
    shell = context["shell"]
    # Each form that chooses a union has a token of its own, which is drawn only once.
    part = _draw_top(shell, context["user"]) if shell.choices else _top(shell)
    request = context.get("request")
    here = quote(request.get_full_path(), safe="") if request else ""
    return mark_safe(part.replace(CSRF, str(context.get("csrf_token", ""))).replace(HERE, here))


def _draw_top(shell: Any, user: Any = None) -> str:
    context = {"shell": shell, "user": user, "csrf_token": CSRF, "here": HERE}
    return render_to_string("_parts/top.html", context)


_top = lru_cache(maxsize=1024)(_draw_top)


def lines(line: str, rows: Iterable[Iterable[str]]) -> SafeString:
    """format_html_join for texts alone. Its look at every value for what is written late, as
    translations are, takes three times as long as the page's database.

    line: with a {} for each text of a row.
    """
    return mark_safe("\n".join(line.format(*map(_escaped, row)) for row in rows))


def _escaped(text: str) -> str:
    return text if isinstance(text, SafeString) else escape(text)


@register.simple_tag
@lru_cache(maxsize=512)
def address(name: str, *args: object) -> str:
    """As `url`, remembered: finding a page's address takes as long as drawing a table's line."""
    return reverse(name, args=args)


@register.simple_tag
@cache  # few names and labels, many uses
def icon(name: str, label: str = "") -> SafeString:
    """A drawn icon; silent to screen readers unless it has a label of its own."""
    if label:
        return format_html(
            '<svg class="icon" viewBox="0 0 24 24" role="img" aria-label="{}"><path d="{}"/></svg>',
            label,
            ICONS[name],
        )
    return format_html(
        '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{}"/></svg>',
        ICONS[name],
    )


@register.simple_block_tag
def card(
    content: str,
    title: str = "",
    hint: str = "",
    url: str = "",
    action: str = "查看全部",
    kind: str = "",
    id: str = "",
) -> SafeString:
    """A section with a heading, an optional link at the right and any content."""
    anchor = format_html(' id="{}"', id) if id else ""
    heading = format_html("<h2>{}</h2>", title) if title else ""
    if url:
        heading += format_html('<a class="more" href="{}">{}</a>', url, action)
    if hint:
        heading += format_html('<p class="hint">{}</p>', hint)
    head = format_html("<header>{}</header>", mark_safe(heading)) if heading else ""
    return format_html(
        '<section class="card {}"{}>{}<div class="body">{}</div></section>',
        kind,
        anchor,
        head,
        content,
    )


@register.simple_tag
@lru_cache(maxsize=512)
def status_tag(code: object, label: object) -> SafeString:
    """A state in a word, with the colour and shape that TONE gives its code."""
    return format_html('<span class="tag {}">{}</span>', TONE.get(str(code), ""), label)


@register.simple_tag
def days_left(days: int | None) -> SafeString:
    """A tag for a deadline so many days away; negative is overdue, None has no deadline."""
    if days is None:
        return SafeString("")
    if days < 0:
        return status_tag("bad", f"逾期 {-days} 天")
    if days == 0:
        return status_tag("warn", "今天到期")
    return status_tag("warn" if days <= SOON else "info", f"还剩 {days} 天")


@register.inclusion_tag("_parts/secret.html")
def secret(masked: str, url: str = "", label: str = "证件号码") -> dict[str, str]:
    """A masked value with a link to the page that asks for a reason and shows it."""
    return {"masked": masked, "url": url, "label": label}


@register.filter
def known(value: object, word: str = "待补") -> object:
    """The value, or the word for a missing one."""
    if value is None or value == "":
        return format_html('<span class="missing">{}</span>', word)
    return value


@register.filter
def amount(value: int | float | Decimal | None) -> str:
    """A number with thousands separators, as it stands; a dash for none."""
    return "—" if value is None else f"{value:,}"
