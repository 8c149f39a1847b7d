"""Sheets on paper: the roll of a union and the member's form."""

from members.models import Membership
from members.rules import Status
from members.selectors import people
from tests.factories import make_enterprise, make_member, make_user
from wanping_union.roles import Role

PAGE = "/members/roll/"


def test_the_roll_lists_whom_the_union_holds_masked_with_totals(client, chair, union, other_union):
    firm = make_enterprise(union)
    one = make_member(union, name="甲", enterprise=firm, mobile="13911112222")
    make_member(union, name="乙", status=Status.RETAINED)
    make_member(union, name="丙", status=Status.WITHDRAWN)
    make_member(other_union, name="丁")
    client.force_login(chair)
    answer = client.get(PAGE)
    roll, page = answer.context["roll"], answer.content.decode()
    assert {line.name for line in roll.lines} == {"甲", "乙"}
    assert (roll.women, roll.by_status) == (2, [("在会", 1), ("保留会籍", 1)])
    assert "2 人，其中女 2 人" in page
    assert "<thead>" in page
    assert "landscape" in page
    assert one.person.id_number not in page
    assert "13911112222" not in page


def test_whoever_keeps_several_unions_says_which(client, officer, union, other_union):
    client.force_login(officer)
    assert client.get(PAGE).status_code == 404
    assert client.get(f"{PAGE}?union=WP01").status_code == 200


def test_a_roll_too_long_to_print_says_so(client, chair, union, monkeypatch):
    monkeypatch.setattr(people, "LONGEST_ROLL", 1)
    make_member(union)
    make_member(union)
    client.force_login(chair)
    assert "不要打印名册" in client.get(PAGE).content.decode()


def test_an_empty_union_has_an_empty_roll(client, union):
    clerk = make_user(Role.UNIT_CLERK, union)
    client.force_login(clerk)
    assert not Membership.objects.exists()
    assert "还没有会员" in client.get(PAGE).content.decode()
