"""Opens a workbook or text table that a person sent, without trusting it.

The file is checked and read by `child` in a bare process under limits of memory and time; rows
come over a pipe in chunks, so that the portal never holds a whole sheet.
"""

import datetime
import functools
import json
import logging
import os
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from wanping_union import confined

MAX_FILE = 20 * 1024 * 1024  # bytes
MAX_LINE = 64 * 1024 * 1024  # bytes of one chunk of rows
WAIT = 90  # seconds without a byte from the child
HEAD = 60  # rows
CHILD = "wanping_union.imports.child"
FILE_TOO_LARGE = "文件超过 20 MB。请删掉图片和无关的工作表，或把名册拆成几个文件，分别上传。"
GONE = {
    "too_large": (
        "读取这个表格需要的内存或时间太多，已经停止。常见原因是很远的单元格里误留了内容。"
        "请新建一个工作簿，只把有数据的区域复制过去，保存后再上传。"
    ),
    "not_a_workbook": "文件已经损坏，无法读取。请用 WPS 或 Excel 打开，另存为 .xlsx 后再上传。",
}

Cell = str | int | float | bool | datetime.date | datetime.datetime | None
Row = list[Cell]
NumberedRow = tuple[int, Row]

log = logging.getLogger(__name__)


class Unreadable(Exception):
    """The whole file is refused; code as in the contract, sentence says what to do."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code, sentence)

    @property
    def code(self) -> str:
        return str(self.args[0])

    @property
    def sentence(self) -> str:
        return str(self.args[1])


class Interrupted(Exception):
    """Killed from outside, which says nothing of the file: it may be read again."""


@dataclass(frozen=True)
class Sheet:
    index: int
    name: str
    hidden: bool


class Book:
    """An open file; warnings are sentences for the page.

    Rows are (row number as Excel shows it, in CSV the physical line, cells): blank rows are left
    out, trailing empty cells cut off. Starting to read ends an earlier reading of the same book.
    """

    sheets: tuple[Sheet, ...]
    warnings: tuple[str, ...]

    def __init__(self, process: subprocess.Popen[bytes], content: bytes, name: str) -> None:
        self._process = process
        self._rest = b""
        self._idle = True
        if self._line() != b'"ready"':
            raise RuntimeError("the process that reads files did not start")
        order = json.dumps({"size": len(content), "name": PurePath(name).stem})
        self._send(order.encode() + b"\n" + content)
        opened = self._answer()
        self.warnings = tuple(opened["warnings"])
        self.sheets = tuple(Sheet(i, *sheet) for i, sheet in enumerate(opened["sheets"]))

    def head(self, index: int, limit: int = HEAD) -> list[NumberedRow]:
        """The first rows that hold anything."""
        return list(self._rows(index, limit))

    def rows(self, index: int) -> Iterator[NumberedRow]:
        """All rows that hold anything. Raises Unreadable, also in the middle."""
        return self._rows(index, None)

    def _rows(self, index: int, limit: int | None) -> Iterator[NumberedRow]:
        while not self._idle:
            self._chunk()
        self._idle = False
        self._send(json.dumps([index, limit]).encode() + b"\n")
        while chunk := self._chunk():
            yield from zip(*chunk, strict=True)

    def _chunk(self) -> Any:
        chunk = self._answer()
        self._idle = not chunk
        return chunk

    def _answer(self) -> Any:
        message = _decode(self._line().decode())
        if isinstance(message, dict) and "code" in message:
            raise Unreadable(message["code"], message["sentence"])
        return message

    def _send(self, message: bytes) -> None:
        assert self._process.stdin
        pipe, rest = self._process.stdin.fileno(), memoryview(message)
        try:
            while rest:
                rest = rest[os.write(pipe, rest) :]
        except BrokenPipeError:
            raise self._gone() from None

    def _line(self) -> bytes:
        pieces = [self._rest]
        size = 0
        while b"\n" not in pieces[-1]:
            pieces.append(self._piece())
            size += len(pieces[-1])
            if size > MAX_LINE:
                raise Unreadable("too_large", GONE["too_large"])
        line, _, self._rest = b"".join(pieces).partition(b"\n")
        return line

    def _piece(self) -> bytes:
        assert self._process.stdout
        pipe = self._process.stdout.fileno()
        ready, _, _ = select.select([pipe], [], [], WAIT)
        piece = os.read(pipe, 1 << 20) if ready else b""
        if not piece:
            raise self._gone()
        return piece

    def _gone(self) -> Exception:
        """Why the child speaks no more: ended by a limit, a damaged file, or somebody's kill.

        Its own limits of memory and time never end it by SIGKILL.
        """
        try:
            status = self._process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return Unreadable("too_large", GONE["too_large"])
        log.info("the process that reads files ended with %s", status)
        if status == -signal.SIGKILL:
            return Interrupted("the process that reads files was killed")
        code = "too_large" if status < 0 else "not_a_workbook"
        return Unreadable(code, GONE[code])


@contextmanager
def open_workbook(content: bytes, name: str) -> Iterator[Book]:
    """Open a file of any format people send: xlsx, xls, et, ods, xlsb, CSV, HTML or XML tables.

    The content decides, never the name. Raises Unreadable.
    """
    if len(content) > MAX_FILE:
        raise Unreadable("too_large", FILE_TOO_LARGE)
    with confined.start(CHILD) as process:
        try:
            yield Book(process, content, name)
        finally:
            process.kill()


@functools.lru_cache(maxsize=100_000)
def _day(text: str) -> datetime.date:
    if "T" in text:
        return datetime.datetime.fromisoformat(text)
    return datetime.date.fromisoformat(text)


def _date_or_dict(found: dict[str, Any]) -> Any:
    return _day(found["d"]) if "d" in found else found


_decode = json.JSONDecoder(object_hook=_date_or_dict).decode
