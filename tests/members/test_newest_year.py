"""What the ledger filters by follows the newest year, whatever path wrote."""

import pytest
from django.db import connection

from members.models import Enterprise, EnterpriseYear
from tests.factories import make_enterprise


def copied(firm: Enterprise) -> tuple[str, int | None]:
    return Enterprise.objects.values_list("size", "headcount").get(pk=firm.pk)


def right(firm: Enterprise) -> tuple[str, int | None]:
    newest = EnterpriseYear.objects.filter(enterprise=firm).order_by("-year").first()
    return (newest.size_shown, newest.headcount) if newest else ("unknown", None)


@pytest.fixture
def firm(union) -> Enterprise:
    firm = make_enterprise(union)
    EnterpriseYear.objects.create(enterprise=firm, year=2014, size="large", headcount=900)
    EnterpriseYear.objects.create(enterprise=firm, year=2015, size="small", headcount=30)
    return firm


def newest(firm: Enterprise) -> "EnterpriseYear":
    return EnterpriseYear.objects.filter(enterprise=firm, year=2015)


def test_without_a_year_both_are_unknown(union):
    assert copied(make_enterprise(union)) == ("unknown", None)


def test_the_newest_year_counts_whatever_the_order_of_entry(firm):
    EnterpriseYear.objects.create(enterprise=firm, year=2013, size="medium", headcount=200)
    assert copied(firm) == right(firm) == ("small", 30)


def test_a_size_by_evidence_counts_before_the_table(firm, officer):
    newest(firm).update(size_override="medium", override_evidence="名录", override_by=officer)
    assert copied(firm) == right(firm) == ("medium", 30)


@pytest.mark.parametrize(
    "values", [{"size": "micro"}, {"headcount": 7}, {"headcount": None}, {"year": 2012}]
)
def test_a_correction_of_a_year_reaches_it(firm, values):
    newest(firm).update(**values)
    assert copied(firm) == right(firm)


def test_a_year_that_goes_or_moves_to_another_enterprise_reaches_both(firm, union):
    other = make_enterprise(union)
    newest(firm).update(enterprise=other)
    assert copied(firm) == right(firm) == ("large", 900)
    assert copied(other) == right(other) == ("small", 30)
    newest(other).delete()
    assert copied(other) == ("unknown", None)


def test_nobody_writes_them_by_hand_nor_a_stale_copy_back(firm):
    stale = Enterprise.objects.get(pk=firm.pk)
    newest(firm).update(size="micro", headcount=4)
    stale.save()
    Enterprise.objects.filter(pk=firm.pk).update(size="large", headcount=1)
    assert copied(firm) == right(firm) == ("micro", 4)


def test_years_that_come_by_copy_reach_it(firm):
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "copy members_enterpriseyear (enterprise_id, year, headcount, size, size_override,"
            " override_evidence) from stdin"
        ) as copy,
    ):
        copy.write_row((firm.pk, 2016, 9, "micro", "", ""))
    assert copied(firm) == right(firm) == ("micro", 9)
