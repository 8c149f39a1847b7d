"""Pages of one person, one union, one enterprise: who gets 200, 403, 404, 422."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from members.models import Enterprise, EnterpriseYear, Membership, Person, SavedView, Standing
from members.rules import Status
from members.views.people import ACTS
from tests.factories import id_number, make_enterprise, make_member, make_user, told
from tests.members.acting import post
from wanping_union import clock
from wanping_union.accounts.models import Union
from wanping_union.audit.models import Act
from wanping_union.roles import Role

MOBILE = "13911112222"
CARD = "6214000000001234"


@pytest.fixture
def member(union) -> Membership:
    return make_member(union, mobile=MOBILE, enterprise=make_enterprise(union))


@pytest.fixture
def finance(district):
    return make_user(Role.FINANCE_OFFICER, district)


def url(name: str, *args: object) -> str:
    return reverse(f"members:{name}", args=args)


def pages_of(member: Membership) -> list[str]:
    """Every page under a union's ids."""
    year = EnterpriseYear.objects.create(enterprise=member.enterprise, year=2015, size="unknown")
    person, enterprise, code = member.person_id, member.enterprise_id, member.union.code
    return [
        url("person", person),
        url("correct_person", person),
        url("correct_membership", person),
        url("card", person),
        *(url("reveal", person, field) for field in ("id_number", "mobile", "card")),
        *(url("act", person, act.step.name) for act in ACTS),
        url("enterprise", enterprise),
        url("correct_enterprise", enterprise),
        url("relocate", enterprise),
        url("bring_back", enterprise),
        url("add_year", enterprise),
        url("year", enterprise, year.year),
        url("size", enterprise, year.year),
        f"{url('people')}?union={code}",
        f"{url('people')}?enterprise={enterprise}",
        f"{url('enterprises')}?union={code}",
        f"{url('roll')}?union={code}",
        f"{url('register')}?union={code}",
        f"{url('save_view')}?page=people&union={code}",
        url("union", code),
    ]


def test_the_chair_opens_every_page_of_the_union(client, chair, member):
    client.force_login(chair)
    for page in pages_of(member):
        assert client.get(page).status_code == 200, page


def test_another_union_finds_nothing_by_get_or_post(client, outsider, member):
    client.force_login(outsider)
    for page in pages_of(member):
        assert client.get(page).status_code == 404, page
        _, _, query = page.partition("?")
        fields = dict(pair.split("=") for pair in query.split("&") if query)
        answer = post(client, page, reason="看看", note="x", on="2016-01-01", **fields)
        assert answer.status_code in (404, 405), page
    assert not Act.objects.exists()


def test_ids_that_do_not_exist_answer_like_those_of_others(client, chair, member):
    client.force_login(chair)
    for page in (url("person", 999), url("enterprise", 999), url("union", "NO1")):
        assert client.get(page).status_code == 404


@pytest.mark.parametrize("who", ["administrator", "auditor"])
def test_administrator_and_auditor_see_masked_and_change_nothing(request, client, who, member):
    client.force_login(request.getfixturevalue(who))
    page = client.get(url("person", member.person_id)).content.decode()
    assert member.person.masked_id_number in page
    assert member.person.id_number not in page
    assert MOBILE not in page
    assert "/reveal/" not in page
    assert "/card/" not in page
    assert "/withdraw/" not in page

    person, enterprise = member.person_id, member.enterprise_id
    for path in (
        url("reveal", person, "id_number"),
        url("card", person),
        url("correct_person", person),
        url("correct_membership", person),
        url("act", person, "withdraw"),
        url("correct_enterprise", enterprise),
        url("relocate", enterprise),
        url("register"),
        url("add_enterprise"),
        url("create_union"),
        url("edit_union", member.union.code),
        url("move_union", member.union.code),
        url("set_validity", member.union.code),
    ):
        assert client.get(path).status_code == 403, path
        assert post(client, path, reason="看看", on="2016-01-01").status_code == 403, path
    assert set(Act.objects.values_list("name", flat=True)) == {"denied"}


def test_finance_sees_the_grid_but_no_people_and_no_ledger(client, finance, member):
    client.force_login(finance)
    assert client.get(url("grid")).status_code == 200
    page = client.get(url("union", member.union.code))
    assert page.status_code == 200
    assert "/members/?union=" not in page.content.decode()
    for path in (
        url("people"),
        url("search"),
        url("enterprises"),
        url("roll"),
        url("person", member.person_id),
        url("enterprise", member.enterprise_id),
        url("save_view") + "?page=people",
    ):
        assert client.get(path).status_code == 403, path


def test_the_reviewer_reveals_but_does_not_keep(client, reviewer, member):
    client.force_login(reviewer)
    page = client.get(url("person", member.person_id)).content.decode()
    assert "/reveal/id_number/" in page
    assert "更正个人信息" not in page
    assert client.get(url("correct_person", member.person_id)).status_code == 403


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_no_day_of_birth_completes_a_masked_number(client, member, district, role):
    client.force_login(make_user(role, district))
    born = member.person.born_on
    for path in (url("person", member.person_id), f"{url('roll')}?union={member.union.code}"):
        page = client.get(path).content.decode()
        assert str(born.year) in page
        assert f"{born:%Y-%m}" not in page


def test_a_number_is_shown_once_after_a_reason_and_the_look_is_in_the_timeline(
    client, chair, member
):
    client.force_login(chair)
    number, page = member.person.id_number, url("reveal", member.person_id, "id_number")
    assert number not in client.get(page).content.decode()

    refused = post(client, page, reason=" ")
    assert refused.status_code == 422
    assert "请填写查看理由" in refused.content.decode()
    assert not Act.objects.exists()

    shown = post(client, page, reason="办理京卡，核对号码")
    assert number in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    person = client.get(url("person", member.person_id)).content.decode()
    assert number not in person
    assert "理由：办理京卡，核对号码" in person
    assert str(chair) in person
    assert client.get(url("reveal", member.person_id, "name")).status_code == 404


def test_the_form_is_printed_with_full_numbers_only_after_a_reason(client, chair, member):
    client.force_login(chair)
    page = url("card", member.person_id)
    assert member.person.id_number not in client.get(page).content.decode()
    assert post(client, page, reason="").status_code == 422
    sheet = post(client, page, reason="入会材料归档")
    assert member.person.id_number in sheet.content.decode()
    assert MOBILE in sheet.content.decode()
    assert "no-store" in sheet["Cache-Control"]
    assert Act.objects.get().name == "reveal"


def typed(**values):
    return {
        "name": "解 娜",
        "id_type": "resident_id",
        "id_number": id_number(),
        "mobile": "139 1111 2222",
        "joined_on": "2016-03-08",
        **told(),
    } | values


def test_a_person_is_registered_from_the_form_with_sex_and_birth_from_the_number(
    client, chair, union
):
    client.force_login(chair)
    answer = post(client, url("register"), **typed())
    person = Person.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == person.get_absolute_url()
    assert (person.name, person.mobile, person.sex) == ("解娜", MOBILE, "F")
    assert person.born_on == date(1980, 5, 6)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("id_number", "110106199001010018", "校验码不对"),
        ("id_number", "11010619900101001", "应为 18 位"),
        ("mobile", "1391111222", "应为 1 开头的 11 位数字"),
        ("card", "62140000", "16 到 19 位"),
        ("sex", "M", "按证件号码应为“女”"),
        ("born_on", "1980-05-07", "按证件号码应为 1980-05-06"),
        ("joined_on", "2099-01-01", "还没有到"),
        ("joined_on", "昨天", "看不懂日期"),
        ("joined_on", "2009-01-01", "有效期内"),
        ("name", "", "请填写姓名"),
        ("enterprise", "999999", "选"),
    ],
)
def test_a_refusal_is_a_sentence_and_keeps_what_was_typed(
    client, chair, union, field, value, sentence
):
    client.force_login(chair)
    answer = post(client, url("register"), **typed(**{field: value}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "139 1111 2222" in page or field == "mobile"
    assert "错误：" in page
    assert not Person.objects.exists()


def test_a_passport_needs_sex_and_birth(client, chair, union):
    client.force_login(chair)
    passport = typed(id_type="passport", id_number="e12345678")
    refused = post(client, url("register"), **passport)
    assert refused.status_code == 422
    assert "看不出这一项" in refused.content.decode()
    post(client, url("register"), **passport, sex="M", born_on="1990-01-01")
    assert Person.objects.get().id_number == "E12345678"


def test_the_same_form_sent_twice_registers_once(client, chair, union):
    client.force_login(chair)
    fields = typed(form_token="7f1c1c3e-3c56-4f0a-9a0e-1d2f3a4b5c6d")
    first = client.post(url("register"), fields)
    second = client.post(url("register"), fields)
    assert first["Location"] == second["Location"]
    assert Membership.objects.count() == 1


def test_the_area_first_chooses_the_union(client, officer, union, other_union):
    client.force_login(officer)
    page = client.get(url("register")).content.decode()
    assert f"?union={other_union.code}" in page
    post(client, f"{url('register')}?union={other_union.code}", **typed())
    assert Membership.objects.get().union == other_union


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.step.name)
def test_every_step_is_taken_through_its_page(client, chair, union, act):
    membership = make_member(union, status=act.step.sources[0])
    client.force_login(chair)
    person = membership.person_id
    offered = client.get(url("person", person)).content.decode()
    assert url("act", person, act.step.name) in offered
    page = url("act", person, act.step.name)
    form = {f"{act.step.name}-on": "2016-01-05", f"{act.step.name}-note": "依据"}
    if act.step.name == "retain":
        assert post(client, page, **form).status_code == 422
        form["retain-reason"] = "retired"
    assert post(client, page, **form).status_code == 302
    membership.refresh_from_db()
    assert membership.status == act.step.target
    assert "依据" in client.get(url("person", person)).content.decode()


def test_a_step_refused_by_a_rule_keeps_the_page_and_the_day(client, chair, member):
    client.force_login(chair)
    page = url("act", member.person_id, "withdraw")
    late = (clock.today() + timedelta(1)).isoformat()
    for day in (late, "2015-03-04"):
        answer = post(client, page, **{"withdraw-on": day})
        assert answer.status_code == 422
        assert f'value="{day}"' in answer.content.decode()
    out_of_turn = post(
        client, url("act", member.person_id, "resume"), **{"resume-on": "2016-01-05"}
    )
    assert out_of_turn.status_code == 422
    assert client.get(url("act", member.person_id, "fly")).status_code == 404
    assert Standing.objects.count() == 1


def test_numbers_are_never_in_the_form_that_corrects_them(client, chair, member):
    client.force_login(chair)
    page = url("correct_person", member.person_id)
    shown = client.get(page).content.decode()
    assert member.person.id_number not in shown
    assert MOBILE not in shown
    fields = {"name": "谢娜", "id_type": "resident_id", "sex": "F", "born_on": "1980-05-06"}
    assert post(client, page, **fields).status_code == 302
    assert Person.objects.get().mobile == MOBILE
    assert post(client, page, **fields | {"sex": ""}).status_code == 422


def test_membership_facts_are_corrected_on_their_page(client, chair, member):
    client.force_login(chair)
    page = url("correct_membership", member.person_id)
    fields = {"joined_on": "2015-02-01", "route": "scattered", "enterprise": ""}
    assert post(client, page, **fields).status_code == 302
    member.refresh_from_db()
    assert (member.route, member.enterprise, member.joined_on) == (
        "scattered",
        None,
        date(2015, 2, 1),
    )
    assert post(client, page, **fields | {"joined_on": "2999-01-01"}).status_code == 422


def test_the_area_founds_edits_moves_and_ends_unions(client, officer, area, union, other_union):
    client.force_login(officer)
    fields = {
        "parent": area.pk,
        "kind": "joint",
        "code": "wp13",
        "name": "新桥",
        "valid_from": "2016-01-01",
    }
    assert post(client, url("create_union"), **fields).status_code == 302
    assert post(client, url("create_union"), **fields).status_code == 422
    made = Union.objects.get(code="WP13")

    edit = {
        "name": "新桥联合工会",
        "term_from": "2016-01-01",
        "term_years": "3",
        "phone": "010-83210000",
    }
    assert post(client, url("edit_union", "WP13"), **edit).status_code == 302
    page = client.get(url("union", "WP13")).content.decode()
    assert "2019-01-01" in page
    assert "tel:010-83210000" in page
    assert "待补" in page

    move = post(client, url("move_union", "WP13"), parent=other_union.pk)
    assert move.status_code == 422, "a joint union does not stand under another"
    assert post(client, url("move_union", "WP13"), parent=made.pk).status_code == 422
    assert post(client, url("set_validity", "WP13"), valid_to="2016-06-30").status_code == 302
    assert "已撤销" in client.get(url("union", "WP13")).content.decode()


def test_a_chair_may_look_at_the_union_but_not_edit_it(client, chair, union, area):
    client.force_login(chair)
    page = client.get(url("union", union.code)).content.decode()
    assert "修改资料" not in page
    assert f">{area.name}<" in page
    assert url("union", area.code) not in page
    assert client.get(url("union", area.code)).status_code == 404
    assert client.get(url("edit_union", union.code)).status_code == 403


def test_enterprises_are_added_and_mended_through_their_pages(client, chair, union):
    client.force_login(chair)
    fields = {
        "union": union.pk,
        "name": "城北餐饮公司",
        "uscc": "91110106MA0000015X",
        "industry": "餐饮业",
    }
    wrong = post(client, url("add_enterprise"), **fields | {"uscc": "91110106MA00000151"})
    assert wrong.status_code == 422
    assert "要通过校验" in wrong.content.decode()
    assert post(client, url("add_enterprise"), **fields).status_code == 302
    enterprise = Enterprise.objects.get()

    year = {"year": 2015, "headcount": "9人", "revenue": "1,500.50", "assets": ""}
    assert post(client, url("add_year", enterprise.pk), **year).status_code == 302
    row = EnterpriseYear.objects.get()
    assert (row.headcount, str(row.revenue), row.assets) == (9, "1500.50", None)
    for bad in ({"year": 2999}, {"headcount": "多"}, {"revenue": "1.555"}, {"revenue": "-1"}):
        assert post(client, url("add_year", enterprise.pk), **year | bad).status_code == 422, bad

    size = url("size", enterprise.pk, 2015)
    assert post(client, size, size="small", evidence="").status_code == 422
    assert post(client, size, size="small", evidence="名录").status_code == 302
    assert "人工认定为小型" in client.get(url("enterprise", enterprise.pk)).content.decode()

    assert post(client, url("relocate", enterprise.pk), on="2016-06-01").status_code == 302
    assert "已疏解外迁" in client.get(url("enterprise", enterprise.pk)).content.decode()
    assert post(client, url("bring_back", enterprise.pk), note="").status_code == 302
    code = post(
        client, url("correct_enterprise", enterprise.pk), **fields | {"industry_code": "F47"}
    )
    assert code.status_code == 422


def test_the_timeline_is_one_newest_first(client, chair, union):
    client.force_login(chair)
    post(client, url("register"), **typed())
    person = Person.objects.get()
    post(
        client,
        url("act", person.pk, "retain"),
        **{"retain-on": "2016-05-01", "retain-reason": "retired"},
    )
    post(client, url("reveal", person.pk, "mobile"), reason="通知体检")
    page = client.get(url("person", person.pk)).content.decode()
    order = [page.index(words) for words in ("查看手机号码", "保留会籍：退休", "登记入会")]
    assert order == sorted(order)
    assert page.count("登记入会") == 1, "the standing and the act that made it are one entry"


def test_filters_are_saved_under_a_name_without_any_search_text(client, chair, union):
    client.force_login(chair)
    page = f"{url('save_view')}?page=people&status=active&s=abc&after=2016-01-01_5&q=%E7%8E%8B"
    assert post(client, page, name="").status_code == 422
    assert post(client, page, name="在会的").status_code == 302
    view = SavedView.objects.get()
    assert (view.query, view.page) == ("status=active", "people")
    assert post(client, page, name="在会的").status_code == 422
    shown = client.get("/members/?status=active").content.decode()
    assert "在会的" in shown
    assert client.get(f"{url('save_view')}?page=nowhere").status_code == 404


def test_nobody_deletes_the_view_of_another(client, chair, outsider, union):
    view = SavedView.objects.create(user=chair, page="people", name="x", query="sex=F")
    client.force_login(outsider)
    assert post(client, url("delete_view", view.pk)).status_code == 404
    client.force_login(chair)
    assert post(client, url("delete_view", view.pk)).status_code == 302
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("status", Status)
def test_every_status_shows_on_the_page(client, chair, union, status):
    membership = make_member(union, status=status)
    client.force_login(chair)
    page = client.get(url("person", membership.person_id)).content.decode()
    assert status.label in page


@pytest.mark.parametrize("name", ["王2明", "王２明"])
def test_a_name_with_digits_is_asked_back(client, chair, name):
    client.force_login(chair)
    response = post(client, "/members/new/", name=name)
    assert response.status_code == 422
    assert response.context["form"].errors["name"] == ["姓名里有数字，请核对。"]
