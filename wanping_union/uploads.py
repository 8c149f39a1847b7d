"""Taking in uploaded files without a clear copy on disk."""

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class InMemory(FileUploadHandler):
    """Keeps files in memory; what lies beyond the limit of one request is counted, not kept.

    Such a file says it is larger than the limit, so that its form refuses it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.room = settings.IMPORT_MAX_BYTES

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.kept = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if len(raw_data) <= self.room:
            self.room -= self.kept.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        whole = self.kept.tell() == file_size
        self.kept.seek(0)
        return InMemoryUploadedFile(
            self.kept,
            self.field_name,
            self.file_name or "",
            self.content_type or "",
            file_size if whole else max(file_size, settings.IMPORT_MAX_BYTES + 1),
            self.charset,
            self.content_type_extra,
        )
