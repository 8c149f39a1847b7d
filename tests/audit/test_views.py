"""Who reads which acts, how they are narrowed and paged."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_member, make_union, make_user
from wanping_union.accounts.models import UnionKind
from wanping_union.audit import log, selectors
from wanping_union.audit.models import Act
from wanping_union.roles import Role


def write(label, *, union=None, by=None, name="save", **values):
    return log.write(name, label, by=by, union=union, **values)


@pytest.fixture
def reader(client, chair):
    client.force_login(chair)
    client.get("/me/")
    return client


def page(client, query=""):
    response = client.get(f"/audit/{query}")
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("who", ["officer", "reviewer", "administrator"])
def test_the_audit_is_closed_to_other_roles(client, request, who):
    client.force_login(request.getfixturevalue(who))
    assert client.get("/audit/").status_code == 403


def test_a_chair_reads_the_acts_of_their_union_only(reader, union, other_union, district):
    write("本单位的事", union=union)
    write("别单位的事", union=other_union)
    write("区里的事", union=district)
    write("没有单位的事")
    text = page(reader)
    assert "本单位的事" in text
    assert not [words for words in ("别单位的事", "区里的事", "没有单位的事") if words in text]


def test_a_union_whose_number_begins_alike_is_not_ours(reader, union, area):
    near = make_union(area)
    near.path = f"{union.path[:-1]}0/"
    near.save()
    write("邻居的事", union=near)
    assert "邻居的事" not in page(reader)


def test_an_auditor_reads_everything_below_and_what_belongs_to_no_union(client, auditor, union):
    write("本单位的事", union=union)
    write("没有单位的事")
    client.force_login(auditor)
    text = page(client)
    assert "本单位的事" in text
    assert "没有单位的事" in text


def test_an_area_chair_reads_the_area(client, area, union, district):
    far = make_union(make_union(district, kind=UnionKind.AREA))
    write("本地区的事", union=union)
    write("外地区的事", union=far)
    client.force_login(make_user(Role.AREA_CHAIR, area))
    text = page(client)
    assert "本地区的事" in text
    assert "外地区的事" not in text


def test_a_reveal_shows_its_reason_and_leads_to_the_person(reader, chair, union):
    person = make_member(union).person
    write("查看证件号码", union=union, by=chair, name="reveal", record=person, note="核对京卡")
    text = page(reader)
    assert "查看事由：" in text
    assert "核对京卡" in text
    assert f'href="{person.get_absolute_url()}"' in text


def test_a_record_that_moved_away_is_named_without_a_link(reader, union, other_union):
    person = make_member(other_union).person
    write("查看证件号码", union=union, record=person)
    text = page(reader)
    assert str(person) in text
    assert person.get_absolute_url() not in text


def test_changes_are_told_in_the_words_of_the_form(reader, union):
    write("更正", union=union, record=union, changed={"name": ["旧名", "新名"], "odd": ["", "x"]})
    text = page(reader)
    for words in ("改了 2 项", "名称", "旧名", "新名", "odd"):
        assert words in text


def test_filters_narrow_and_say_what_is_wrong(reader, chair, union):
    write("登记会员", union=union, by=chair, name="register")
    write("查看手机", union=union, name="reveal", record=union)
    today = timezone.localdate()
    cases = {
        "?kind=register": {"登记会员"},
        f"?by={chair.pk}": {"登记会员"},
        f"?record=accounts.union:{union.pk}": {"查看手机"},
        f"?since={today}&until={today}": {"登记会员", "查看手机"},
        f"?since={today + timedelta(days=1)}": set(),
        f"?until={today - timedelta(days=1)}": set(),
        "?before=x&after=y_z": {"登记会员", "查看手机"},
        "?before=2016-01-01T00:00:00_1": {"登记会员", "查看手机"},
    }
    for query, expected in cases.items():
        rows = page(reader, query).partition("<tbody>")[2].partition("</tbody>")[0]
        assert {words for words in ("登记会员", "查看手机") if words in rows} == expected, query
    wrong = reader.get(f"/audit/?since={today}&until={today - timedelta(days=1)}")
    assert wrong.status_code == 422
    assert "结束日期不能早于开始日期" in wrong.content.decode()
    for query in ("?since=x", "?by=999999", "?kind=nothing"):
        assert reader.get(f"/audit/{query}").status_code == 422


def test_the_kinds_offered_are_those_within_the_scope(chair, auditor, union, other_union, area):
    near = make_union(area)
    near.path = f"{union.path[:-1]}0/"
    near.save()
    write("登记会员", union=union, name="register")
    write("查看手机", union=other_union, name="reveal")
    write("导入名册", union=near, name="import")
    write("轮换密钥", name="rotate")
    assert selectors.kinds(chair) == [("register", "登记会员")]
    offered = dict(selectors.kinds(auditor))
    assert {"register", "reveal", "import", "rotate"} <= offered.keys()
    assert offered["rotate"] == "轮换密钥"


def test_pages_hold_every_act_once_forwards_and_back(db, union):
    for n in range(selectors.PAGE * 2 + 7):
        write(f"事{n}", union=union)
    acts = Act.objects.all()
    seen, cursors, part = [], [], selectors.sliced(acts)
    while True:
        seen.append([act.pk for act in part.lines])
        cursors.append(part)
        if not part.older:
            break
        part = selectors.sliced(acts, before=part.older)
    everything = [pk for rows in seen for pk in rows]
    assert everything == sorted(everything, reverse=True)
    assert len(everything) == selectors.PAGE * 2 + 7
    for earlier in seen[-2::-1]:
        part = selectors.sliced(acts, after=part.newer)
        assert [act.pk for act in part.lines] == earlier
    assert part.newer == ""


def test_a_page_takes_few_queries(reader, union, django_assert_max_num_queries):
    for _ in range(60):
        person = make_member(union).person
        write("查看证件号码", union=union, record=person, name="reveal")
    with django_assert_max_num_queries(13):
        text = page(reader)
    assert "下一页" in text
