"""At the same moment, in real threads: never a double, never over a cap, never half."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal as D
from functools import partial

import pytest
from django.db import connections, transaction
from django.db.models import QuerySet

from relief import services
from relief.models import FundYear, LedgerEntry, Payment, ReliefCase, YearlyGrant
from relief.services import AlreadyFiled, ledger
from tests.conftest import empty_database
from tests.factories import make_member
from tests.members.test_races import refused, together
from tests.relief.building import make_fund, make_relative
from tests.relief.playing import DAY, UNRELATED, answer, give_budget, ready_case, state
from wanping_union import clock
from wanping_union.errors import OutOfTurn, Refused

ROUNDS = 25
Act = Callable[[], object]


@pytest.fixture
def cast(committed, cast):
    return cast


def on_day(act: Act) -> Act:
    """A thread begins with a clock of its own."""

    def run() -> object:
        with clock.at(DAY):
            return act()

    return run


def at_once(*acts: Act) -> list[object]:
    return together(*map(on_day, acts))


def approve(case: ReliefCase, by, amount: str = "1000") -> Act:
    return partial(services.approve, case, by=by, amount=D(amount), **UNRELATED)


def well(fund) -> None:
    """Sums, ledger, caps and payments say the same."""
    for year in FundYear.objects.filter(fund=fund):
        for kind in ("budget", "committed", "paid"):
            name = {"committed": "commit", "paid": "pay"}.get(kind, kind)
            rows = year.entries.filter(kind=name).values_list("amount", flat=True)
            assert getattr(year, kind) == sum(rows, D(0)), kind
    granted = ReliefCase.objects.filter(fund=fund, status__in=("approved", "paid"))
    assert state(fund)[1] == sum(granted.values_list("amount", flat=True), D(0))
    alive = Payment.objects.alive().filter(case__fund=fund)
    assert sum(alive.values_list("amount", flat=True), D(0)) == state(fund)[1]


def test_one_case_is_decided_once(cast, fund):
    for _ in range(ROUNDS):
        case = ready_case(fund, cast.union)
        refuse = partial(services.refuse, case, by=cast.reviewer2, reason="不符合")
        results = at_once(approve(case, cast.reviewer), refuse)
        assert [type(error) for error in refused(results)] == [OutOfTurn]
    well(fund)


def family_of_two(fund, union) -> list[ReliefCase]:
    """Two signed cases of one household: its head, and the spouse."""
    first = ready_case(fund, union)
    spouse = make_relative(first.household, "spouse")
    return [first, ready_case(fund, household=first.household, beneficiary=spouse)]


def test_two_cases_of_one_household_share_its_cap(cast, fund):
    give_budget(fund, "5000000")
    for _ in range(ROUNDS):
        one, two = family_of_two(fund, cast.union)
        used(one, "75000")
        results = at_once(approve(one, cast.reviewer, "4000"), approve(two, cast.reviewer2, "4000"))
        assert [type(error) for error in refused(results)] == [Refused]
    totals = YearlyGrant.objects.filter(cap=D(80_000)).values_list("granted", flat=True)
    assert set(totals) == {D(79_000)}


def used(case: ReliefCase, amount: str) -> None:
    """What the household was granted earlier in the year."""
    YearlyGrant.objects.create(
        fund=case.fund, year=2016, key=f"household:{case.household_id}".encode(), cap=D(80_000),
        granted=D(amount),
    )  # fmt: skip


@contextmanager
def switched_off(monkeypatch, name: str, instead: Callable[..., object]) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setattr(ledger, name, instead)
        yield


def test_without_the_households_lock_the_database_still_refuses(cast, fund, monkeypatch):
    """Negative control: then it is the check, not a sentence, that says no."""
    seen = set()
    with switched_off(monkeypatch, "locked_left", lambda case, terms: D(10**6)):
        for _ in range(5):
            one, two = family_of_two(fund, cast.union)
            used(one, "75000")
            acts = (approve(one, cast.reviewer, "4000"), approve(two, cast.reviewer2, "4000"))
            seen.update(type(error) for error in refused(at_once(*acts)))
    assert seen
    assert Refused not in seen


@transaction.atomic
def commit(case: ReliefCase, by) -> None:
    """What a grant does to the fund, without the rest of the decision."""
    ledger.commit(case, case.fund_terms, D(1000), by=by, record=case)


def test_the_last_yuan_of_a_fund_is_bound_once(cast, district):
    """Ten threads, a budget of three."""
    cases = [ready_case(make_fund(district), cast.union) for _ in range(10)]
    for _ in range(ROUNDS):
        fund = make_fund(district)
        give_budget(fund, "3000")
        for case in cases:
            case.fund = fund
        results = at_once(*(partial(commit, case, cast.reviewer) for case in cases))
        assert [type(error) for error in refused(results)] == [Refused] * 7
        assert state(fund)[:2] == (D(3000), D(3000))
        assert YearlyGrant.objects.filter(fund=fund).count() == 6  # three people, three households


def test_the_last_yuan_of_a_fund_is_granted_once(cast, district):
    for _ in range(2):
        fund = make_fund(district)
        give_budget(fund, "3000")
        cases = [ready_case(fund, cast.union) for _ in range(10)]
        results = at_once(*(approve(case, cast.reviewer) for case in cases))
        assert [type(error) for error in refused(results)] == [Refused] * 7
        well(fund)


@contextmanager
def dropped(constraint: str, table: str) -> Iterator[None]:
    """Without one check of the database, as its owner; what was done meanwhile is emptied."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "select pg_get_constraintdef(oid) from pg_constraint where conname = %s", [constraint]
        )
        definition = cursor.fetchone()[0]
        cursor.execute(f"alter table {table} drop constraint {constraint}")
    try:
        yield
    finally:
        connections.close_all()
        empty_database()
        with connections["owner"].cursor() as cursor:
            cursor.execute(f"alter table {table} add constraint {constraint} {definition}")
        connections["owner"].close()


def test_without_its_check_a_fund_is_overspent(cast, fund):
    """Negative control: it is the database that guards the last yuan."""
    cases = [ready_case(fund, cast.union) for _ in range(3)]
    give_budget(fund, "-198000")
    with dropped("fund_year_never_overspent", "relief_fundyear"):
        results = at_once(*(partial(commit, case, cast.reviewer) for case in cases))
        assert refused(results) == []
        assert state(fund)[:2] == (D(2000), D(3000))


def test_without_locks_a_case_is_decided_twice_and_a_batch_made_twice(cast, fund, monkeypatch):
    """Negative control: what the other tests ask for does not come by itself."""
    approved = [ready_case(fund, cast.union) for _ in range(8)]
    for case in approved:
        on_day(approve(case, cast.reviewer))()
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
    doubles = batches = 0
    for case in approved:
        ids = [case.payments.get().pk]
        make = partial(services.make_batch, fund, ids, by=cast.finance)
        batches += refused(at_once(make, make)) == []
        other = ready_case(fund, cast.union)
        refuse = partial(services.refuse, other, by=cast.reviewer2, reason="不符合")
        results = at_once(approve(other, cast.reviewer), refuse)
        doubles += [type(error) for error in refused(results)] != [OutOfTurn]
    assert doubles
    assert batches


def test_one_batch_is_made_and_answered_once(cast, fund):
    for _ in range(ROUNDS):
        case = ready_case(fund, cast.union)
        on_day(approve(case, cast.reviewer))()
        ids = [case.payments.get().pk]
        make = partial(services.make_batch, fund, ids, by=cast.finance)
        made = at_once(make, make)
        assert [type(error) for error in refused(made)] == [Refused]
        (batch,) = [one for one in made if not isinstance(one, Exception)]
        answers = [answer(payment) for payment in batch.payments.all()]
        book = partial(
            services.reconcile, batch, answers, by=cast.finance, sha256=f"{batch.pk:064}"
        )
        assert sorted(at_once(book, book)) == [False, True]
    assert LedgerEntry.objects.filter(kind="pay").count() == ROUNDS
    well(fund)


def test_an_approval_is_revoked_or_sent_to_the_bank_never_both(cast, fund):
    for _ in range(ROUNDS):
        case = ready_case(fund, cast.union)
        on_day(approve(case, cast.reviewer))()
        ids = [case.payments.get().pk]
        results = at_once(
            partial(services.make_batch, fund, ids, by=cast.finance),
            partial(services.revoke, case, by=cast.reviewer, reason="错了"),
        )
        assert [type(error) for error in refused(results)] == [Refused]
        case.refresh_from_db()
        assert (case.status, case.payments.get().state) in (
            ("approved", "sent"), ("refused", "cancelled"),
        )  # fmt: skip
    well(fund)


def test_a_household_opens_one_file_and_one_case(cast, fund):
    for _ in range(ROUNDS):
        opening = partial(services.open_file, make_member(cast.union), by=cast.chair)
        made = at_once(opening, opening)
        assert [type(error) for error in refused(made)] == [AlreadyFiled]
        (household,) = [one for one in made if not isinstance(one, Exception)]
        start = partial(services.open_case, household, by=cast.chair, fund=fund)
        assert [type(error) for error in refused(at_once(start, start))] == [Refused]
