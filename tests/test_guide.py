"""What the user's guide says, is there."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tests.factories import make_user
from wanping_union import guide
from wanping_union.roles import Role

TEMPLATES = settings.BASE_DIR / "templates"
GUIDE = TEMPLATES / "guide"
BOLD = re.compile("<b>(.*?)</b>")
PAGES = "\n".join(
    path.read_text()
    for folder, suffix in ((TEMPLATES, "html"), *((settings.BASE_DIR / app, "py") for app in
        ("wanping_union", "members", "relief")))
    for path in Path(folder).rglob(f"*.{suffix}")
    if GUIDE not in path.parents
)  # fmt: skip


@pytest.mark.parametrize("chapter", guide.CHAPTERS, ids=lambda chapter: chapter.name)
def test_what_a_chapter_names_is_written_on_a_page(chapter):
    named = BOLD.findall((TEMPLATES / chapter.template).read_text())
    assert [words for words in named if words not in PAGES] == []


def test_every_chapter_is_in_the_guide():
    assert {path.stem for path in GUIDE.iterdir()} == {one.name for one in guide.CHAPTERS}


@pytest.mark.parametrize("role", Role)
def test_a_role_reads_what_it_may_do(client, district, role):
    client.force_login(make_user(role, district))
    page = client.get("/help/").content.decode()
    shown = {one.name for one in guide.CHAPTERS if f'id="{one.name}"' in page}
    assert shown == {one.name for one in guide.CHAPTERS if role in one.roles}
