"""Numbers turned into the lengths of bars, columns and shades that templates/_parts draw."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10

Number = int | float | Decimal

SHADES = 5
PLOT = 180  # height of the columns, px
HEAD = 22  # room above them for the totals, px
FOOT = 26  # room below them for the labels, px


@dataclass(frozen=True)
class Bar:
    """One row of a bar table; value None means unknown and draws no bar.

    width: SVG length, percent of the longest bar.
    """

    label: str
    value: Number | None
    url: str
    width: str


def bars(rows: Iterable[tuple[str, Number | None, str]]) -> list[Bar]:
    """Horizontal bars from (label, value or None, address or "")."""
    rows = list(rows)
    top = max((float(value) for _, value, _ in rows if value is not None), default=0.0)
    return [Bar(label, value, url, percent(value or 0, top)) for label, value, url in rows]


@dataclass(frozen=True)
class Block:
    """One coloured part of a column; x, width in percent, y, height in px."""

    x: str
    width: str
    y: float
    height: float
    series: int
    words: str


@dataclass(frozen=True)
class Label:
    """A word under, or a total above, a column."""

    x: str
    y: float
    text: str


@dataclass(frozen=True)
class Columns:
    """A chart of stacked columns, ready to draw without a viewBox."""

    title: str
    height: int
    base: int
    blocks: list[Block]
    totals: list[Label]
    labels: list[Label]
    lines: list[float]
    series: list[tuple[int, str]]
    table: list[tuple[str, list[Number | None]]]


def columns(
    title: str, labels: Sequence[str], series: Sequence[tuple[str, Sequence[Number | None]]]
) -> Columns:
    """Stacked columns: one per label, one colour per (name, values) of series, at most six.

    An unknown value (None) takes no height and its total is a dash when nothing is known.
    """
    base = HEAD + PLOT
    table = [(label, [values[place] for _, values in series]) for place, label in enumerate(labels)]
    top = round_up(max((float(known_sum(values)) for _, values in table), default=0.0))
    step = 100 / max(len(labels), 1)
    blocks: list[Block] = []
    totals: list[Label] = []
    for place, (label, values) in enumerate(table):
        y = float(base)
        for number, value in enumerate(values):
            height = PLOT * float(value or 0) / top
            y -= height
            if height:
                words = f"{label} {series[number][0]} {value}"
                x = f"{step * (place + 0.2):.2f}%"
                block = Block(
                    x, f"{step * 0.6:.2f}%", round(y, 1), round(height, 1), number + 1, words
                )
                blocks.append(block)
        unknown = all(value is None for value in values)
        text = "—" if unknown else f"{known_sum(values):,}"
        totals.append(Label(middle(place, step), round(y - 6, 1), text))
    return Columns(
        title=title,
        height=base + FOOT,
        base=base,
        blocks=blocks,
        totals=totals,
        labels=[Label(middle(place, step), base + 18, label) for place, label in enumerate(labels)],
        lines=[HEAD + PLOT * quarter / 4 for quarter in range(4)],
        series=[(number, name) for number, (name, _) in enumerate(series, 1)],
        table=table,
    )


def shades(values: Sequence[Number | None]) -> list[int]:
    """A shade from 0 to 4 for each value, by equal steps up to the largest; unknown is 0."""
    top = max((float(value) for value in values if value is not None), default=0.0)
    if top <= 0:
        return [0] * len(values)
    return [min(SHADES - 1, floor(SHADES * float(value or 0) / top)) for value in values]


def percent(value: Number, top: float) -> str:
    """An SVG length: value as a share of top."""
    return f"{100 * float(value) / top:.2f}%" if top > 0 else "0%"


def middle(place: int, step: float) -> str:
    return f"{step * (place + 0.5):.2f}%"


def known_sum(values: Iterable[Number | None]) -> Decimal:
    return sum((Decimal(str(value)) for value in values if value is not None), Decimal(0))


def round_up(top: float) -> float:
    """The next 1, 2, 4, 5 or 10 times a power of ten; 1 for nothing."""
    if top <= 0:
        return 1.0
    size: float = 10.0 ** floor(log10(top))
    return next(nice * size for nice in (1, 2, 4, 5, 10) if nice * size >= top)
