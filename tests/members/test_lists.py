"""Lists: filters, pages by the last row, counts, saved views; a fixed number of queries."""

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from members.models import Enterprise, EnterpriseYear, Membership, Person, SavedView
from members.rules import Status
from members.selectors import paging, people
from tests.factories import make_enterprise, make_member, make_union, make_user
from tests.members.acting import post
from wanping_union.accounts.models import User
from wanping_union.audit.models import Look
from wanping_union.roles import Role

PAGE = "/members/"
LEDGER = "/members/enterprises/"


def rows(client: Client, url: str) -> list[str]:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return [row.name for row in answer.context["rows"]]


@pytest.fixture
def crowd(union):
    """120 members, three a day, named by their place in the list."""
    found = [make_member(union, name=f"会员{n:03d}") for n in range(120)]
    for n, membership in enumerate(found):
        joined_on = date(2016, 1, 1) + timedelta(n // 3)
        Membership.objects.filter(pk=membership.pk).update(joined_on=joined_on)
    return [f"会员{n:03d}" for n in reversed(range(120))]


def walk(client: Client, url: str, way: str) -> list[list[str]]:
    """Every page from this one on. way: next_url or prev_url."""
    seen = []
    while url:
        answer = client.get(url)
        seen.append([row.name for row in answer.context["rows"]])
        step = getattr(answer.context["pager"], way)
        url = f"{PAGE}{step}" if step else ""
        last = answer
    walk.last = last
    return seen


def test_pages_forward_and_back_show_everybody_once_in_order(client, chair, crowd):
    client.force_login(chair)
    forward = walk(client, PAGE, "next_url")
    assert [len(page) for page in forward] == [50, 50, 20]
    assert [name for page in forward for name in page] == crowd

    back_from_the_end = f"{PAGE}{walk.last.context['pager'].prev_url}"
    back = walk(client, back_from_the_end, "prev_url")
    assert back == [forward[1], forward[0]]


@pytest.mark.parametrize("role", [Role.UNIT_CHAIR, Role.AREA_OFFICER])
def test_each_page_notes_exactly_whom_it_shows(client, area, union, crowd, role):
    """The list has read one row more, to know whether there is a next page."""
    elsewhere = make_union(parent=area)  # with two unions, their rows are put together
    make_member(elsewhere, name="别处的", joined_on=date(2016, 3, 1))
    reader = make_user(role, union if role == Role.UNIT_CHAIR else area)
    client.force_login(reader)
    forward = [PAGE, f"{PAGE}{client.get(PAGE).context['pager'].next_url}"]
    back = client.get(forward[1]).context["pager"].prev_url
    for url in (*forward, f"{PAGE}{back}", f"{PAGE}?joined_to=2016-01-01"):
        shown = [row.pk for row in client.get(url).context["rows"]]
        look = Look.objects.latest("pk")
        assert look.ids == sorted(shown)
        assert (look.by, look.by_name, look.page) == (reader, str(reader), "会员名册")
        assert (look.model, look.channel) == ("members.person", "web")
        assert look.request_id


def test_a_page_without_anybody_notes_nothing(client, chair, crowd):
    client.force_login(chair)
    assert rows(client, f"{PAGE}?joined_to=1999-01-01") == []
    assert not Look.objects.exists()


def test_pages_keep_the_filters_and_survive_a_tampered_cursor(client, chair, crowd):
    client.force_login(chair)
    answer = client.get(f"{PAGE}?sex=F&status=active")
    query = parse_qs(urlsplit(answer.context["pager"].next_url).query)
    assert (query["sex"], query["status"]) == (["F"], ["active"])
    for cursor in ("x", "2016-99-99_1", "2016-01-01", "_", "2016-01-01_x"):
        assert rows(client, f"{PAGE}?after={cursor}") == crowd[:50], cursor
    assert rows(client, f"{PAGE}?after=2016-01-01_{10**20}") == crowd[-3:]


def test_a_new_row_does_not_shift_the_next_page(client, chair, union, crowd):
    client.force_login(chair)
    next_url = client.get(PAGE).context["pager"].next_url
    make_member(union, name="新来的", joined_on=date(2016, 12, 1))
    assert rows(client, f"{PAGE}{next_url}") == crowd[50:100]


def test_counts_stop_at_a_thousand(client, chair, crowd, monkeypatch):
    client.force_login(chair)
    assert client.get(PAGE).context["pager"].words == "共 120 人"
    monkeypatch.setattr(paging, "CAP", 100)
    assert client.get(PAGE).context["pager"].words == "共 100+ 人"


def test_each_filter_keeps_what_it_names(client, officer, union, other_union):
    firm = make_enterprise(union)
    first = make_member(
        union, name="甲", joined_on=date(2016, 1, 1), route="scattered", enterprise=firm
    )
    second = make_member(other_union, name="乙", joined_on=date(2016, 2, 1), mobile="13911112222")
    make_member(union, name="丙", joined_on=date(2016, 3, 1), status=Status.RETAINED)
    Person.objects.filter(pk=first.person_id).update(sex="M")
    client.force_login(officer)
    for query, names in (
        ("", ["丙", "乙", "甲"]),
        ("union=WP02", ["乙"]),
        (f"enterprise={firm.pk}", ["甲"]),
        ("status=retained", ["丙"]),
        ("route=scattered", ["甲"]),
        ("sex=M", ["甲"]),
        ("joined_from=2016-01-02&joined_to=2016-02-01", ["乙"]),
        ("missing=mobile", ["丙", "甲"]),
        ("missing=card", ["丙", "乙", "甲"]),
        ("missing=route&status=active", ["乙"]),
        ("union=WP", ["丙", "乙", "甲"]),
        ("status=nonsense&joined_from=yesterday", ["丙", "乙", "甲"]),
    ):
        assert rows(client, f"{PAGE}?{query}") == names, query
    assert second.person.mobile not in client.get(PAGE).content.decode()


def test_a_person_stands_once_in_the_list_under_the_last_membership(
    client, officer, union, other_union
):
    old = make_member(union, name="甲", status=Status.WITHDRAWN)
    Membership.objects.filter(pk=old.pk).update(is_current=False)
    Membership.objects.create(person=old.person, union=other_union, joined_on=date(2016, 5, 1))
    client.force_login(officer)
    assert rows(client, PAGE) == ["甲"]
    assert rows(client, f"{PAGE}?union=WP01") == []


def test_chips_name_the_filters_and_take_one_away(client, chair, union):
    client.force_login(chair)
    chosen = client.get(f"{PAGE}?status=active&sex=F").context["chosen"]
    assert [chip.label for chip in chosen] == ["会籍状态：在会", "性别：女"]
    assert [chip.url for chip in chosen] == ["?sex=F", "?status=active"]


def test_a_saved_view_is_a_pill_and_current_while_it_is_seen(client, chair, union):
    SavedView.objects.create(user=chair, page="people", name="女会员", query="sex=F&status=active")
    client.force_login(chair)
    views = client.get(f"{PAGE}?status=active&sex=F").context["views"]
    assert [view.label for view in views if view.current] == ["女会员"]
    assert "女会员" not in [view.label for view in client.get(LEDGER).context["views"]]


def test_no_clear_number_is_in_a_list(client, chair, union):
    membership = make_member(union, mobile="13911112222")
    client.force_login(chair)
    page = client.get(PAGE).content.decode()
    assert membership.person.id_number not in page
    assert "13911112222" not in page
    assert membership.person.masked_id_number in page


def test_the_ledger_filters_by_union_size_place_industry_and_posted_text(
    client, officer, union, other_union
):
    firms = {}
    for name, where, size, changes in (
        ("宛平书店", union, "small", {"industry": "零售业"}),
        ("桥西餐馆", union, "micro", {"industry": "餐饮业", "place": "outside"}),
        ("城北书店", other_union, "micro", {"industry": "零售业"}),
        ("没数据的店", other_union, None, {}),
    ):
        firms[name] = make_enterprise(where, name=name, **changes)
        if size:
            EnterpriseYear.objects.create(enterprise=firms[name], year=2014, size="large")
            EnterpriseYear.objects.create(enterprise=firms[name], year=2015, size=size, headcount=3)
    EnterpriseYear.objects.filter(enterprise=firms["城北书店"], year=2015).update(
        size_override="medium", override_evidence="名录", override_by=officer
    )
    client.force_login(officer)
    for query, names in (
        ("", list(firms)),
        ("union=WP01", ["宛平书店", "桥西餐馆"]),
        ("size=small", ["宛平书店"]),
        ("size=medium", ["城北书店"]),
        ("size=large", []),
        ("size=unknown", ["没数据的店"]),
        ("place=outside", ["桥西餐馆"]),
        ("industry=零售业", ["宛平书店", "城北书店"]),
    ):
        assert rows(client, f"{LEDGER}?{query}") == names, query


def test_the_text_searched_in_the_ledger_never_stands_in_the_address(client, chair, union):
    firm = make_enterprise(union, name="宛平书店")
    make_enterprise(union)
    Enterprise.objects.filter(pk=firm.pk).update(keys=["宛平", "书店", "wpsd"])
    client.force_login(chair)
    answer = post(client, LEDGER, q="书店", place="inside")
    assert answer.status_code == 302
    assert "%E4%B9%A6" not in answer["Location"]
    assert "place=inside" in answer["Location"]
    assert rows(client, answer["Location"]) == ["宛平书店"]
    assert rows(client, f"{LEDGER}?s=someoneelses") == [
        "宛平书店",
        firm.union.enterprises.last().name,
    ]


def test_a_filter_by_another_union_is_not_found(client, chair, other_union):
    client.force_login(chair)
    assert client.get(f"{PAGE}?union=WP02").status_code == 404
    assert client.get(f"{LEDGER}?union=WP02").status_code == 404
    assert post(client, LEDGER, union="WP02").status_code == 404
    assert client.get(f"{PAGE}?enterprise={make_enterprise(other_union).pk}").status_code == 404


@pytest.mark.parametrize(
    ("path", "most"),
    [
        (PAGE, 12),
        (f"{PAGE}?union=WP01&status=active", 15),
        (LEDGER, 11),
        ("/members/1/", 18),
        ("/members/grid/", 10),
        ("/members/grid/?as=table", 10),
        ("/members/unions/WP01/", 13),
        ("/members/enterprises/1/", 11),
        ("/members/roll/?union=WP01", 10),
        ("/members/search/", 7),
        ("/members/new/?union=WP01", 10),
        ("/", 21),
    ],
)
def test_a_page_asks_the_database_a_fixed_number_of_times(
    committed, client, officer, area, union, other_union, django_assert_max_num_queries, path, most
):
    for n in range(8):
        place = make_union(area, code=f"X{n}")
        for where in (place, union):
            firm = make_enterprise(where)
            EnterpriseYear.objects.create(enterprise=firm, year=2015, size="unknown")
            make_member(where, enterprise=firm)
    client.force_login(officer)
    client.get(path)
    with django_assert_max_num_queries(most):
        assert client.get(path).status_code == 200


@pytest.fixture
def clerk(union) -> User:
    return make_user(Role.UNIT_CLERK, union)


def test_who_sees_the_same_unions_shares_a_list_and_nobody_else(chair, clerk, officer, area):
    assert people.everybody(chair) is people.everybody(clerk)
    assert str(people.memberships_for(chair).query) == str(people.memberships_for(clerk).query)
    assert people.everybody(chair) is not people.everybody(officer)
    before = people.everybody(officer)
    make_union(area, code="WP88")
    assert people.everybody(User.objects.get(pk=officer.pk)) is not before


def test_own_filters_are_of_who_asks(client, chair, clerk, union):
    make_member(union)
    SavedView.objects.create(user=chair, page="people", name="我的", query="sex=F")
    for user, seen in ((chair, True), (clerk, False), (chair, True)):
        client.force_login(user)
        assert ("我的" in [view.label for view in client.get(PAGE).context["views"]]) is seen


@pytest.mark.parametrize("people", [0, 1])
def test_enterprises_to_choose_from_are_those_of_now(client, chair, union, people):
    for _ in range(people):
        make_member(union)
    client.force_login(chair)
    client.get(PAGE)
    firm = make_enterprise(union, name="新来的<b>公司")
    assert "新来的&lt;b&gt;公司</option>" in client.get(PAGE).context["drawn_filter"]
    Enterprise.objects.filter(pk=firm.pk).update(name="改名的公司")
    drawn = client.get(PAGE).context["drawn_filter"]
    assert "改名的公司</option>" in drawn
    assert "新来的" not in drawn
    firm.delete()
    assert "改名的公司" not in client.get(PAGE).context["drawn_filter"]


def test_lines_show_texts_as_they_are(client, chair, union):
    make_member(union, name="<i>甲</i>", enterprise=make_enterprise(union, name="A&B\x1f公司"))
    make_member(union, name="乙")
    client.force_login(chair)
    page = client.get(PAGE).content.decode()
    assert ">&lt;i&gt;甲&lt;/i&gt;</a>" in page
    assert ">A&amp;B\x1f公司</td>" in page
    assert ">乙</a>" in page
