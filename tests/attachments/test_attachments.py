"""A file is fastened to a record, opened by few, and gone when it is removed."""

import base64
import os
import time
from io import BytesIO
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image

from members.models import Membership
from members.papers import PERSON
from tests.attachments import corpus
from tests.factories import make_member, make_union, make_user
from wanping_union import crypto
from wanping_union.attachments import formats, selectors, services, storing
from wanping_union.attachments.models import Attachment
from wanping_union.audit import log
from wanping_union.audit.models import Act, Look
from wanping_union.crypto import CannotOpen
from wanping_union.errors import NotAllowed, OutOfTurn, Refused
from wanping_union.roles import Role

LABEL = "入会申请书"


@pytest.fixture
def person(union):
    return make_member(union, name="王秀英").person


def attach(person, by, union, name="申请书.jpg", content=None):
    upload = SimpleUploadedFile(name, content or corpus.photo())
    return services.keep(person, upload, by=by, union=union, label=LABEL)


def post(client, path, **fields):
    return client.post(path, {"form_token": str(uuid4()), **fields})


def send(client, person, name="申请书.jpg", content=None):
    upload = SimpleUploadedFile(name, content or corpus.photo())
    return post(client, f"/attachments/members.person/{person.pk}/add/", label=LABEL, file=upload)


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_clerk_fastens_a_photo_and_sees_it_on_the_persons_page(client, person, chair, union):
    client.force_login(chair)

    sent = send(client, person, "王秀英申请书.jpg")

    assert sent.headers["Location"] == person.get_absolute_url()
    kept = selectors.of(person)[0]
    page = client.get(person.get_absolute_url()).content.decode()
    assert "王秀英申请书.jpg" in page
    assert f"/attachments/{kept.pk}/thumbnail/" in page
    assert (kept.label, kept.by, kept.union, kept.mime) == (LABEL, chair, union, "image/jpeg")
    assert Act.objects.get(name="attach").record == f"members.person:{person.pk}"


def test_the_file_lies_sealed_under_a_name_that_says_nothing(folder, person, chair, union):
    kept = attach(person, chair, union, "王秀英.pdf", corpus.pdf())

    assert files_in(folder) == [kept.path]
    lying = (folder / kept.path).read_bytes()
    assert b"%PDF" not in lying
    assert os.stat(folder / kept.path).st_mode & 0o077 == 0
    assert "王秀英" not in kept.path
    with connection.cursor() as cursor:
        cursor.execute("select name from attachments_attachment")
        assert "王秀英".encode() not in bytes(cursor.fetchone()[0])
    assert storing.read(kept.path) == corpus.pdf()


def test_a_file_put_in_anothers_place_does_not_open(folder, person, chair, union):
    one = attach(person, chair, union, "一.pdf", corpus.pdf())
    two = attach(person, chair, union, "二.pdf", corpus.pdf(pages=3))
    (folder / one.path).write_bytes((folder / two.path).read_bytes())
    with pytest.raises(CannotOpen):
        storing.read(one.path)
    *whole, last = (folder / two.path).read_bytes()
    (folder / two.path).write_bytes(bytes([*whole, last ^ 1]))
    with pytest.raises(CannotOpen):
        storing.read(two.path)


def test_every_look_is_noted_before_the_bytes_leave(client, person, chair, union, monkeypatch):
    kept = attach(person, chair, union)
    client.force_login(chair)
    path = f"/attachments/{kept.pk}/file/"

    answer = client.get(path)

    look = Look.objects.get(page="附件")
    assert (look.by, look.model, look.ids, look.fields) == (
        chair, "members.person", [person.pk], [LABEL],
    )  # fmt: skip
    with Image.open(BytesIO(answer.content)) as image:
        assert image.size == (480, 640)

    def broken(*args, **kwargs):
        raise RuntimeError("no log")

    monkeypatch.setattr(log, "look", broken)
    with pytest.raises(RuntimeError):
        client.get(path)


@pytest.mark.parametrize(
    ("name", "content", "start"),
    [
        ("王秀英 申请\"书'.jpg", corpus.photo(), "inline"),
        ("申请书.pdf", corpus.pdf(), "attachment"),
        ("申请书.docx", corpus.docx(), "attachment"),
    ],
)
def test_what_is_served_can_do_nothing(client, person, chair, union, name, content, start):
    kept = attach(person, chair, union, name, content)
    client.force_login(chair)

    for query in ("", "?download=1"):
        answer = client.get(f"/attachments/{kept.pk}/file/{query}")
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Type"] == kept.mime
        said = answer.headers["Content-Disposition"]
        assert said.startswith("attachment" if query else start)
        assert "filename*=utf-8''" in said
        assert "\n" not in said
        assert not answer.streaming


def test_a_page_of_a_pdf_is_served_like_a_file_and_each_look_noted(client, person, chair, union):
    sent = corpus.scan("red", "blue")
    kept = attach(person, chair, union, "病历.pdf", sent)
    client.force_login(chair)

    answer = client.get(f"/attachments/{kept.pk}/pages/2/")

    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8")
    assert Look.objects.get(page="附件").ids == [person.pk]
    assert storing.read(kept.path) == sent  # the original stays as it came
    for number in (0, 3):
        assert client.get(f"/attachments/{kept.pk}/pages/{number}/").status_code == 404
    page = client.get(f"/attachments/{kept.pk}/?page=2").content.decode()
    assert f"/attachments/{kept.pk}/pages/2/" in page
    assert "第 2 页，共 2 页" in page


def test_a_page_that_cannot_be_drawn_is_a_sentence(client, person, chair, union):
    kept = attach(person, chair, union, "病历.pdf", corpus.scan("red"))
    path = storing.new_path()
    storing.write(path, b"%PDF-1.4\n%%EOF\n")
    Attachment.objects.filter(pk=kept.pk).update(path=path)
    client.force_login(chair)
    answer = client.get(f"/attachments/{kept.pk}/pages/1/")
    assert (answer.status_code, answer.content.decode()) == (422, formats.DAMAGED)


@pytest.mark.parametrize(
    ("page", "shown"), [("", 1), ("0", 1), ("-4", 1), ("x", 1), ("9" * 5000, 1), ("101", 100)]
)
def test_of_very_many_pages_the_first_are_shown_and_it_is_said(
    client, person, chair, union, page, shown
):
    kept = attach(person, chair, union, "病历.pdf", corpus.pdf(pages=500))
    leaf = selectors.leaf(kept, page)
    assert (leaf.number, leaf.before, leaf.after) == (shown, shown - 1, 2 if shown == 1 else 0)
    client.force_login(chair)
    answer = client.get(kept.get_absolute_url(), {"page": page[:9]}).content.decode()
    assert "有 500 页，这里只能看前 100 页" in answer
    assert client.get(f"/attachments/{kept.pk}/pages/101/").status_code == 404


def test_files_are_opened_only_by_those_who_may_look_at_numbers(
    client, person, chair, outsider, administrator, auditor, reviewer, union
):
    kept = attach(person, chair, union)
    paths = [f"/attachments/{kept.pk}/{end}" for end in ("", "file/", "thumbnail/", "remove/")]
    paths.append(f"/attachments/members.person/{person.pk}/add/")
    scanned = attach(person, chair, union, "病历.pdf", corpus.scan("red"))
    paths.insert(2, f"/attachments/{scanned.pk}/pages/1/")
    finance = make_user(Role.FINANCE_OFFICER, union)
    expected = {outsider: 404, administrator: 403, auditor: 403, finance: 404}
    for user, status in expected.items():
        client.force_login(user)
        assert [client.get(path).status_code for path in paths] == [status] * 6, user.name
        assert [post(client, path).status_code for path in paths[4:]] == [status] * 2
    client.force_login(administrator)
    assert "附件" not in client.get(person.get_absolute_url()).content.decode()

    client.force_login(reviewer)
    assert [client.get(path).status_code for path in paths] == [200, 200, 200, 200, 403, 403]
    client.force_login(chair)
    assert [client.get(path).status_code for path in paths] == [200] * 6


def test_files_go_with_the_person_to_another_union(client, person, chair, outsider, other_union):
    kept = attach(person, chair, person.memberships.get().union)
    Membership.objects.update(union=other_union)
    client.force_login(chair)
    assert client.get(f"/attachments/{kept.pk}/").status_code == 404
    client.force_login(outsider)
    assert client.get(f"/attachments/{kept.pk}/").status_code == 200


def test_only_known_kinds_of_record_hold_files(client, chair, union):
    client.force_login(chair)
    for kind in ("accounts.user", "members.membership", "x"):
        assert client.get(f"/attachments/{kind}/1/add/").status_code == 404
    assert client.get("/attachments/members.person/999999/add/").status_code == 404


def test_the_same_file_is_taken_once_and_found_at_others(client, person, chair, union, outsider):
    other = make_member(union, name="李建国").person
    client.force_login(chair)
    send(client, person)

    again = send(client, person)
    elsewhere = send(client, other)

    assert again.status_code == 422
    assert "已经在这里了" in again.content.decode()
    shown = client.get(elsewhere.headers["Location"]).content.decode()
    assert "请核对有没有传错" in shown
    assert f'<a href="{person.get_absolute_url()}">王秀英：入会申请书</a>' in shown
    assert selectors.twins(selectors.of(other)[0], outsider, {"members.person": PERSON}) == []


def test_a_refused_file_keeps_what_was_chosen(client, person, chair, folder):
    client.force_login(chair)
    answer = send(client, person, "扫描.heic", corpus.heic())
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "兼容性最佳" in text
    assert f'value="{LABEL}"' in text.split(" checked")[0][-200:]
    assert files_in(folder) == []
    assert not Attachment.objects.exists()


def test_a_scan_of_forty_megabytes_gets_a_sentence(client, person, chair):
    client.force_login(chair)
    answer = client.post(
        f"/attachments/members.person/{person.pk}/add/",
        data=b"x",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(40 << 20),
    )
    assert answer.status_code == 413
    assert "200 dpi" in answer.content.decode()
    assert "返回上一页" in answer.content.decode()


def test_a_full_disk_leaves_nothing_half(folder, person, chair, union, monkeypatch):
    save = storing.storage().__class__._save

    def full(self, name, content):
        path = save(self, name, content)
        if name.endswith(storing.SMALL):
            os.truncate(self.path(path), 10)
            raise OSError(28, "No space left on device")
        return path

    monkeypatch.setattr(storing.storage().__class__, "_save", full)
    with pytest.raises(Refused, match="存不了文件"):
        attach(person, chair, union)
    monkeypatch.undo()

    assert not Attachment.objects.exists()
    assert files_in(folder) == []


def test_removing_erases_the_file_and_keeps_who_and_why(
    client, folder, person, chair, union, django_capture_on_commit_callbacks
):
    kept = attach(person, chair, union)
    client.force_login(chair)
    path = f"/attachments/{kept.pk}/remove/"
    assert post(client, path).status_code == 422

    with django_capture_on_commit_callbacks(execute=True):
        assert post(client, path, reason="传错了人").status_code == 302

    kept.refresh_from_db()
    assert (kept.removed_by, kept.removed_because) == (chair, "传错了人")
    assert files_in(folder) == []
    assert client.get(f"/attachments/{kept.pk}/file/").status_code == 404
    assert Act.objects.get(name="remove_attachment").note.startswith("传错了人")
    attach(person, chair, union)  # may come again


def test_the_role_is_checked_where_the_act_is(person, chair, administrator, auditor, union):
    kept = attach(person, chair, union)
    for user in (administrator, auditor):
        with pytest.raises(NotAllowed):
            services.look(kept, PERSON, by=user)
        with pytest.raises(NotAllowed):
            services.remove(kept, PERSON, by=user, reason="不行")


def test_of_two_removals_at_once_one_is_told_it_came_late(committed, folder):
    person, chair, union = _cast()
    kept = attach(person, chair, union)
    barrier, ended = Barrier(2), []

    def remove(reason):
        barrier.wait()
        try:
            services.remove(kept, PERSON, by=chair, reason=reason)
            ended.append("removed")
        except OutOfTurn:
            ended.append("late")
        finally:
            connection.close()

    threads = [Thread(target=remove, args=[f"原因{n}"]) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ended) == ["late", "removed"]
    assert Act.objects.filter(name="remove_attachment").count() == 1
    assert files_in(folder) == []


def _cast():
    union = make_union()
    return make_member(union, name="王秀英").person, make_user(Role.UNIT_CHAIR, union), union


def test_files_without_a_row_are_swept_and_rows_without_a_file_reported(
    folder, person, chair, union
):
    kept, lost = attach(person, chair, union), attach(person, chair, union, "b.pdf", corpus.pdf())
    old, young = storing.new_path(), storing.new_path()
    for path in (old, old + storing.SMALL, young):
        storing.write(path, b"x")
    (folder / lost.path).unlink()
    long_ago = time.time() - 2 * 3600
    for path in (old, old + storing.SMALL, kept.path, kept.path + storing.SMALL):
        os.utime(folder / path, (long_ago, long_ago))

    missing = services.sweep()

    assert missing == [lost.pk]
    assert files_in(folder) == sorted([kept.path, kept.path + storing.SMALL, young])


@pytest.fixture
def second_key(settings):
    def turn():
        key = base64.b64encode(os.urandom(32)).decode()
        settings.FIELD_KEYS = [*settings.FIELD_KEYS, f"2:{key}"]
        crypto._masters.cache_clear()

    yield turn
    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    crypto._masters.cache_clear()


def test_a_new_key_takes_over_the_files(folder, person, chair, union, second_key):
    kept = attach(person, chair, union)
    content, small = storing.read(kept.path), storing.read(kept.path + storing.SMALL)
    before = files_in(folder)
    second_key()

    assert services.rotate() == (1, [])
    assert services.rotate() == (0, [])

    kept.refresh_from_db()
    assert not storing.is_old(kept.path)
    assert storing.read(kept.path) == content
    assert storing.read(kept.path + storing.SMALL) == small
    assert set(before) < set(files_in(folder))  # a page may be reading them; the sweep takes them
    (folder / kept.path).write_bytes(b"\x01\x01" + b"x" * 40)
    assert services.rotate() == (0, [kept.pk])


def test_all_files_of_a_record_can_be_forgotten(
    folder, person, chair, union, django_capture_on_commit_callbacks
):
    attach(person, chair, union)
    attach(person, chair, union, "b.pdf", corpus.pdf())
    with django_capture_on_commit_callbacks(execute=True):
        assert services.forget(person, by=None, reason="保存期限已到") == 2
    assert files_in(folder) == []
    assert selectors.of(person) == []


def test_the_storage_is_a_matter_of_settings_alone(settings, person, chair, union):
    settings.STORAGES = settings.STORAGES | {
        "attachments": {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    }
    kept = attach(person, chair, union, "b.pdf", corpus.pdf())
    assert storing.read(kept.path) == corpus.pdf()
    assert services.sweep() == []
