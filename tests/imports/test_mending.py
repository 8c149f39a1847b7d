"""Hundreds of rows mended in the page: page by page, row by row, or all that are alike at once."""

import json
import re
from time import perf_counter

import pytest
from django.urls import reverse

from tests.factories import id_number, make_enterprise
from tests.imports.conftest import BY_NAME
from tests.imports.test_roster import HEAD, roster
from tests.imports.test_views import post, token, work_off
from wanping_union.audit.models import Act
from wanping_union.imports import services
from wanping_union.imports.models import BadRow, Batch, State

FULL = (*HEAD, "工作单位", "性别", "出生日期")


@pytest.fixture
def page(client, chair):
    client.force_login(chair)
    return client


@pytest.fixture
def checked(chair, union):
    def checked(*rows, head=FULL):
        content = roster(*rows, head=head)
        batch = services.upload(BY_NAME["roster"], union, "名册.xlsx", content, by=chair)
        work_off()
        return Batch.objects.get(pk=batch.pk)

    return checked


def bad_rows(n, enterprise="晓月商号"):
    return [(f"甲{i}", id_number(), "WP01", "2016-01-01", enterprise, "", "") for i in range(n)]


def row_numbers(answer):
    return [int(n) for n in re.findall(r'id="row-(\d+)"', answer.content.decode())]


def url(batch, query=""):
    return reverse("imports:mend", args=[batch.pk]) + query


def send_row(client, batch, number, **fields):
    """What the page sends of a row that the keyboard has left."""
    form_token = token(client.get(reverse("imports:upload")))
    fields |= {"form_token": form_token, "row": str(number)}
    return client.post(url(batch), fields, headers={"HX-Request": "true"})


def test_pages_go_by_row_number_whatever_is_mended_meanwhile(page, checked):
    batch = checked(*bad_rows(120))
    first = page.get(url(batch))
    assert row_numbers(first) == list(range(2, 52))
    answer = post(
        page, "mend", batch.pk, go="after-51", **{f"c-{n}-enterprise": "" for n in range(2, 22)}
    )
    assert row_numbers(answer) == list(range(52, 102))
    back = post(page, "mend", batch.pk, go="before-52")
    assert row_numbers(back) == list(range(22, 52))


def test_what_was_typed_is_kept_by_the_button_to_the_next_page(page, checked):
    batch = checked(*bad_rows(60))
    post(
        page, "mend", batch.pk, go="after-51", **{"c-2-enterprise": "", "c-3-enterprise": "另一家"}
    )
    assert BadRow.objects.get(batch=batch, row=2).is_mended
    assert "另一家" in page.get(url(batch)).content.decode()


@pytest.mark.parametrize("go", ["after-x", "before-99999999", "weiter", "after-١"])
def test_an_odd_page_is_the_first_one(page, checked, go):
    batch = checked(*bad_rows(3))
    assert row_numbers(post(page, "mend", batch.pk, go=go)) == [2, 3, 4]


def test_a_row_that_was_left_is_saved_alone_and_the_count_goes_down(page, checked):
    batch = checked(*bad_rows(3))
    good = send_row(page, batch, 3, **{"c-3-enterprise": ""}).content.decode()
    assert "第 3 行已改好" in good
    assert '<b id="left" hx-swap-oob="true">2</b>' in good
    assert "<html" not in good
    still = send_row(page, batch, 4, **{"c-4-enterprise": "没有这家"}).content.decode()
    assert 'value="没有这家"' in still
    assert "企业台账里没有" in still
    assert row_numbers(page.get(url(batch))) == [2, 4]


def test_what_is_alike_is_mended_at_once(page, checked, union):
    make_enterprise(union, name="晓月商店")
    batch = checked(*bad_rows(30), *bad_rows(2, "别的厂"), *bad_rows(1, "独一家"))
    text = page.get(url(batch)).content.decode()
    assert "“晓月商号”（30 行）" in text
    assert "“别的厂”（2 行）" in text
    assert "“独一家”（" not in text
    post(page, "mend_alike", batch.pk, key="enterprise", value="晓月商号", text="晓月商店")
    batch.refresh_from_db()
    assert (batch.importable, batch.bad) == (30, 3)
    assert Act.objects.filter(name="mend_import").count() == 1


def test_numbers_and_names_are_never_mended_alike(page, checked):
    rows = [("", id_number()[:-1], "WP01", "2016-01-01", "", "", "") for _ in range(3)]
    text = page.get(url(checked(*rows))).content.decode()
    assert "一次改正相同的问题" not in text


def test_alike_of_an_unknown_column_is_not_found(page, checked):
    batch = checked(*bad_rows(2))
    assert post(page, "mend_alike", batch.pk, key="odd", value="", text="").status_code == 404


def test_sex_and_birth_stand_beside_a_number_that_is_wrong(page, checked):
    number = id_number()
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    batch = checked(("甲", wrong, "WP01", "2016-01-01", "", "女", "1980-05-06"))
    text = page.get(url(batch)).content.decode()
    assert text.index("c-2-id_number") < text.index("c-2-born_on")
    assert 'name="c-2-sex"' in text
    assert 'name="c-2-enterprise"' not in text
    whole = page.get(url(batch, "?row=2"), headers={"HX-Request": "true"}).content.decode()
    assert 'name="c-2-enterprise"' in whole
    assert "<html" not in whole
    assert 'name="c-2-enterprise"' in page.get(url(batch, "?row=2")).content.decode()


def test_the_page_says_that_only_some_rows_are_kept(page, checked):
    batch = checked(*bad_rows(3))
    assert "只保留前" not in page.get(url(batch)).content.decode()
    BadRow.objects.filter(batch=batch, row=4).delete()
    assert "网页里只保留前 5,000 行" in page.get(url(batch)).content.decode()


def test_two_thousand_bad_rows_are_a_quick_and_light_page(page, checked):
    batch = checked(*bad_rows(2000))
    page.get(url(batch))
    started = perf_counter()
    answer = page.get(url(batch))
    seconds = perf_counter() - started
    text = answer.content.decode()
    print(f"{seconds:.3f} s, {len(answer.content) / 1024:.0f} KB, {text.count('<')} tags")
    assert seconds < 1
    assert len(answer.content) < 150_000
    assert text.count("<input") < 300
    started = perf_counter()
    send_row(page, batch, 2, **{"c-2-enterprise": ""})
    print(f"a row: {perf_counter() - started:.3f} s")
    started = perf_counter()
    post(page, "mend_alike", batch.pk, key="enterprise", value="晓月商号", text="")
    print(f"1,999 alike: {perf_counter() - started:.3f} s")
    batch.refresh_from_db()
    assert batch.bad == 0


def test_a_duplicate_row_is_left_out_and_the_rest_goes_in_whole(page, checked):
    number = id_number()
    twice = [(f"甲{i}", number, "WP01", "2016-01-01", "", "", "") for i in range(2)]
    batch = checked(*twice, *bad_rows(1))
    assert row_numbers(page.get(url(batch))) == [3, 4]

    answer = post(page, "mend", batch.pk, leave_out="3", **{"c-3-name": "", "c-4-enterprise": ""})

    assert "不导入的行：" in answer.content.decode()
    batch.refresh_from_db()
    assert (batch.rows, batch.bad) == (2, 0)
    post(page, "run", batch.pk)
    work_off()
    batch.refresh_from_db()
    assert (batch.state, batch.rows, batch.created) == (State.DONE, 2, 2)
    assert "没有导入的：第 3 行" in page.get(url_of(batch)).content.decode()
    assert Act.objects.get(name="leave_out").note == "第 3 行"


def test_a_row_that_was_left_out_can_be_put_back(page, checked):
    batch = checked(*bad_rows(2))
    for _ in range(2):  # the second time it is gone from the page already
        post(page, "mend", batch.pk, leave_out="2", **{"c-2-enterprise": "没有这家"})
    assert Batch.objects.get(pk=batch.pk).rows == 1
    post(page, "mend", batch.pk, put_back="2")
    assert Batch.objects.get(pk=batch.pk).rows == 2
    assert row_numbers(page.get(url(batch))) == [2, 3]


def url_of(batch):
    return reverse("imports:batch", args=[batch.pk])


def test_throwing_mended_rows_away_is_asked_first(page, checked):
    batch = checked(*bad_rows(3))
    post(page, "mend", batch.pk, **{"c-2-enterprise": ""})
    cancel = reverse("imports:cancel", args=[batch.pk])
    assert f'href="{cancel}"' in page.get(url_of(batch)).content.decode()

    asked = post(page, "cancel", batch.pk).content.decode()  # of a page from before

    assert "在网页里改好的 <b>1</b> 行也一起删掉" in asked
    assert Batch.objects.get(pk=batch.pk).state == State.CHECKED
    assert BadRow.objects.filter(batch=batch, is_mended=True).exists()
    post(page, "cancel", batch.pk, mended="1")
    assert Batch.objects.get(pk=batch.pk).state == State.CANCELLED


def test_a_bare_number_in_a_column_of_dates_is_shown_as_its_day(page, checked):
    batch = checked(("甲", id_number(), "WP01", 42736, "没有这家", "", "24491"))
    cells = json.loads(BadRow.objects.get(batch=batch).cells)
    assert (cells["joined_on"], cells["born_on"]) == ("2017-01-01", "1967-01-19")
