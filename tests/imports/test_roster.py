from datetime import date

from django.db.models import Count

from members.models import Enterprise, Membership, Person, Standing
from wanping_union import crypto
from wanping_union.accounts.models import Union


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
