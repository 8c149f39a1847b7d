"""The register of personal data is complete, and can be read by everybody who works here."""

from collections import Counter

import pytest
from django.apps import apps

from wanping_union import portal
from wanping_union.privacy import NOT_PERSONAL, REGISTER, kept_by, registered
from wanping_union.reference.seed import ROWS
from wanping_union.retention import KEEPS, How

OURS = [
    model
    for model in apps.get_models()
    if model.__module__.startswith(
        ("wanping_union.", "members.", "relief.", "allauth.mfa.", "allauth.usersessions.")
    )
]


def fields_of(model) -> list[str]:
    concrete = [*model._meta.fields, *model._meta.many_to_many]
    return [f"{model._meta.label}.{field.name}" for field in concrete]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_field_is_registered_or_said_not_to_be_about_a_person(model):
    plain = NOT_PERSONAL.get(model._meta.label, ())
    known = set(registered()) | {f"{model._meta.label}.{name}" for name in plain}
    unknown = [f for f in fields_of(model) if f not in known]
    assert unknown == [] or "*" in plain, f"add to privacy.py: {unknown}"


def test_the_register_names_only_fields_that_exist_and_each_once():
    existing = {field for model in OURS for field in fields_of(model)}
    names = Counter(registered())
    assert set(names) <= existing
    assert [name for name, times in names.items() if times > 1] == []
    assert set(NOT_PERSONAL) <= {model._meta.label for model in OURS}


def test_models_about_people_may_not_be_waved_through_whole():
    people = {"members.Person", "members.Membership", "members.Standing", "accounts.User"}
    people |= {
        "accounts.Grant",
        "audit.Act",
        "audit.Look",
        "audit.Change",
        "imports.BadRow",
        "imports.Compared",
        "members.SavedView",
        "aid.Aid",
        "relief.Household",
        "relief.HouseholdMember",
        "relief.HouseholdLine",
        "relief.ReliefCase",
        "relief.Payment",
    }
    assert [label for label in people if "*" in NOT_PERSONAL.get(label, ())] == []


def test_each_entry_says_why_on_what_basis_who_and_how_long():
    entries = [entry for group in REGISTER for entry in group.entries]
    assert all(all((e.label, e.fields, e.purpose, e.basis, e.seen_by, e.kept)) for e in entries)


def test_the_page_shows_it_to_every_role(client, chair, administrator):
    for user in (chair, administrator):
        client.force_login(user)
        page = client.get("/privacy/")
        assert page.status_code == 200
        assert "京卡·互助服务卡卡号" in page.content.decode()
    client.logout()
    assert client.get("/privacy/").status_code == 302


def test_each_entry_has_a_retention_that_the_machine_knows():
    entries = [entry for group in REGISTER for entry in group.entries]
    assert [entry.label for entry in entries if entry.kept not in KEEPS] == []
    assert {entry.kept for entry in entries} == set(KEEPS)


def test_whatever_goes_by_a_list_is_looked_for_and_nothing_else_is():
    looked_for = {kind.keep for kind in portal.RIGHTS.expiring}
    assert {keep.rule for keep, _ in kept_by(How.LIST)} == looked_for


def test_the_years_of_a_list_are_reference_values():
    keys = {row.key for row in ROWS}
    assert all(keep.years in keys for keep in KEEPS.values() if keep.how == How.LIST)
