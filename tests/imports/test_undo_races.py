"""Undoing an import while others are at work on the same people, in real threads."""

from functools import partial
from threading import Event

import pytest

from members import services as members
from members.models import Membership, Person
from members.services import PersonFacts
from tests.imports.conftest import BY_NAME
from tests.imports.test_roster import HEAD, ONE, OTHER, roster
from tests.members.test_races import refused, together
from wanping_union import portal
from wanping_union.audit.context import acting
from wanping_union.audit.models import Channel
from wanping_union.errors import OutOfTurn
from wanping_union.imports import services, undoing
from wanping_union.imports.models import Batch, State
from wanping_union.jobs import worker
from wanping_union.jobs.models import Job

ROSTER = BY_NAME["roster"]
TWO = (("甲一", ONE, "WP01", "2016-01-01"), ("乙二", OTHER, "WP01", "2016-01-01"))
ROUNDS = 4


def work():
    """What one worker does."""
    worker.work(portal.JOBS)


def imported(chair, union, *rows, head=HEAD):
    batch = services.upload(ROSTER, union, "名册.xlsx", roster(*rows, head=head), by=chair)
    work()
    batch.refresh_from_db()
    services.start(batch, ROSTER, by=chair, only_good=True)
    work()
    return Batch.objects.get(pk=batch.pk)


def correct(person, by):
    with acting(Channel.WEB, by.pk):
        facts = PersonFacts("改过", person.sex, person.born_on)
        members.correct_person(person, facts, by=by)


def test_a_person_who_is_corrected_at_the_same_moment_is_either_gone_or_whole(
    committed, chair, union
):
    for _ in range(ROUNDS):
        batch = imported(chair, union, *TWO)
        person = Person.objects.get(name="甲一")
        services.undo(batch, ROSTER, by=chair)
        results = together(work, partial(correct, person, chair))
        batch.refresh_from_db()
        left = list(Person.objects.all())
        if [type(error) for error in refused(results)] == [Person.DoesNotExist]:
            assert (left, batch.kept) == ([], 0)
        else:
            assert [p.name for p in left] == ["改过"]
            assert Membership.objects.get().person == left[0]
            assert (batch.state, batch.removed, batch.kept) == (State.UNDONE, 1, 1)
        Membership.objects.all().delete()
        Person.objects.all().delete()


@pytest.mark.parametrize("locked", [True, False])
def test_the_locks_keep_a_correction_from_slipping_in_between(
    committed, chair, union, monkeypatch, locked
):
    """Between the look at later changes and the deletion; without the locks it is lost."""
    batch = imported(chair, union, *TWO)
    person = Person.objects.get(name="甲一")
    services.undo(batch, ROSTER, by=chair)
    done = Event()
    before = undoing.carry_out

    def late(kind):
        done.wait(2)  # with the locks the correction cannot come: it waits for us
        before(kind)

    monkeypatch.setattr(undoing, "carry_out", late)
    if not locked:
        free = "select count(*) from {table} where {key} is null"
        monkeypatch.setattr(undoing, "LOCK_ROOTS", free)
        monkeypatch.setattr(undoing, "LOCK", free)

    def correct_meanwhile():
        Event().wait(0.7)
        try:
            correct(person, chair)
        finally:
            done.set()

    results = together(work, correct_meanwhile)
    batch.refresh_from_db()
    assert batch.state == State.UNDONE
    was_lost = not refused(results) and not Person.objects.filter(name="改过").exists()
    assert was_lost is not locked


def test_of_two_who_undo_at_once_one_does(committed, chair, union):
    for _ in range(ROUNDS):
        batch = imported(chair, union, *TWO)
        undo = partial(services.undo, batch, ROSTER, by=chair)
        results = together(undo, undo)
        assert [type(error) for error in refused(results)] == [OutOfTurn]
        together(work, work)
        batch.refresh_from_db()
        assert (batch.state, batch.removed) == (State.UNDONE, 2)
        assert Job.objects.filter(kind="import_undo").count() == Batch.objects.count()
        assert not Person.objects.exists()


def test_while_another_import_of_the_same_people_runs_nobody_is_left_half(committed, chair, union):
    head = (*HEAD, "备注")
    for _ in range(ROUNDS):
        first = imported(chair, union, *TWO)
        second = services.upload(
            ROSTER, union, "二.xlsx", roster(*((*row, "新") for row in TWO), head=head), by=chair
        )
        work()
        second.refresh_from_db()
        services.start(second, ROSTER, by=chair, only_good=True)
        services.undo(first, ROSTER, by=chair)
        together(work, work)
        first.refresh_from_db()
        second.refresh_from_db()
        assert second.state == State.DONE
        memberships = Membership.objects.select_related("person")
        assert sorted((m.person.name, m.remark) for m in memberships) == [
            ("乙二", "新"),
            ("甲一", "新"),
        ]
        came_first = second.updated == 2
        assert (first.state, first.removed) == (
            (State.DONE, 0) if came_first else (State.UNDONE, 2)
        )
        services.undo(second, ROSTER, by=chair)
        work()
        for model in (Membership, Person):
            model.objects.all().delete()
