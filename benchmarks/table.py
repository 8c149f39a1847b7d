"""What a round found, as lines of one table."""

import json
import os
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

KEEP = "BENCH_RESULTS"  # a file that takes the lines too


class Line(NamedTuple):
    """now: median, least and most over the rounds. goal: what it is held to; at least or at most."""

    what: str
    now: tuple[float, float, float]
    goal: float
    at_least: bool

    @property
    def is_met(self) -> bool:
        return self.now[0] >= self.goal if self.at_least else self.now[0] <= self.goal


def line(what: str, values: Sequence[float], goal: float, *, at_least: bool) -> Line:
    """values: one a round."""
    return Line(what, (statistics.median(values), min(values), max(values)), goal, at_least)


def finish(lines: Sequence[Line]) -> None:
    """Show the lines; keep them where the whole run asks for them."""
    show(lines)
    if target := os.environ.get(KEEP):
        Path(target).write_text(json.dumps(lines))


def kept(path: Path) -> list[Line]:
    return [Line(what, tuple(now), goal, least) for what, now, goal, least in _read(path)]


def _read(path: Path) -> list:
    return json.loads(path.read_text()) if path.exists() else []


def show(lines: Sequence[Line]) -> None:
    print(f"\n{'':46} {'now':>8} {'(least–most)':>18}  {'goal':>14}")
    for found in lines:
        middle, least, most = found.now
        word = "at least" if found.at_least else "at most"
        spread = f"({least:.1f}–{most:.1f})"
        print(
            f"{found.what:46} {middle:8.1f} {spread:>18}  {word} {found.goal:5g}"
            f"  {'' if found.is_met else 'MISSED'}"
        )
