"""The file beside what is stored: who is new, who changes, who stays, who is not in it."""

import json
from datetime import date

import pytest
from django.urls import reverse

from members.models import Enterprise, Membership
from members.rules import Status
from tests.factories import id_number, make_enterprise, make_member, make_user
from tests.imports.conftest import BY_NAME
from tests.imports.test_roster import HEAD, ONE, OTHER, roster
from tests.imports.test_views import work_off
from wanping_union.accounts.models import UnionKind
from wanping_union.imports import comparing, services
from wanping_union.imports.models import Batch, Compared, Fate
from wanping_union.roles import Role

STAYS = id_number()
FULL = (*HEAD, "手机号码", "工作单位", "备注")
MOBILE, NEW_MOBILE = "13812345678", "13812340000"


@pytest.fixture
def checked(chair, union):
    def checked(content, kind="roster", by=chair, to=union, **options):
        batch = services.upload(BY_NAME[kind], to, "名册.xlsx", content, by=by, **options)
        work_off()
        return Batch.objects.get(pk=batch.pk)

    return checked


def rows(batch, fate):
    found, _ = comparing.block_of(batch, fate, 0)
    return found


@pytest.fixture
def four(union):
    """One who changes, one who stays, one who is not in the file, one who left."""
    shop = make_enterprise(union, name="晓月商店")
    changes = make_member(union, name="甲一", number=ONE, mobile=MOBILE, joined_on=date(2015, 1, 1))
    stays = make_member(union, name="乙二", number=STAYS, joined_on=date(2015, 1, 1))
    missing = make_member(union, name="丙三")
    make_member(union, name="丁四", status=Status.WITHDRAWN)
    assert shop.union == union
    return changes, stays, missing


SHEET = (
    ("甲一", ONE, "晓月苑联合工会", "2015-01-01", NEW_MOBILE, "晓月商店", ""),
    ("乙二", STAYS, "晓月苑联合工会", "2015-01-01", "", "", ""),
)


def test_a_roster_is_told_apart_from_what_is_stored(checked, four):
    changes, stays, missing = four
    batch = checked(roster(*SHEET, head=FULL))
    assert (batch.created, batch.updated, batch.unchanged, batch.missing) == (0, 1, 1, 1)
    (changed,) = rows(batch, Fate.CHANGED)
    assert (changed.row, changed.pk) == (2, changes.person_id)
    assert changed.changes == {
        "手机号码": ["138****5678", "138****0000"],
        "工作单位": ["", "晓月商店"],
    }
    assert [row.pk for row in rows(batch, Fate.UNCHANGED)] == [stays.person_id]
    assert [(row.row, row.pk) for row in rows(batch, Fate.MISSING)] == [(None, missing.person_id)]
    assert Membership.objects.get(pk=changes.pk).enterprise is None


def test_who_is_new_is_listed_by_the_name_in_the_file(checked, union):
    batch = checked(roster(("甲一", ONE, union.code, "2016-01-01")))
    assert [(row.row, row.pk, row.name) for row in rows(batch, Fate.NEW)] == [(2, None, "甲一")]
    assert batch.missing == 0


def test_only_unions_that_the_file_names_are_searched_for_the_missing(
    checked, union, other_union, officer, area
):
    make_member(other_union)
    mine = make_member(union)
    batch = checked(roster(("甲一", ONE, union.code, "2016-01-01")), by=officer, to=area)
    assert [row.pk for row in rows(batch, Fate.MISSING)] == [mine.person_id]


def test_a_person_in_a_row_with_another_problem_is_not_missing(checked, union):
    make_member(union, number=ONE)
    batch = checked(roster(("甲一", ONE, union.code, "哪天")))
    assert (batch.bad, batch.missing) == (1, 0)


def test_a_mended_row_takes_its_place_in_the_lists(checked, union, chair):
    held = make_member(union, name="甲一", number=ONE, joined_on=date(2016, 1, 1))
    batch = checked(roster(("甲一", ONE[:-1] + "0", union.code, "2016-01-01")))
    assert batch.missing is None or batch.missing == 0
    batch = checked(
        roster(
            ("甲一", ONE[:-1] + "0", union.code, "2016-01-01"),
            ("乙二", OTHER, union.code, "2016-01-01"),
        )
    )
    assert batch.missing == 1
    services.mend(batch, BY_NAME["roster"], {2: {"id_number": ONE}}, by=chair)
    batch.refresh_from_db()
    assert (batch.unchanged, batch.missing, batch.bad) == (1, 0, 0)
    assert [row.pk for row in rows(batch, Fate.UNCHANGED)] == [held.person_id]
    assert rows(batch, Fate.MISSING) == []


def test_mended_rows_fill_blocks_up(chair, union):
    batch = Batch.objects.create(kind="roster", union=union, by=chair, missing=0)
    for start in range(0, 120, 40):
        more = comparing.Comparison(is_whole=False)
        for row in range(start, start + 40):
            more.add(Fate.NEW, comparing.Beside(row, None, "某"))
        comparing.keep_more(batch, more)
    blocks = Compared.objects.filter(batch=batch).order_by("number")
    assert [len(json.loads(block.rows)) for block in blocks] == [50, 50, 20]
    seen = [row for block in blocks for row, *_ in json.loads(block.rows)]
    assert seen == list(range(120))


def test_nothing_of_it_lies_in_clear(checked, four):
    batch = checked(roster(*SHEET, head=FULL))
    lies = Compared.objects.filter(batch=batch).extra(select={"raw": "rows"})
    for words in ("手机号码", "138****0000", "[[2,"):
        assert all(words.encode() not in bytes(block.raw) for block in lies)


def test_an_enterprise_ledger_is_told_apart(checked, union):
    known = make_enterprise(union, name="书店", industry="零售业")
    away = make_enterprise(union, name="粮店")
    head = ("名称", "所属工会", "行业", "从业人员")
    sheet = roster(("书店", union.code, "餐饮业", 5), ("新店", union.code, "", ""), head=head)
    batch = checked(sheet, "enterprises", year=2016)
    (changed,) = rows(batch, Fate.CHANGED)
    assert changed.pk == known.pk
    assert changed.changes["行业"] == ["零售业", "餐饮业"]
    assert changed.changes["从业人员"] == ["", "5"]
    assert [row.name for row in rows(batch, Fate.NEW)] == ["新店"]
    assert [row.pk for row in rows(batch, Fate.MISSING)] == [away.pk]
    assert Enterprise.objects.get(pk=known.pk).industry == "零售业"


def test_a_list_of_unions_is_told_apart(checked, area, union, officer):
    head = ("代码", "名称", "上级", "类型", "主席")
    sheet = roster(
        ("WP01", "晓月苑联合工会", "WP", "联合工会", "彭东"),
        ("WP09", "新桥联合工会", "WP", "联合工会", ""),
        head=head,
    )
    assert area.kind == UnionKind.AREA
    batch = checked(sheet, "unions", by=officer, to=area)
    assert [row.changes for row in rows(batch, Fate.CHANGED)] == [{"主席": ["", "彭东"]}]
    assert [row.name for row in rows(batch, Fate.NEW)] == ["新桥联合工会"]
    assert batch.missing is None


def test_each_count_opens_its_rows(client, checked, four, chair):
    batch = checked(roster(*SHEET, head=FULL))
    client.force_login(chair)
    page = client.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    urls = {fate: reverse("imports:compared", args=[batch.pk, fate]) for fate in Fate}
    assert urls[Fate.NEW] not in page
    for fate in (Fate.CHANGED, Fate.UNCHANGED, Fate.MISSING):
        assert urls[fate] in page
    changed = client.get(urls[Fate.CHANGED]).content.decode()
    assert "138****5678 → <b>138****0000</b>" in changed
    assert MOBILE not in changed
    missing = client.get(urls[Fate.MISSING]).content.decode()
    assert "丙三" in missing
    assert "导入不会改动他们" in missing
    assert "丁四" not in missing


def test_a_person_who_went_to_another_union_since_is_not_named(
    client, checked, four, chair, other_union
):
    batch = checked(roster(*SHEET, head=FULL))
    Membership.objects.filter(pk=four[0].pk).update(union=other_union)
    client.force_login(chair)
    url = reverse("imports:compared", args=[batch.pk, Fate.CHANGED])
    text = client.get(url).content.decode()
    assert "不在您的范围内" in text
    assert "甲一" not in text
    assert "138****" not in text


def test_another_union_sees_nothing_and_odd_words_are_no_list(client, checked, four, chair):
    batch = checked(roster(*SHEET, head=FULL))
    client.force_login(chair)
    assert client.get(f"/members/imports/{batch.pk}/compared/odd/").status_code == 404
    odd = reverse("imports:compared", args=[batch.pk, "new"]) + "?block=９９"
    assert client.get(odd).status_code == 200
    stranger = make_user(Role.UNIT_CHAIR)
    client.force_login(stranger)
    url = reverse("imports:compared", args=[batch.pk, "new"])
    assert client.get(url).status_code == 404


def test_the_lists_go_after_thirty_days_and_with_a_cancelled_file(client, checked, four, chair):
    batch = checked(roster(*SHEET, head=FULL))
    services.cancel(batch, BY_NAME["roster"], by=chair)
    assert not Compared.objects.exists()
    batch = checked(roster(*SHEET, head=FULL))
    Batch.objects.update(created_at="2016-01-01 00:00:00+08:00")
    services.purge()
    assert not Compared.objects.exists()
    client.force_login(chair)
    page = client.get(reverse("imports:compared", args=[batch.pk, "changed"])).content.decode()
    assert "明细已经删除" in page


def test_lists_need_few_queries(client, checked, four, chair, django_assert_max_num_queries):
    batch = checked(roster(*SHEET, head=FULL))
    client.force_login(chair)
    with django_assert_max_num_queries(17):
        client.get(reverse("imports:compared", args=[batch.pk, "changed"]))
