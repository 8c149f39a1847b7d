"""The cast, the test database and its two roles."""

import os
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.test.utils import setup_databases, teardown_databases
from hypothesis import HealthCheck
from hypothesis import settings as examples

from tests.factories import make_union, make_user
from tests.world import (  # noqa: F401  # fixtures
    around_module,
    elsewhere,
    other,
    own,
    signed_in,
    world,
)
from wanping_union.accounts.models import Union, UnionKind, User
from wanping_union.roles import Role

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in this thread
# How long an example takes is the machine's affair; what takes too long has tests of its own.
examples.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
examples.load_profile("any machine")
AUDIT = ("audit_act", "audit_change", "audit_look", "audit_seal")
KEPT = {"django_migrations", "django_content_type", "auth_permission", "rights_notice"}


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_blocker, django_db_keepdb, django_db_createdb, django_db_modify_db_settings
) -> Iterator[None]:
    """Create and migrate the test database as its owner; tests then connect as the portal does."""
    with django_db_blocker.unblock():
        made = setup_databases(
            0,
            interactive=False,
            keepdb=django_db_keepdb and not django_db_createdb,
            aliases={"owner"},
            serialized_aliases=(),
        )
        name = connections["owner"].settings_dict["NAME"]
        connections["default"].close()
        connections["default"].settings_dict["NAME"] = name
        settings.DATABASES["default"]["NAME"] = name
        connections["owner"].close()
    yield
    with django_db_blocker.unblock():
        connections["default"].close()
        if not django_db_keepdb:
            teardown_databases(made, 0)


def empty_database() -> None:
    """Undo what committed tests left: as the owner, since the portal may not."""
    with connections["owner"].cursor() as cursor:
        tables = [t for t in connections["owner"].introspection.table_names() if t not in KEPT]
        for act in (
            "alter table {} disable trigger audit_append_only",
            f"truncate {', '.join(tables)} restart identity cascade",
            "alter table {} enable trigger audit_append_only",
        ):
            cursor.execute(";".join(dict.fromkeys(act.format(table) for table in AUDIT)))
    connections["owner"].close()


@pytest.fixture
def committed(django_db_setup, django_db_blocker, request) -> Iterator[None]:
    """A database whose commits are real: for threads, jobs and the browser."""
    with django_db_blocker.unblock():
        yield
        connections.close_all()
        empty_database()


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Argon2 takes a tenth of a second and 100 MB by design; tests that are about it say so."""
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher",
        *settings.PASSWORD_HASHERS,
    ]


@pytest.fixture
def database(request: pytest.FixtureRequest) -> None:
    """Real commits where the test asks for them by `committed`, else one rolled-back transaction."""
    request.getfixturevalue("committed" if "committed" in request.fixturenames else "db")


def shared(request: pytest.FixtureRequest, name: str) -> Union | None:
    """The one of the world, where the module shares one."""
    if "world" not in request.fixturenames:
        return None
    return deepcopy(getattr(request.getfixturevalue("world"), name))


@pytest.fixture
def district(request, database) -> Union:
    return shared(request, "district") or make_union(code="FT", name="丰台区总工会")


@pytest.fixture
def area(request, district) -> Union:
    made = {"code": "WP", "name": "宛平城地区总工会", "kind": UnionKind.AREA}
    return shared(request, "area") or make_union(district, **made)


@pytest.fixture
def union(request, area) -> Union:
    """A joint union of the grid."""
    return shared(request, "union") or make_union(area, code="WP01", name="晓月苑联合工会")


@pytest.fixture
def other_union(request, area) -> Union:
    made = {"code": "WP02", "name": "城北社区联合工会"}
    return shared(request, "other_union") or make_union(area, **made)


@pytest.fixture
def chair(union) -> User:
    return make_user(Role.UNIT_CHAIR, union, name="程梓燕")


@pytest.fixture
def outsider(other_union) -> User:
    """The chair of another union of the same area."""
    return make_user(Role.UNIT_CHAIR, other_union)


@pytest.fixture
def officer(area) -> User:
    return make_user(Role.AREA_OFFICER, area)


@pytest.fixture
def reviewer(district) -> User:
    return make_user(Role.DISTRICT_REVIEWER, district)


@pytest.fixture
def administrator(district) -> User:
    return make_user(Role.ADMINISTRATOR, district)


@pytest.fixture
def auditor(district) -> User:
    return make_user(Role.AUDITOR, district)
