"""One act: role, status, lock, audit."""

import pytest

from members import rules
from members.models import Membership
from members.rules import Status
from tests.factories import make_member
from wanping_union import workflow
from wanping_union.audit.models import Act
from wanping_union.errors import NotAllowed, OutOfTurn

OUT_OF_TURN = [(step, s) for step in rules.STEPS for s in Status if s not in step.sources]


@pytest.mark.parametrize(("step", "status"), OUT_OF_TURN, ids=lambda x: getattr(x, "name", x))
def test_a_step_out_of_turn_is_refused(union, chair, step, status):
    member = make_member(union, status=status)
    with pytest.raises(OutOfTurn):
        workflow.begin(step, member, by=chair)


@pytest.mark.parametrize("step", rules.STEPS, ids=lambda s: s.name)
def test_another_unions_chair_may_take_no_step(union, outsider, step):
    member = make_member(union, status=Status(step.sources[0]))
    with pytest.raises(NotAllowed):
        workflow.begin(step, member, by=outsider)


@pytest.mark.parametrize("role", ["administrator", "auditor", "reviewer"])
def test_who_does_not_keep_people_may_take_no_step(union, role, request):
    member = make_member(union)
    with pytest.raises(NotAllowed):
        workflow.begin(rules.WITHDRAW, member, by=request.getfixturevalue(role))


def test_an_act_writes_status_and_one_audit_row(union, chair):
    member = make_member(union)
    workflow.take(rules.WITHDRAW, member, by=chair, note="本人申请")
    member.refresh_from_db()
    act = Act.objects.get()
    assert member.status == Status.WITHDRAWN
    assert (act.by, act.name, act.note) == (chair, "withdraw", "本人申请")
    assert act.union_path == union.path
    assert act.changed["status"] == ["active", "withdrawn"]


def test_a_disabled_account_may_do_nothing(union, chair):
    member = make_member(union)
    chair.is_active = False
    with pytest.raises(NotAllowed):
        workflow.begin(rules.WITHDRAW, member, by=chair)


def test_the_database_itself_refuses_a_move_that_is_no_step(union):
    make_member(union, status=Status.EXPELLED)
    with pytest.raises(Exception, match="Invalid transition"):
        Membership.objects.update(status=Status.RETAINED)
