import threading
from datetime import date
from io import BytesIO

import pytest
from django.db import connection, transaction
from django.db.models import Count
from openpyxl import Workbook

from members.models import Enterprise, Membership, Person, Standing
from members.rules import Status
from tests.factories import id_number, make_enterprise, make_member, make_union, make_user
from tests.imports.conftest import BY_NAME, CLEAN, DATA, import_sample
from tests.imports.test_command import run as command
from wanping_union import clock, crypto
from wanping_union.accounts.models import Union
from wanping_union.imports import services
from wanping_union.rights.models import Consent, Notice
from wanping_union.rights.rules import Purpose
from wanping_union.roles import Role

HEAD = ("姓名", "证件号码", "所属工会", "入会日期")
ONE, OTHER = "11010519491231002X", "110106198401088230"


def roster(*rows, head=HEAD):
    book = Workbook()
    book.active.append(head)
    for row in rows:
        book.active.append(row)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def run(*rows, head=HEAD, by=None, **options):
    content = roster(*rows, head=head)
    return services.import_content(BY_NAME["roster"], content, "x.xlsx", by=by, **options)


def codes(outcome):
    return [(row, problem.column, problem.code) for row, problem in outcome.errors()]


def test_the_sample_year_comes_out_whole(sample):
    members = Membership.objects.counted_at(date(2016, 12, 31))
    assert Union.objects.base().valid_at(date(2016, 1, 1)).count() == 12
    assert Enterprise.objects.covered_at(date(2016, 12, 31)).count() == 127
    assert members.count() == 1231
    assert members.filter(person__sex="F").count() == 589
    joined = Membership.objects.joined_between(date(2016, 1, 1), date(2016, 12, 31))
    routes = dict(joined.values_list("route").annotate(Count("pk")))
    assert routes == {"new_union_unit": 17, "scattered": 6, "existing_union": 21}
    assert joined.values("enterprise").distinct().count() == 9


def test_a_dry_run_leaves_nothing_and_predicts_the_run(wanping):
    command("unions", DATA / CLEAN["unions"])
    command("enterprises", DATA / CLEAN["enterprises"])
    predicted, code = command("roster", DATA / CLEAN["roster"], "--dry-run")
    assert (code, Person.objects.count()) == (0, 0)
    done, _ = command("roster", DATA / CLEAN["roster"])
    assert predicted == done
    assert Person.objects.count() == done["created"] == 1231


def test_a_person_is_stored_with_what_finds_them_again(sample):
    person = Person.objects.get(id_hash=crypto.keyed_hash("id_number", "41092819660220756X"))
    assert (person.name, person.sex, person.born_on) == ("尹雨", "F", date(1966, 2, 20))
    assert person.id_number == "41092819660220756X"
    assert person.mobile == "15640907853"
    assert person.mobile_tail == "7853"
    assert person.mobile_hash == crypto.keyed_hash("mobile", "15640907853")
    assert {"尹雨", "yinyu", "yy"} <= set(person.keys)
    membership = person.memberships.get()
    assert membership.joined_on == date(2009, 5, 8)
    assert membership.enterprise.name == "人天书店公司"
    assert Standing.objects.get(membership=membership).from_on == date(2009, 5, 8)


def test_a_blank_cell_or_a_missing_column_changes_nothing(union):
    head = (*HEAD, "手机号码", "学历", "入会途径", "京卡卡号", "备注", "工种")
    full = (
        "张三",
        ONE,
        union.code,
        "2016-12-01",
        "13812345678",
        "本科",
        "零散会员",
        "6217000000000001",
        "备",
        "保洁",
    )
    assert run(full, head=head).counts.created == 1
    blank = ("张三", ONE, union.code, "2016-12-01", "", None, " ", "", "", "")
    assert run(blank, head=head).counts.unchanged == 1
    assert run(full[:4]).counts.unchanged == 1
    membership = Membership.objects.select_related("person").get()
    assert membership.person.mobile == "13812345678"
    assert membership.person.card == "6217000000000001"
    assert (membership.person.education, membership.route) == ("bachelor", "scattered")
    assert (membership.remark, membership.occupation) == ("备", "保洁")


def test_what_differs_is_updated_and_nothing_else(union):
    head = (*HEAD, "手机号码", "入会途径")
    run(("张三", ONE, union.code, "2016-12-01", "13812345678", "零散会员"), head=head)
    before = Person.objects.get()
    outcome = run(("张山", ONE, union.code, "2016-12-02", "13812345678", "已建会单位"), head=head)
    assert outcome.counts == (0, 1, 0)
    person, membership = Person.objects.get(), Membership.objects.get()
    assert (person.name, person.mobile, person.pk) == ("张山", "13812345678", before.pk)
    assert "zhangshan" in person.keys
    assert (membership.joined_on, membership.route) == (date(2016, 12, 2), "existing_union")
    assert Standing.objects.get().from_on == date(2016, 12, 2)


def test_each_changed_row_gets_its_own_secrets_and_the_others_keep_theirs(union):
    third, fourth = id_number(), id_number()
    head = (*HEAD, "手机号码")

    def row(name, number, mobile):
        return (name, number, union.code, "2016-12-01", mobile)

    def ciphertexts():
        with connection.cursor() as cursor:
            cursor.execute("select name, id_number, mobile from members_person")
            return {name: (bytes(number), bytes(mobile)) for name, number, mobile in cursor}

    run(row("张三", ONE, "13812345671"), row("李四", OTHER, "13812345672"), head=head)
    before = ciphertexts()
    rows = (
        row("王五", third, "13812345673"),
        row("张三", ONE, "13812345671"),
        row("无名", "1", "13812345670"),
        row("李四", OTHER, "13812345674"),
        row("赵六", fourth, "13812345675"),
    )
    assert run(*rows, head=head, only_good=True).counts == (2, 1, 1)
    after = ciphertexts()
    assert after["张三"] == before["张三"]
    assert after["李四"][0] == before["李四"][0]
    assert {(p.name, p.id_number, p.mobile) for p in Person.objects.all()} == {
        ("王五", third, "13812345673"),
        ("张三", ONE, "13812345671"),
        ("李四", OTHER, "13812345674"),
        ("赵六", fourth, "13812345675"),
    }


def test_a_member_of_another_union_is_a_problem_and_its_name_is_not_told(union, other_union, chair):
    make_member(other_union, number=ONE)
    outcome = run(("张三", ONE, union.code, "2016-12-01"), by=chair)
    assert codes(outcome) == [(2, "证件号码", "member_elsewhere")]
    assert other_union.name not in str(outcome.problems)
    assert other_union.name in str(run(("张三", ONE, union.code, "2016-12-01")).problems)


def test_who_has_left_joins_again_with_a_later_date_and_stays_out_with_an_old_one(union):
    old = make_member(union, number=ONE, joined_on=date(2010, 1, 1))
    Standing.objects.filter(membership=old).update(until_on=date(2014, 1, 1))
    Standing.objects.create(membership=old, status=Status.WITHDRAWN, from_on=date(2014, 1, 1))
    Membership.objects.filter(pk=old.pk).update(status=Status.WITHDRAWN)

    stale = run(("韩轩娜", ONE, union.code, "2010-01-01"))
    assert stale.counts == (0, 0, 1)
    assert "1 人在系统里已退会、去世" in stale.remarks[0]

    assert run(("韩轩娜", ONE, union.code, "2016-01-01")).counts.created == 1
    now = Membership.objects.get(is_current=True)
    assert (now.joined_on, now.status) == (date(2016, 1, 1), Status.ACTIVE)
    assert Membership.objects.count() == 2


def test_a_person_whose_data_are_only_kept_is_not_touched(union):
    member = make_member(union, number=ONE, name="韩轩娜")
    Membership.objects.filter(pk=member.pk).update(restricted_on=date(2026, 1, 5))
    row = ("韩轩", ONE, "晓月苑联合工会", "2014-02-03", "13800001234")
    outcome = run(row, head=(*HEAD, "手机号码"))
    assert (outcome.counts.updated, outcome.counts.unchanged) == (0, 1)
    assert "限制处理" in outcome.remarks[0]
    person = Person.objects.get()
    assert (person.name, person.mobile) == ("韩轩娜", "")
    assert Membership.objects.get().joined_on == member.joined_on


def test_who_agreed_before_the_import_counts_as_told(union, chair):
    notice = Notice.objects.get(purpose=Purpose.MEMBERSHIP, version=1)
    Consent.objects.create(
        subject=crypto.keyed_hash("id_number", ONE), union=union, purpose=notice.purpose,
        notice=notice, channel="paper", given_on=date(2016, 1, 2), by=chair,
    )  # fmt: skip
    run(("张三", ONE, union.code, "2016-02-01"), ("李四", OTHER, union.code, "2016-02-01"))
    told = dict(Membership.objects.values_list("person__name", "is_told"))
    assert told == {"张三": True, "李四": False}


def test_who_left_another_union_can_only_join_after_that_day(union, other_union):
    old = make_member(other_union, number=ONE, joined_on=date(2010, 1, 1))
    Standing.objects.filter(membership=old).update(until_on=date(2014, 1, 1))
    Standing.objects.create(membership=old, status=Status.WITHDRAWN, from_on=date(2014, 1, 1))
    Membership.objects.filter(pk=old.pk).update(status=Status.WITHDRAWN)
    assert codes(run(("韩轩娜", ONE, union.code, "2013-01-01"))) == [
        (2, "证件号码", "member_elsewhere")
    ]
    assert run(("韩轩娜", ONE, union.code, "2015-01-01")).counts.created == 1


def test_a_retained_membership_is_kept_as_it_is(union):
    make_member(union, name="张三", number=ONE, status=Status.RETAINED, joined_on=date(2010, 1, 1))
    assert run(("张三", ONE, union.code, "2010-01-01")).counts.created == 0
    assert Membership.objects.get().status == Status.RETAINED


def test_a_passport_needs_sex_and_birth_only_when_the_person_is_new(union):
    head = (*HEAD, "证件类型", "性别", "出生日期")
    row = ("John Smith", "E1234567", union.code, "2016-01-01", "护照")
    bare = run((*row, "", ""), head=head)
    assert codes(bare) == [(2, "性别", "required"), (2, "出生日期", "required")]
    assert run((*row, "男", "1980-01-02"), head=head).counts.created == 1
    assert run((*row, "", ""), head=head).counts.unchanged == 1


def test_a_card_belongs_to_one_person(union):
    head = (*HEAD, "京卡卡号")
    card = "6217000000000001"
    twice = run(
        ("甲一", ONE, union.code, "2016-01-01", card),
        ("乙二", OTHER, union.code, "2016-01-01", card),
        head=head,
    )
    assert codes(twice) == [(3, "京卡卡号", "duplicate_in_file")]
    assert run(("甲一", ONE, union.code, "2016-01-01", card), head=head).counts.created == 1
    taken = run(("乙二", OTHER, union.code, "2016-01-01", card), head=head)
    assert codes(taken) == [(2, "京卡卡号", "card_taken")]


def test_a_duplicate_ends_its_row(union):
    head = (*HEAD, "手机号码", "性别")
    outcome = run(
        ("甲一", ONE, union.code, "2016-01-01", "", ""),
        ("甲一", ONE, union.code, "明天", "123", "男"),
        head=head,
    )
    assert codes(outcome) == [(3, "性别", "id_sex_mismatch"), (3, "证件号码", "duplicate_in_file")]


def test_a_row_tells_all_its_problems_at_once_one_a_column(union, other_union):
    make_member(other_union, number=ONE)
    head = (*HEAD, "手机号码")
    outcome = run(("", ONE, union.code, "2099-01-01", "123"), head=head)
    assert set(codes(outcome)) == {
        (2, "姓名", "required"),
        (2, "入会日期", "date_in_future"),
        (2, "手机号码", "mobile_format"),
        (2, "证件号码", "member_elsewhere"),
    }


def test_the_business_clock_says_what_is_the_future(union):
    with clock.at(date(2016, 6, 1)):
        outcome = run(("甲一", ONE, union.code, "2016-07-01"))
    assert codes(outcome) == [(2, "入会日期", "date_in_future")]


@pytest.mark.parametrize(
    ("code", "name", "problem"),
    [
        ("", "晓月商店", None),
        ("91110106EH82942F63", "随便写的", None),
        ("", "桥西商店", None),
        ("", "没有的商店", ("工作单位", "unknown_enterprise")),
        ("9111010664H9EH9B8M", "书店", ("工作单位", "unknown_enterprise")),
        ("9111010664H9EH9B8M", "", ("统一社会信用代码", "unknown_enterprise")),
        ("91110106EH82942F64", "晓月商店", ("统一社会信用代码", "uscc_checksum")),
        ("", "连锁商店", ("工作单位", "unknown_enterprise")),
    ],
)
def test_an_enterprise_is_found_by_code_then_by_name(union, other_union, area, code, name, problem):
    make_enterprise(union, name="晓月商店")
    make_enterprise(union, name="书店", uscc="91110106EH82942F63")
    make_enterprise(other_union, name="桥西商店")
    make_enterprise(other_union, name="连锁商店")
    make_enterprise(make_union(area), name="连锁商店")
    head = (*HEAD, "工作单位", "统一社会信用代码")
    outcome = run(("甲一", ONE, union.code, "2016-01-01", name, code), head=head)
    assert codes(outcome) == ([(2, *problem)] if problem else [])


def test_joining_cannot_move_behind_a_later_change_of_status(union):
    membership = make_member(union, name="张三", number=ONE, joined_on=date(2010, 1, 1))
    Standing.objects.filter(membership=membership).update(until_on=date(2012, 1, 1))
    Standing.objects.create(
        membership=membership, status="retained", reason="retired", from_on=date(2012, 1, 1)
    )
    Membership.objects.filter(pk=membership.pk).update(status="retained")
    assert codes(run(("张三", ONE, union.code, "2013-01-01"))) == [(2, "入会日期", "date_format")]


def test_odd_signs_in_a_cell_reach_the_database_as_they_are(union):
    remark = '他说"好"\\N，a\tb'
    run(('欧"阳', ONE, union.code, "2016-01-01", remark), head=(*HEAD, "备注"))
    assert Membership.objects.get().remark == '他说"好"\\N，a b'
    assert Person.objects.get().name == '欧"阳'


def test_two_imports_of_one_person_at_once_make_one_person(committed, union):
    rows = [(f"人{n}", number, union.code, "2016-01-01") for n, number in enumerate(numbers(40))]
    start = threading.Barrier(2)
    counts = []

    def work():
        start.wait()
        with transaction.atomic():
            counts.append(run(*rows).counts)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [(0, 0, 40), (40, 0, 0)]
    assert Person.objects.count() == Membership.objects.count() == 40


def test_a_person_entered_by_hand_meanwhile_is_found_again(committed, union):
    number = numbers(1)[0]
    entered, waiting = threading.Event(), threading.Event()

    def by_hand():
        with transaction.atomic():
            make_member(union, name="张三", number=number, joined_on=date(2016, 1, 1))
            entered.set()
            waiting.wait(1)
        connection.close()

    thread = threading.Thread(target=by_hand)
    thread.start()
    entered.wait()
    outcome = run(("张三", number, union.code, "2016-01-01"))
    thread.join()
    assert outcome.counts == (0, 0, 1)
    assert Person.objects.count() == 1


def numbers(count):
    return [id_number() for _ in range(count)]


def test_a_clerk_imports_for_the_own_union_only(sample):
    clerk = make_user(Role.UNIT_CLERK, Union.objects.get(code="WP02"))
    outcome = import_sample("roster", by=clerk, dry_run=True)
    found = {problem.code for _, problem in outcome.errors()}
    assert found == {"not_your_union"}
    assert outcome.importable == 51
