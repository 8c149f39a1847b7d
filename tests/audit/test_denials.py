"""A refusal is an act of its own."""

from tests.factories import make_member
from wanping_union.audit.models import Act


def test_who_is_refused_a_page_is_written_down_without_its_address(client, administrator, union):
    person = make_member(union).person
    client.force_login(administrator)
    path = f"{person.get_absolute_url()}reveal/id_number/"
    assert client.post(path, {"reason": "看看"}).status_code == 403
    act = Act.objects.get(name="denied")
    assert (act.by, act.note, act.record) == (administrator, "建会与会员（members:reveal）", "")


def test_what_is_not_there_is_no_refusal(client, administrator):
    client.force_login(administrator)
    assert client.get("/members/999/").status_code == 404
    assert not Act.objects.filter(name="denied").exists()
