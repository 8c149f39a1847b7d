"""Two at once, in real threads: one wins, the other is told, nothing is half done."""

from collections.abc import Callable
from datetime import date
from functools import partial
from threading import Barrier, Thread

from django.db import connections

from members import services
from members.models import Membership, Person, Standing
from members.rules import HELD
from members.services import PersonFacts
from tests.factories import id_number, make_member, make_union
from wanping_union.accounts.models import Union
from wanping_union.errors import OutOfTurn, Refused

ROUNDS = 5


def together(*acts: Callable[[], object]) -> list[object]:
    """Run the acts at the same moment, each on its own connection. Returns results or errors."""
    gate = Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            gate.wait()
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def refused(results: list[object]) -> list[object]:
    return [result for result in results if isinstance(result, Exception)]


def facts(number: str) -> PersonFacts:
    return PersonFacts("解娜", "F", date(1980, 5, 6), id_number=number)


def test_one_person_is_registered_once_even_by_two_unions_at_once(
    committed, chair, outsider, union, other_union
):
    for _ in range(ROUNDS):
        number = id_number()
        joined_on = date(2016, 3, 1)
        results = together(
            partial(services.register, facts(number), by=chair, union=union, joined_on=joined_on),
            partial(
                services.register,
                facts(number),
                by=outsider,
                union=other_union,
                joined_on=joined_on,
            ),
        )
        assert [type(error) for error in refused(results)] == [Refused]
    assert Person.objects.count() == Membership.objects.count() == ROUNDS


def test_who_left_is_taken_in_again_by_one_union_only(
    committed, chair, outsider, union, other_union
):
    for _ in range(ROUNDS):
        number = id_number()
        old = make_member(union, name="解娜", number=number, joined_on=date(2015, 1, 1))
        services.withdraw(old, by=chair, on=date(2016, 1, 1))
        joined_on = date(2016, 3, 1)
        results = together(
            partial(services.register, facts(number), by=chair, union=union, joined_on=joined_on),
            partial(
                services.register,
                facts(number),
                by=outsider,
                union=other_union,
                joined_on=joined_on,
            ),
            partial(services.reinstate, old, by=chair, on=date(2016, 2, 1), note="误办"),
        )
        assert [type(error) for error in refused(results)] == [Refused, Refused]
        held = Membership.objects.filter(person=old.person, status__in=HELD)
        assert held.count() == 1
        assert Membership.objects.filter(person=old.person, is_current=True).count() == 1


def test_of_two_steps_at_once_the_second_is_out_of_turn(committed, chair, union):
    for _ in range(ROUNDS):
        membership = make_member(union, joined_on=date(2015, 1, 1))
        on = date(2016, 1, 1)
        results = together(
            partial(services.withdraw, membership, by=chair, on=on),
            partial(services.expel, membership, by=chair, on=on, note="决定"),
        )
        assert [type(error) for error in refused(results)] == [OutOfTurn]
        rows = Standing.objects.filter(membership=membership)
        assert (rows.count(), rows.filter(until_on=None).count()) == (2, 1)


def test_a_union_is_not_moved_under_one_that_ends_at_the_same_moment(committed, officer, area):
    for _ in range(ROUNDS):
        ending, low = make_union(area), make_union(make_union(area), kind="independent")
        results = together(
            partial(services.move_union, low, by=officer, parent=ending),
            partial(services.set_validity, ending, by=officer, valid_to=date(2016, 1, 1)),
        )
        assert [type(error) for error in refused(results)] == [Refused]


def test_two_moves_of_nested_unions_keep_every_path_true(committed, officer, area):
    for _ in range(ROUNDS):
        one, two = make_union(area), make_union(area)
        low = make_union(one, kind="independent")
        together(
            partial(services.move_union, low, by=officer, parent=two),
            partial(services.move_union, low, by=officer, parent=area),
        )
        for union in Union.objects.select_related("parent").exclude(parent=None):
            assert union.path == f"{union.parent.path}{union.pk}/"
