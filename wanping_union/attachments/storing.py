"""Where the bytes lie: sealed, under random names, on whatever storage the settings name."""

from datetime import timedelta
from secrets import token_hex

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.utils import timezone

from wanping_union.crypto import CannotOpen, newest_key, sealer, unseal

CONTEXT = "attachments"
SMALL = ".t"  # ends the name of a thumbnail
NEW = timedelta(hours=1)  # a file may be older than its row by no more


def storage() -> Storage:
    return storages["attachments"]


def new_path() -> str:
    token = token_hex(16)
    return f"{token[:2]}/{token}"


def write(path: str, content: bytes) -> None:
    """Raises OSError, or what the storage raises; something half may then lie there."""
    # The name stands before the content: a file put in another's place does not open.
    sealed = sealer(CONTEXT)(path.encode() + b"\n" + content)
    storage().save(path, ContentFile(sealed))


def read(path: str) -> bytes:
    """Raises FileNotFoundError, and CannotOpen for a file that was altered or exchanged."""
    with storage().open(path) as file:
        name, _, content = unseal(file.read(), CONTEXT).partition(b"\n")
    if name != path.encode():
        raise CannotOpen(path)
    return content


def is_old(path: str) -> bool:
    """Whether it is sealed with another key than the newest."""
    with storage().open(path) as file:
        return bool(file.read(2)[1] != newest_key())


def erase(path: str) -> None:
    """A file and its thumbnail; those that are gone already count as erased."""
    for name in (path, path + SMALL):
        storage().delete(name)


def files() -> set[str]:
    """Names of all files that are older than an hour, thumbnails too."""
    found = set()
    kept, until = storage(), timezone.now() - NEW
    for folder in kept.listdir("")[0]:
        for name in kept.listdir(folder)[1]:
            if kept.get_modified_time(f"{folder}/{name}") < until:
                found.add(f"{folder}/{name}")
    return found
