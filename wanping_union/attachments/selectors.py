"""Files of a record, as its page shows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.urls import reverse

from wanping_union.accounts.models import User
from wanping_union.attachments.holders import Holder
from wanping_union.attachments.models import Attachment
from wanping_union.audit.models import name_of


def of(record: models.Model) -> list[Attachment]:
    """Files that are there, newest first."""
    rows = Attachment.objects.there().filter(record=name_of(record)).select_related("by")
    return list(rows.order_by("-at", "-pk"))


@dataclass(frozen=True)
class Section:
    """What _parts/attachments.html prints. add_url: "" for who may not add."""

    files: list[Attachment]
    add_url: str


def section(holder: Holder, record: models.Model, user: User) -> Section | None:
    """None for who may not open the files of this record."""
    union = holder.union(record)
    if not user.may(holder.viewers, union):
        return None
    may_add = user.may(holder.keepers, union)
    return Section(of(record), add_url(holder, record) if may_add else "")


def add_url(holder: Holder, record: models.Model) -> str:
    return reverse("attachments:add", args=[holder.name, record.pk])


@dataclass(frozen=True)
class Twin:
    """Another record that holds the very same file."""

    words: str
    url: str


def twins(attachment: Attachment, user: User, holders: Mapping[str, Holder]) -> list[Twin]:
    """Other records the person may see with the same content."""
    same = Attachment.objects.there().filter(sha256=attachment.sha256)
    found: list[Twin] = []
    for other in same.exclude(record=attachment.record).order_by("pk")[:20]:
        holder = holders.get(other.kind)
        record: Any = holder and holder.visible_to(user).filter(pk=other.key).first()
        if record:
            found.append(Twin(f"{record}：{other.label}", record.get_absolute_url()))
    return found


@dataclass(frozen=True)
class Leaf:
    """One picture of a file: itself, or a page of a PDF with its number. url: "" for neither."""

    file: Attachment
    url: str
    number: int = 0

    @property
    def before(self) -> int:
        """0 where there is none."""
        return max(self.number - 1, 0)

    @property
    def after(self) -> int:
        """0 where there is none."""
        return self.number + 1 if self.number < self.file.pages_shown else 0

    @property
    def words(self) -> str:
        return f"第 {self.number} 页，共 {self.file.pages} 页" if self.number else ""


def leaf(file: Attachment, page: str = "") -> Leaf:
    """What a viewer shows of a file. page: as the address says it, the first if it says none."""
    if file.is_picture:
        return Leaf(file, reverse("attachments:file", args=[file.pk]))
    if not file.pages_shown:
        return Leaf(file, "")
    number = int(page) if page.isdecimal() and len(page) < 5 else 1
    number = min(max(number, 1), file.pages_shown)
    return Leaf(file, reverse("attachments:page", args=[file.pk, number]), number)


def beside(attachment: Attachment) -> tuple[Attachment | None, Attachment | None]:
    """The files before and after this one on its record's page."""
    files = list(Attachment.objects.there().filter(record=attachment.record).order_by("-at", "-pk"))
    at = files.index(attachment)
    before = files[at - 1] if at else None
    return before, files[at + 1] if at + 1 < len(files) else None
