"""The sample year's clean files, imported for each test that asks, or once for a module."""

from pathlib import Path

import pytest

from members.imports import KINDS
from tests.factories import make_union
from wanping_union.accounts.models import Union, UnionKind
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


def make_wanping() -> Union:
    district = make_union(code="FT", name="丰台区总工会")
    return make_union(district, code="WP", name="宛平城地区总工会", kind=UnionKind.AREA)


def make_sample() -> None:
    for kind in CLEAN:
        assert not import_sample(kind).problems


@pytest.fixture(scope="module")
def sample_year(around_module) -> None:
    """The sample for a whole module (usefixtures), whose tests then share it."""
    make_wanping()
    make_sample()


@pytest.fixture
def wanping(request, database) -> Union:
    """District and area, as yet without a grid."""
    shared = "sample_year" in request.fixturenames
    return Union.objects.get(code="WP") if shared else make_wanping()


@pytest.fixture
def sample(request, wanping) -> Union:
    """Twelve unions, 127 enterprises, 1,231 members."""
    if "sample_year" not in request.fixturenames:
        make_sample()
    return wanping
