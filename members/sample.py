"""The sample year's registry: the same workbooks, through the same imports a user has."""

from collections.abc import Mapping
from pathlib import Path

from members.models import UnionProfile
from wanping_union.imports import services
from wanping_union.imports.kinds import Kind

FILES = {
    "unions": "unions-2016.xlsx",
    "enterprises": "enterprises-2016.xlsx",
    "roster": "roster-2016.xlsx",
}
# Row and column of each tile: roughly where the places lie.
TILES = {
    "WP05": (1, 1),
    "WP02": (1, 2),
    "WP08": (1, 3),
    "WP04": (2, 1),
    "WP01": (2, 2),
    "WP07": (2, 3),
    "WP11": (2, 4),
    "WP09": (3, 1),
    "WP03": (3, 2),
    "WP10": (3, 3),
    "WP12": (3, 4),
    "WP06": (4, 2),
}


def load(kinds: Mapping[str, Kind], folder: Path) -> None:
    """Import unions, enterprises and people from the workbooks in the folder."""
    for kind, name in FILES.items():
        content = (folder / name).read_bytes()
        outcome = services.import_content(kinds[kind], content, name, by=None)
        if outcome.problems:
            raise ValueError(f"{name}: {next(iter(outcome.errors()))}")
    for code, (row, column) in TILES.items():
        UnionProfile.objects.filter(union__code=code).update(tile_row=row, tile_column=column)


def chairs() -> dict[str, str]:
    """Code of each union to its chair's name."""
    return dict(UnionProfile.objects.values_list("union__code", "chair_name"))
