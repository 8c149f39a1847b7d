"""An import is taken back, but for what somebody touched since."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from members import services as members
from members.models import Enterprise, EnterpriseYear, Membership, Person, Standing, UnionProfile
from members.services import PersonFacts
from tests.factories import id_number, make_enterprise, make_member, make_user
from tests.imports.conftest import BY_NAME
from tests.imports.test_roster import HEAD, ONE, OTHER, roster
from wanping_union import portal
from wanping_union.accounts.models import Union
from wanping_union.attachments.models import Attachment
from wanping_union.audit.context import acting
from wanping_union.audit.models import Act, Change, Channel, name_of
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.imports import comparing, engine, services, undoing
from wanping_union.imports.models import Batch, Fate, State
from wanping_union.jobs import worker
from wanping_union.jobs.models import Job
from wanping_union.roles import Role

FULL = (*HEAD, "手机号码", "入会途径", "备注")
TWO = (
    ("甲一", ONE, "WP01", "2016-01-01", "13812345678", "零散会员", "新"),
    ("乙二", OTHER, "WP01", "2016-01-01", "", "", ""),
)


def work_off():
    """What a worker does: each job in a request of its own."""
    for job in Job.objects.filter(state="queued"):
        with acting(Channel.JOB, job.by_id):
            portal.JOBS[job.kind](worker.Run(job))
        job.state, job.finished_at = "done", job.created_at
        job.save()


@pytest.fixture
def imported(chair, union):
    """Imports a file as a person does, in a request of its own."""

    def imported(content, kind="roster", by=chair, to=union, **options):
        batch = services.upload(BY_NAME[kind], to, "名册.xlsx", content, by=by, **options)
        work_off()
        batch.refresh_from_db()
        services.start(batch, BY_NAME[kind], by=by, only_good=True)
        work_off()
        return Batch.objects.get(pk=batch.pk)

    return imported


def undo(batch, by):
    services.undo(batch, BY_NAME[batch.kind], by=by)
    work_off()
    batch.refresh_from_db()
    return batch


def stored():
    """Every row that a roster writes, whole, but for the stamp of its last change."""
    found = {}
    with connection.cursor() as cursor:
        for table in ("members_person", "members_membership", "members_standing"):
            cursor.execute(f"select to_jsonb(t) - 'updated_at' from {table} t order by id")
            found[table] = cursor.fetchall()
    return found


def request(user, act):
    """An act of a person, in a request of its own."""
    with acting(Channel.WEB, user.pk):
        return act()


def correct(person, by, **values):
    facts = {f: getattr(person, f) for f in ("name", "sex", "born_on")} | values
    request(by, partial(members.correct_person, person, PersonFacts(**facts), by=by))


def test_everything_an_import_wrote_goes_back(chair, union, imported):
    make_member(union, name="甲", number=ONE, mobile="13911112222", joined_on=date(2015, 1, 1))
    before = stored()
    batch = imported(roster(*TWO, head=FULL))
    assert (batch.created, batch.updated) == (1, 1)
    assert stored() != before
    undo(batch, chair)
    assert stored() == before
    assert (batch.state, batch.removed, batch.restored, batch.kept) == (State.UNDONE, 1, 1, 0)
    assert Person.objects.get().mobile == "13911112222"
    act = Act.objects.get(name="undo_import")
    assert (act.by, act.request_id) == (chair, batch.undo_request_id)
    assert Change.objects.filter(request_id=batch.undo_request_id, op="D").exists()


def test_who_joined_again_is_a_past_member_again(chair, union, imported):
    old = make_member(union, number=ONE, joined_on=date(2010, 1, 1))
    members.withdraw(old, by=chair, on=date(2014, 1, 1))
    before = stored()
    batch = imported(roster(("韩轩娜", ONE, "WP01", "2016-01-01")))
    assert Membership.objects.count() == 2
    undo(batch, chair)
    assert stored() == before


def test_who_was_corrected_since_stays_whole_and_is_listed(chair, union, imported):
    batch = imported(roster(*TWO, head=FULL))
    touched = Person.objects.get(name="甲一")
    correct(touched, chair, name="甲一一")
    undo(batch, chair)
    assert (batch.removed, batch.kept) == (1, 1)
    person = Person.objects.get()
    assert (person.pk, person.name, person.mobile) == (touched.pk, "甲一一", "13812345678")
    assert Membership.objects.get().person == Standing.objects.get().membership.person == person
    (row,), _ = comparing.block_of(batch, Fate.KEPT, 0)
    assert row.pk == person.pk
    ((what, (who, when)),) = row.changes.items()
    assert (what, who) == ("更正个人信息", "程梓燕")
    assert when.startswith(f"{timezone.localdate()}")


def test_a_change_of_the_membership_alone_keeps_the_person_too(chair, union, imported):
    batch = imported(roster(*TWO, head=FULL))
    membership = Membership.objects.get(person__name="乙二")
    request(chair, partial(members.withdraw, membership, by=chair, on=date(2016, 6, 1)))
    undo(batch, chair)
    assert [p.name for p in Person.objects.all()] == ["乙二"]
    assert Standing.objects.count() == 2


def test_a_record_that_has_come_to_refer_to_a_new_one_keeps_it(chair, union, imported):
    sheet = roster(("新店", "WP01"), head=("名称", "所属工会"))
    batch = imported(sheet, "enterprises", year=2016)
    request(
        chair,
        partial(
            members.register,
            PersonFacts("丙三", "F", date(1980, 5, 6), id_number=id_number()),
            by=chair,
            union=union,
            joined_on=date(2016, 1, 1),
            enterprise=Enterprise.objects.get(),
        ),
    )
    undoing.plan(BY_NAME["enterprises"], batch.request_id)
    assert [one.what for one in undoing.touched()] == ["登记入会；已有别的记录用到"]
    services.undo(batch, BY_NAME["enterprises"], by=chair)
    work_off()
    batch.refresh_from_db()
    assert (batch.state, batch.sentence) == (State.DONE, engine.ALL_TOUCHED)
    assert Enterprise.objects.count() == 1


def test_a_new_record_with_an_attachment_stays(chair, union, imported):
    sheet = roster(("新店", "WP01"), head=("名称", "所属工会"))
    batch = imported(sheet, "enterprises", year=2016)
    record = name_of(Enterprise.objects.get())
    Attachment.objects.create(record=record, union=union, by=chair, name="证.pdf", size=1)
    undoing.plan(BY_NAME["enterprises"], batch.request_id)
    assert [one.what.split("；")[-1] for one in undoing.touched()] == ["已有附件"]


def test_who_was_only_sealed_with_another_key_since_goes_back(chair, union, imported):
    batch = imported(roster(*TWO, head=FULL))
    for person in Person.objects.all():
        person.save(update_fields=["id_number", "mobile", "card"])  # the same values, sealed anew
    resealed = Change.objects.filter(tbl="members_person", op="U")
    assert {key for change in resealed for key in change.diff} == {"id_number", "mobile"}

    assert (undo(batch, chair).removed, batch.kept) == (2, 0)
    assert not Person.objects.exists()


def test_without_the_look_at_later_changes_a_correction_would_be_lost(
    chair, union, imported, monkeypatch
):
    batch = imported(roster(*TWO, head=FULL))
    correct(Person.objects.get(name="甲一"), chair, name="甲一一")
    monkeypatch.setattr(undoing, "CHANGED_SINCE", "select {part}, %(table)s, %(ignored)s::text[]")
    undo(batch, chair)
    assert not Person.objects.exists()


def test_the_later_of_two_imports_must_go_first_then_both_do(chair, union, imported):
    before = stored()
    first = imported(roster(*TWO, head=FULL))
    second = imported(roster((*TWO[0][:4], "13900000000", "", "旧"), TWO[1], head=FULL))
    undoing.plan(BY_NAME["roster"], first.request_id)
    assert [one.what for one in undoing.touched()] == ["导入会员名册"]
    undo(second, chair)
    undo(first, chair)
    assert (first.removed, first.kept) == (2, 0)
    assert stored() == before


def test_a_name_that_goes_back_is_found_again(chair, union, imported):
    make_member(union, name="赵钱", number=ONE, joined_on=date(2016, 1, 1))
    batch = imported(roster(("孙李", ONE, "WP01", "2016-01-01")))
    undo(batch, chair)
    person = Person.objects.get()
    assert person.name == "赵钱"
    assert "zhaoqian" in person.keys


def test_a_card_given_to_another_since_keeps_who_had_it(chair, union, imported):
    head = (*HEAD, "京卡卡号")
    old, new = "6217000000000001", "6217000000000002"
    imported(roster(("甲一", ONE, "WP01", "2016-01-01", old), head=head))
    batch = imported(roster(("甲一", ONE, "WP01", "2016-01-01", new), head=head))
    facts = PersonFacts("丙三", "F", date(1980, 5, 6), id_number=id_number(), card=old)
    request(
        chair,
        partial(members.register, facts, by=chair, union=union, joined_on=date(2016, 1, 1)),
    )
    undoing.plan(BY_NAME["roster"], batch.request_id)
    assert [one.what for one in undoing.touched()] == ["原来的京卡卡号现在登记在别处"]


def test_an_enterprise_ledger_goes_back_with_its_year(chair, union, imported):
    known = make_enterprise(union, name="书店", industry="零售业", covered_from=date(2016, 1, 1))
    EnterpriseYear.objects.create(enterprise=known, year=2016, headcount=3, size="micro")
    head = ("名称", "所属工会", "行业", "从业人员")
    sheet = roster(("书店", "WP01", "餐饮业", 50), ("新店", "WP01", "", 5), head=head)
    batch = imported(sheet, "enterprises", year=2016)
    assert EnterpriseYear.objects.count() == 2
    undo(batch, chair)
    assert (batch.removed, batch.restored) == (1, 1)
    known.refresh_from_db()
    facts = EnterpriseYear.objects.get()
    assert (known.industry, facts.headcount, facts.size) == ("零售业", 3, "micro")


def test_a_list_of_unions_goes_back_with_the_paths_below(
    area, union, other_union, officer, imported
):
    low = Union.objects.create(
        code="WP55",
        name="下级",
        kind="independent",
        parent=union,
        path="x/",
        valid_from=date(2010, 1, 1),
    )
    Union.objects.filter(pk=low.pk).update(path=f"{union.path}{low.pk}/")
    head = ("代码", "名称", "上级", "类型", "主席")
    sheet = roster(
        ("WP66", "新区总工会", "FT", "地区总工会", ""),
        ("WP67", "新桥联合工会", "WP66", "联合工会", "彭东"),
        ("WP01", "晓月苑联合工会", "WP66", "联合工会", ""),
        head=head,
    )
    admin = make_user(Role.ADMINISTRATOR, area.parent)
    batch = imported(sheet, "unions", by=admin, to=area.parent)
    assert (batch.created, batch.updated) == (2, 1)
    assert Union.objects.get(pk=low.pk).path.startswith(Union.objects.get(code="WP66").path)
    assert UnionProfile.objects.filter(chair_name="彭东").exists()
    undo(batch, admin)
    assert (batch.removed, batch.restored, batch.kept) == (2, 1, 0)
    assert Union.objects.get(pk=low.pk).path == f"{union.path}{low.pk}/"
    assert Union.objects.get(pk=union.pk).path == union.path


def test_a_new_union_with_a_member_stays_with_the_new_one_above_it(area, imported):
    head = ("代码", "名称", "上级", "类型")
    sheet = roster(
        ("WP66", "新区总工会", "FT", "地区总工会"),
        ("WP67", "新桥联合工会", "WP66", "联合工会"),
        ("WP68", "旧桥联合工会", "WP66", "联合工会"),
        head=head,
    )
    admin = make_user(Role.ADMINISTRATOR, area.parent)
    batch = imported(sheet, "unions", by=admin, to=area.parent)
    make_member(Union.objects.get(code="WP67"))
    undo(batch, admin)
    assert (batch.removed, batch.kept) == (1, 2)
    new = Union.objects.filter(code__startswith="WP6")
    assert sorted(new.values_list("code", flat=True)) == ["WP66", "WP67"]


def test_after_thirty_days_it_is_refused_with_a_sentence(chair, union, imported, client):
    batch = imported(roster(*TWO, head=FULL))
    Batch.objects.update(finished_at=timezone.now() - timedelta(days=31))
    batch.refresh_from_db()
    with pytest.raises(Refused, match="已超过 30 天"):
        services.undo(batch, BY_NAME["roster"], by=chair)
    client.force_login(chair)
    page = client.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    assert reverse("imports:undo", args=[batch.pk]) not in page


def test_only_who_may_import_there_undoes_and_only_once(chair, union, outsider, auditor, imported):
    batch = imported(roster(*TWO, head=FULL))
    for user in (outsider, auditor):
        with pytest.raises(NotAllowed):
            services.undo(batch, BY_NAME["roster"], by=user)
    services.undo(batch, BY_NAME["roster"], by=chair)
    with pytest.raises(OutOfTurn, match="正在撤销"):
        services.undo(batch, BY_NAME["roster"], by=chair)
    work_off()
    with pytest.raises(OutOfTurn, match="已撤销"):
        services.undo(batch, BY_NAME["roster"], by=chair)


def test_the_page_says_what_would_happen_before_it_does(chair, union, imported, client):
    batch = imported(roster(*TWO, head=FULL))
    correct(Person.objects.get(name="甲一"), chair, name="甲一一")
    client.force_login(chair)
    url = reverse("imports:undo", args=[batch.pk])
    page = client.get(url).content.decode()
    for words in ("撤销 1 名", "甲一一", "更正个人信息", "程梓燕"):
        assert words in page
    assert Person.objects.count() == 2
    token = page.split('name="form_token" value="')[1].split('"')[0]
    client.post(url, {"form_token": token})
    work_off()
    page = client.get(reverse("imports:batch", args=[batch.pk])).content.decode()
    assert "删除 1 名" in page
    assert "有 1 名在导入之后又有人改动过" in page
    kept = client.get(reverse("imports:compared", args=[batch.pk, "kept"])).content.decode()
    assert "甲一一" in kept
    assert "更正个人信息（程梓燕" in kept
