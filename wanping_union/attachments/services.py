"""Keeping, opening and removing files; finding those that lost their row."""

import logging
from contextlib import ExitStack
from functools import partial
from hashlib import sha256
from pathlib import PurePath

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from wanping_union.accounts.models import Union, User
from wanping_union.attachments import formats, storing
from wanping_union.attachments.checking import Checked, check
from wanping_union.attachments.holders import Holder
from wanping_union.attachments.models import Attachment
from wanping_union.audit import log as audit
from wanping_union.audit.models import name_of
from wanping_union.crypto import CannotOpen
from wanping_union.errors import NotAllowed, OutOfTurn, Refused

NOT_STORED = "现在存不了文件，没有上传成功。请稍后再试；还是不行，请联系系统管理员。"
TWICE = "这个文件已经在这里了，不用再传一次。"
GONE = "这个文件已经删除。"

log = logging.getLogger(__name__)


@transaction.atomic
def keep(
    record: models.Model,
    upload: UploadedFile,  # type: ignore[type-arg]  # not generic at run time
    *,
    by: User,
    union: Union,
    label: str,
) -> Attachment:
    """Check a file, store it sealed and fasten it to the record. The caller has checked the role.

    Raises Refused for a file that may not be taken, is there already or cannot be stored.
    """
    if upload.size is not None and upload.size > settings.IMPORT_MAX_BYTES:
        raise Refused(formats.TOO_LARGE)
    content, name = upload.read(), PurePath(upload.name or "").name
    checked = check(content, name)
    path = storing.new_path()
    with ExitStack() as undo:
        undo.callback(storing.erase, path)
        _store(path, checked)  # first: a row without its file would be an empty promise
        kept = Attachment(
            record=name_of(record),
            union=union,
            label=label,
            name=_shown(name, checked.mime),
            path=path,
            mime=checked.mime,
            size=len(checked.content),
            sha256=sha256(content).hexdigest(),
            pages=checked.pages,
            width=checked.width,
            height=checked.height,
            by=by,
        )
        _fasten(kept, record)
        undo.pop_all()
    return kept


def _store(path: str, checked: Checked) -> None:
    try:
        storing.write(path, checked.content)
        if checked.thumbnail:
            storing.write(path + storing.SMALL, checked.thumbnail)
    except OSError as fault:
        log.error("attachment not stored: %s", fault)
        raise Refused(NOT_STORED) from fault


def _fasten(kept: Attachment, record: models.Model) -> None:
    try:
        with transaction.atomic():
            kept.save()
    except IntegrityError:
        raise Refused(TWICE) from None
    audit.write("attach", f"上传{kept.label}", by=kept.by, record=record, union=kept.union)


def _shown(name: str, mime: str) -> str:
    """The name a person gave it, ending as what it is now: a WebP has become a JPEG."""
    if formats.MIMES[formats.suffix_of(name)] == mime:
        return name[-200:]
    return name[: name.rfind(".")][-195:] + ".jpg"


@transaction.atomic
def look(attachment: Attachment, holder: Holder, *, by: User) -> bytes:
    """The content, after noting who looked. Raises NotAllowed and Refused."""
    if not by.may(holder.viewers, holder.union(record_of(attachment, holder))):
        raise NotAllowed(f"{by.pk} may not look at attachment {attachment.pk}")
    audit.look(holder.model, [attachment.key], by=by, page="附件", fields=[attachment.label])
    return storing.read(attachment.path)


def record_of(attachment: Attachment, holder: Holder) -> models.Model:
    found: models.Model = holder.model._default_manager.get(pk=attachment.key)
    return found


@transaction.atomic
def remove(attachment: Attachment, holder: Holder, *, by: User, reason: str) -> None:
    """Take a file away for good; who removed it and why stays.

    Raises NotAllowed, and OutOfTurn where somebody was quicker.
    """
    union = holder.union(record := record_of(attachment, holder))
    if not by.may(holder.keepers, union):
        raise NotAllowed(f"{by.pk} may not remove attachment {attachment.pk}")
    mine = Attachment.objects.there().filter(pk=attachment.pk)
    if not mine.update(removed_at=timezone.now(), removed_by=by, removed_because=reason):
        raise OutOfTurn(GONE)
    audit.write(
        "remove_attachment", f"删除{attachment.label}", by=by, record=record, union=union,
        note=reason,
    )  # fmt: skip
    transaction.on_commit(lambda: storing.erase(attachment.path), robust=True)


@transaction.atomic
def forget(record: models.Model, *, by: User | None, reason: str) -> int:
    """Take away all files of a record that may be kept no longer. Returns how many."""
    files = list(Attachment.objects.there().filter(record=name_of(record)))
    for file in files:
        Attachment.objects.filter(pk=file.pk).update(
            removed_at=timezone.now(), removed_by=by, removed_because=reason
        )
        path = file.path
        transaction.on_commit(partial(storing.erase, path), robust=True)
    return len(files)


def rotate() -> tuple[int, list[int]]:
    """Seal files anew that lie under an old key, each under a new name, while pages are served.

    Returns how many, and the keys of rows whose file is missing or does not open. Old files stay
    for the sweep: a page may be reading one.
    """
    done, closed = 0, []
    for file in Attachment.objects.there().order_by("pk").iterator(chunk_size=500):
        try:
            done += _rotated(file)
        except (CannotOpen, FileNotFoundError):
            closed.append(file.pk)
    return done, closed


def _rotated(file: Attachment) -> bool:
    if not storing.is_old(file.path):
        return False
    path = storing.new_path()
    storing.write(path, storing.read(file.path))
    if file.is_picture:
        storing.write(path + storing.SMALL, storing.read(file.path + storing.SMALL))
    there = Attachment.objects.there().filter(pk=file.pk, path=file.path)
    return bool(there.update(path=path))


def sweep() -> list[int]:
    """Erase files without a row. Returns the keys of rows whose file is missing, and logs them."""
    lying = storing.files()
    rows = dict(Attachment.objects.there().values_list("path", "pk"))
    for name in lying:
        if name.removesuffix(storing.SMALL) not in rows:
            storing.storage().delete(name)
    missing = [pk for path, pk in rows.items() if not storing.storage().exists(path)]
    if missing:
        log.error("attachments whose file is missing: %s", missing)
    return missing
