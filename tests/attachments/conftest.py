"""Every test has a folder of its own for files."""

import pytest
from django.core.files.storage import storages


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    """The folder sealed files lie in."""
    there = tmp_path / "attachments"
    there.mkdir()
    settings.STORAGES = settings.STORAGES | {
        "attachments": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": settings.STORAGES["attachments"]["OPTIONS"] | {"location": str(there)},
        }
    }
    yield there
    storages._storages.clear()
