"""The sample year's clean files, imported once for each test that asks."""

from pathlib import Path

import pytest

from members.imports import KINDS
from tests.factories import make_union
from wanping_union.accounts.models import UnionKind
from wanping_union.imports import services

DATA = Path(__file__).parents[2] / "wanping_union" / "sample" / "data"
BY_NAME = {kind.name: kind for kind in KINDS}
CLEAN = {
    "unions": "unions-2016.xlsx",
    "enterprises": "enterprises-2016.xlsx",
    "roster": "roster-2016.xlsx",
}


def import_sample(kind, file=None, **options):
    name = file or CLEAN[kind]
    options = {"by": None} | options
    return services.import_content(BY_NAME[kind], (DATA / name).read_bytes(), name, **options)


@pytest.fixture
def wanping(database):
    """District and area, as yet without a grid."""
    district = make_union(code="FT", name="丰台区总工会")
    return make_union(district, code="WP", name="宛平城地区总工会", kind=UnionKind.AREA)


@pytest.fixture
def sample(wanping):
    """Twelve unions, 127 enterprises, 1,231 members."""
    for kind in CLEAN:
        outcome = import_sample(kind)
        assert not outcome.problems
    return wanping
