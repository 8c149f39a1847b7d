"""A database of a measurement's own in the embedded cluster, so that the portal's stays as it is."""

import os
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg
from django.core.management import call_command
from django.db import connections

from wanping_union import embedded

URLS = ("DATABASE_URL", "DATABASE_OWNER_URL")


def owner(database: str = "") -> psycopg.Connection:
    """A connection as the owner of the tables. database: default the one in use."""
    return psycopg.connect(_at(os.environ["DATABASE_OWNER_URL"], database))


def use(database: str, *, anew: bool) -> None:
    """Point this process and its children at the database; make it where it is missing."""
    with owner() as connection:
        connection.autocommit = True
        if anew:
            connection.execute(f"drop database if exists {database} with (force)")
        found = connection.execute("select 1 from pg_database where datname = %s", [database])
        if not found.fetchone():
            connection.execute(f"create database {database}")
    for name in URLS:
        os.environ[name] = _at(os.environ[name], database)


def _at(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}")) if database else url


def start_django() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "wanping_union.settings"
    django.setup()


def peak_memory() -> float:
    """Megabytes this process had at most; ru_maxrss would count its parent's too."""
    words = Path("/proc/self/status").read_text().split()
    return int(words[words.index("VmHWM:") + 1]) / 1024


def migrate() -> None:
    """Bring the tables up to date, as their owner."""
    start_django()
    call_command("migrate", database="owner", verbosity=0)
    connections.close_all()


embedded.prepare()
