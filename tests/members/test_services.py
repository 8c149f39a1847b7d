"""Registering, correcting, changing status, looking: what is kept and what is refused."""

from datetime import date, timedelta

import pytest

from members import services
from members.models import Membership, Person, Standing
from members.rules import STEPS, Status
from members.services import PersonFacts
from tests.factories import id_number, make_enterprise, make_member, make_union, make_user
from wanping_union import clock, crypto
from wanping_union.audit.models import Act
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.roles import Role

TODAY = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def _on_a_day():
    with clock.at(TODAY):
        yield


def facts(**values) -> PersonFacts:
    values = {
        "name": "解娜",
        "sex": "F",
        "born_on": date(1980, 5, 6),
        "id_number": id_number(),
        "mobile": "13911112222",
    } | values
    return PersonFacts(**values)


def register(by, union, person=None, **values) -> Membership:
    values = {"joined_on": date(2026, 5, 1)} | values
    return services.register(person or facts(), by=by, union=union, **values)


def test_registering_keeps_the_person_encrypted_findable_and_in_good_standing(chair, union):
    number = id_number()
    membership = register(chair, union, facts(id_number=number), occupation="会计")

    person = Person.objects.get()
    assert (person.id_number, person.mobile, person.mobile_tail) == (number, "13911112222", "2222")
    assert bytes(person.id_hash) == crypto.keyed_hash("id_number", number)
    assert {"解娜", "xn", "jiena"} <= set(person.keys)
    standing = Standing.objects.get()
    assert (standing.status, standing.from_on) == (Status.ACTIVE, date(2026, 5, 1))
    assert (membership.status, membership.occupation) == (Status.ACTIVE, "会计")
    act = Act.objects.get()
    assert (act.name, act.by, act.union_path) == ("register", chair, union.path)
    assert number not in str(vars(act))


def test_nobody_registers_in_another_union(outsider, union, auditor, administrator):
    for user in (outsider, auditor, administrator):
        with pytest.raises(NotAllowed):
            register(user, union)


def test_a_person_held_here_is_named_and_one_held_elsewhere_is_not(chair, outsider, union):
    number = id_number()
    register(chair, union, facts(id_number=number))

    with pytest.raises(Refused, match=f"已在“{union}”登记"):
        register(chair, union, facts(id_number=number))
    with pytest.raises(Refused, match="在其他工会") as refused:
        register(outsider, outsider.held[0].union, facts(id_number=number))
    assert union.name not in str(refused.value)
    assert Membership.objects.count() == 1


def test_a_known_number_under_another_name_is_refused_without_telling_the_name(chair, union):
    number = id_number()
    register(chair, union, facts(id_number=number))
    with pytest.raises(Refused) as refused:
        register(chair, union, facts(id_number=number, name="王芳"))
    assert "解娜" not in str(refused.value)


def test_who_left_may_join_again_and_the_old_membership_stays_as_history(
    chair, outsider, union, other_union
):
    number = id_number()
    first = register(chair, union, facts(id_number=number, mobile="13900000000"))
    services.withdraw(first, by=chair, on=date(2026, 5, 20))

    with pytest.raises(Refused, match="2026-05-20"):
        register(outsider, other_union, facts(id_number=number), joined_on=date(2026, 5, 19))
    again = register(
        outsider, other_union, facts(id_number=number, mobile=""), joined_on=date(2026, 5, 20)
    )

    first.refresh_from_db()
    assert (first.is_current, again.is_current) == (False, True)
    assert Person.objects.get().mobile == "13900000000", "blank leaves what is stored"
    assert list(Person.objects.visible_to(chair)) == []
    assert list(Person.objects.visible_to(outsider)) == [again.person]


def test_the_dead_do_not_join(chair, union):
    number = id_number()
    membership = register(chair, union, facts(id_number=number))
    services.record_death(membership, by=chair, on=date(2026, 5, 3))
    with pytest.raises(Refused, match="去世"):
        register(chair, union, facts(id_number=number))


@pytest.mark.parametrize("joined_on", [TODAY + timedelta(1), date(2009, 12, 31)])
def test_nobody_joins_in_the_future_or_before_the_union_was(chair, union, joined_on):
    with pytest.raises(Refused):
        register(chair, union, joined_on=joined_on)
    assert not Person.objects.exists()


def test_the_employer_must_belong_to_the_union(chair, union, other_union):
    with pytest.raises(Refused, match="不归"):
        register(chair, union, enterprise=make_enterprise(other_union))


def test_a_card_belongs_to_one_person(chair, union):
    register(chair, union, facts(card="6214000000000001"))
    with pytest.raises(Refused, match="京卡"):
        register(chair, union, facts(card="6214000000000001"))
    other = register(chair, union, facts()).person
    with pytest.raises(Refused, match="另一人"):
        services.correct_person(other, facts(id_number="", card="6214000000000001"), by=chair)


def test_each_step_closes_one_standing_and_opens_the_next(chair, union):
    membership = register(chair, union)
    services.retain(membership, by=chair, on=date(2026, 5, 2), reason="retired", note="退休证")
    services.resume(membership, by=chair, on=date(2026, 5, 3))
    services.withdraw(membership, by=chair, on=date(2026, 5, 4))
    services.reinstate(membership, by=chair, on=date(2026, 5, 5), note="登记错了人")

    rows = Standing.objects.order_by("from_on").values_list("status", "from_on", "until_on")
    days = [date(2026, 5, day) for day in range(1, 6)]
    statuses = ["active", "retained", "active", "withdrawn", "active"]
    assert list(rows) == list(zip(statuses, days, [*days[1:], None], strict=True))
    membership.refresh_from_db()
    assert membership.status == Status.ACTIVE
    names = ["register", "retain", "resume", "withdraw", "reinstate"]
    assert list(Act.objects.order_by("pk").values_list("name", flat=True)) == names


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_out_of_turn_is_refused(chair, union, step, status):
    membership = make_member(union, status=status, joined_on=date(2026, 1, 1))
    values = {"on": date(2026, 2, 1), "note": "依据"}
    if step.name == "retain":
        values["reason"] = "retired"
    act = getattr(services, step.name)
    if status in step.sources:
        act(membership, by=chair, **values)
        membership.refresh_from_db()
        assert membership.status == step.target
    else:
        with pytest.raises(OutOfTurn):
            act(membership, by=chair, **values)


@pytest.mark.parametrize("on", [date(2026, 5, 1), date(2026, 4, 1), TODAY + timedelta(1)])
def test_a_step_takes_effect_after_the_last_one_and_not_in_the_future(chair, union, on):
    membership = register(chair, union)
    with pytest.raises(Refused, match="生效日期"):
        services.withdraw(membership, by=chair, on=on)
    assert Standing.objects.count() == 1


def test_only_keepers_of_the_union_take_steps(outsider, auditor, reviewer, union):
    membership = make_member(union)
    for user in (outsider, auditor, reviewer):
        with pytest.raises(NotAllowed):
            services.withdraw(membership, by=user, on=date(2026, 2, 1))


def test_who_joined_elsewhere_is_not_reinstated(chair, outsider, union, other_union):
    number = id_number()
    first = register(chair, union, facts(id_number=number))
    services.withdraw(first, by=chair, on=date(2026, 5, 20))
    register(outsider, other_union, facts(id_number=number), joined_on=date(2026, 5, 21))
    with pytest.raises(Refused, match="不能再恢复"):
        services.reinstate(first, by=chair, on=date(2026, 5, 22), note="误办")


def test_correcting_a_person_writes_masked_numbers_to_the_audit(chair, union):
    person = register(chair, union, facts(mobile="13911112222")).person
    number = id_number()
    services.correct_person(
        person, facts(name="谢娜", id_number=number, mobile="13933334444"), by=chair
    )

    person.refresh_from_db()
    assert (person.name, person.id_number, person.mobile_tail) == ("谢娜", number, "4444")
    assert "谢娜" in person.keys
    act = Act.objects.get(name="correct_person")
    assert act.changed["手机号码"] == ["139****2222", "139****4444"]
    assert set(act.changed) == {"姓名", "证件号码", "手机号码"}
    assert number not in str(act.changed)


def test_a_blank_number_stays_unless_it_is_to_be_forgotten(chair, union):
    person = register(chair, union, facts(card="6214000000000001")).person
    blank = facts(id_number="", mobile="")
    services.correct_person(person, blank, by=chair)
    person.refresh_from_db()
    assert person.mobile
    assert person.card
    assert person.id_number

    services.correct_person(person, blank, by=chair, clear=["mobile", "card"])
    person.refresh_from_db()
    assert (person.mobile, person.mobile_tail, person.card) == ("", "", "")
    assert (person.mobile_hash, person.card_hash) == (None, None)


def test_the_joining_date_moves_with_the_first_standing(chair, union):
    enterprise = make_enterprise(union)
    membership = register(chair, union)
    services.withdraw(membership, by=chair, on=date(2026, 5, 20))
    values = {"route": "scattered", "occupation": "", "remark": ""}

    services.correct_membership(
        membership, by=chair, joined_on=date(2026, 4, 1), enterprise=enterprise, **values
    )
    first = Standing.objects.order_by("from_on").first()
    assert (first.from_on, first.until_on) == (date(2026, 4, 1), date(2026, 5, 20))
    with pytest.raises(Refused, match="2026-05-20"):
        services.correct_membership(
            membership, by=chair, joined_on=date(2026, 5, 20), enterprise=None, **values
        )
    act = Act.objects.get(name="correct_membership")
    assert act.changed["入会途径"] == ["", "零散会员"]
    assert act.changed["工作单位"] == ["", enterprise.name]


def test_looking_is_written_down_before_the_number_is_seen(chair, union):
    person = make_member(union, mobile="13911112222").person
    assert services.reveal(person, "mobile", by=chair, reason="通知体检") == "13911112222"
    act = Act.objects.get()
    assert (act.name, act.label, act.note) == ("reveal", "查看手机号码", "通知体检")
    assert (act.record, act.union_path) == (f"members.person:{person.pk}", union.path)
    assert "13911112222" not in str(vars(act))


def test_administrator_auditor_finance_and_outsider_reveal_nothing(
    administrator, auditor, outsider, union, district
):
    person = make_member(union).person
    finance = make_user(Role.FINANCE_OFFICER, district)
    for user in (administrator, auditor, outsider, finance):
        with pytest.raises(NotAllowed):
            services.reveal(person, "id_number", by=user, reason="看看")
        with pytest.raises(NotAllowed):
            services.print_card(person, by=user, reason="看看")
    assert not Act.objects.exists()


def test_who_keeps_two_unions_registers_in_both(union, other_union):
    both = make_user(Role.UNIT_CLERK, union)
    both.grants.create(union=other_union, role=Role.UNIT_CLERK)
    assert register(both, other_union).union == other_union
    with pytest.raises(NotAllowed):
        register(both, make_union(union.parent))
