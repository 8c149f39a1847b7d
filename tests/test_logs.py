"""What a fault leaves in the log."""

import logging
import sys

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from wanping_union.logs import Formatter

FAULTS = (
    "update accounts_user set username = null, name = '诸葛向东'",
    "select '诸葛向东' from nowhere",
)


def logged(formatter: logging.Formatter, sql: str) -> str:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "job 7", (), sys.exc_info())
        return formatter.format(record)
    raise AssertionError("no fault")


@pytest.mark.parametrize("sql", FAULTS)
def test_a_fault_of_the_database_names_nobody(chair, sql):
    text = logged(Formatter(), sql)
    assert "诸葛向东" not in text
    assert "psycopg.errors" in text
    assert "django.db.utils" in text


@pytest.mark.parametrize("sql", FAULTS)
def test_pythons_own_lines_would(chair, sql):
    assert "诸葛向东" in logged(logging.Formatter(), sql)


def test_the_portal_logs_in_these_lines():
    (used,) = settings.LOGGING["formatters"].values()
    assert used["()"] == f"{Formatter.__module__}.{Formatter.__name__}"
