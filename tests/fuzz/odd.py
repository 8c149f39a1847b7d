"""Odd values, and odd ways to send them."""

import io
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

from tests.imports import corpus

VALUES = (
    "", " ", "a\0b", "王\ud800", "\u200b", "\ufeff", "\u2028", "\x01\x1b\x7f", "\r\n",
    "\u202e玛\u202c", "👩‍👩‍👧‍👦", "Z̗͗̊", "İßﬃ", "ﷺ", "𠮷野", "١٢٣", "½²", "１２３", "９９９９－１２－３１",
    "0", "-0", "-1", "1.005", "1,000", "1e309", "NaN", "-Infinity", "0x10", "1_000", "+1", ".", "e",
    str(2**31), str(2**63), str(-(2**63) - 1), str(2**70), "9" * 400, "9" * 5000,
    "0001-01-01", "9999-12-31", "10000-01-01", "2016-02-30", "2016-13-01", "0000-00-00", "20160231",
    "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2016-03", "0001-01", "9999-12",
    "null", "true", "[]", "{}", '{"a": [1]}', "None", "on", "off", "all", "__all__", "id", "pk",
    "'; drop table x; --", "<script>alert(1)</script>", "{{ 1 }}", "{% x %}", "%00", "%s%n%x", "%",
    "../../etc/passwd", "\\\\", "//evil.example", "javascript:1", "/\r\nX: y", "http://[", "?", "#",
    "110106198507150020", "11010619850715002X", "00000000000000000X", "13812345678", "WP01", "FT",
    "a" * 300, "王" * 2001, "(" * 1000, " " * 5000, "1" + ":" * 2000, "a" * 1_000_000, "王" * 250_000,
)  # fmt: skip
values = st.one_of(
    st.sampled_from(VALUES),
    st.sampled_from(VALUES),
    st.text(max_size=40),
    st.integers().map(str),
    st.decimals().map(str),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.uuids().map(str),
)
FILES = (
    ("", b""), ("a.xlsx", b""), ("a.xlsx", b"PK\3\4"), ("名册.xlsx", corpus.xlsx(corpus.ROSTER)),
    ("a.csv", "姓名,证件号码\n甲,1\n".encode("gb18030")), ("a.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 99),
    ("../../a.xlsx", b"x"), ("a" * 300 + ".xlsx", b"x"), ("a\0.xlsx", b"x"), ("\ud800.xlsx", b"x"),
    ('a".xlsx', b"x"), ("a.xlsx\r\nX: y", b"x"), (".", b"x"), ("\u202exslx.exe", b"MZ"),
)  # fmt: skip
MULTIPART = "multipart/form-data; boundary=b"
FORM = "application/x-www-form-urlencoded"
KINDS = (
    *(FORM,) * 60,
    *(MULTIPART,) * 25,
    f"{FORM}; charset=gbk",
    f"{MULTIPART}; charset=unicode_escape",
    "multipart/form-data",
    "multipart/form-data; boundary=c",
    "application/json",
    "text/plain",
    "",
)
HOWS = (*("set",) * 12, "drop", "double", "many", "rename", "file")
INPUTS = 16  # odd ones in one form, at least
Fields = list[tuple[str, Any]]  # a value is text, or (file name, bytes)


class Change(NamedTuple):
    at: int  # of the field, counted around
    how: str
    value: str
    file: tuple[str, bytes]


changes = st.lists(
    st.builds(
        Change,
        st.integers(0, 60),
        st.sampled_from(HOWS),
        values,
        st.sampled_from(FILES),
    ),
    min_size=INPUTS,
    max_size=INPUTS + 8,
)
kinds = st.sampled_from(KINDS)


def changed(fields: Fields, wanted: list[Change]) -> Fields:
    """The form with these changes, under a token that was not used."""
    fields = [
        (name, str(uuid.uuid4()) if name == "form_token" else value) for name, value in fields
    ]
    for change in wanted:
        fields = list(_changed(fields, change))
    return fields


def _changed(fields: Fields, change: Change) -> Iterator[tuple[str, Any]]:
    for at, (name, value) in enumerate(fields):
        if at != change.at % len(fields):
            yield name, value
            continue
        match change.how:
            case "set":
                yield name, change.value
            case "double":
                yield from ((name, value), (name, change.value))
            case "many":
                yield from ((name, f"{change.value[:99]}{n}") for n in range(300))
            case "rename":
                yield change.value[:99], value
            case "file":
                yield name, change.file


def encoded(fields: Fields, kind: str) -> bytes:
    """The body a hand-made client would send, whatever its kind says."""
    return _parts(fields) if kind.startswith("multipart") else pairs(fields)


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def pairs(fields: Fields) -> bytes:
    def pair(name: str, value: Any) -> str:
        text = value if isinstance(value, str) else value[0]
        return f"{quote_from_bytes(_raw(name))}={quote_from_bytes(_raw(text))}"

    return "&".join(pair(*field) for field in fields).encode()


def _parts(fields: Fields) -> bytes:
    body = io.BytesIO()
    for name, value in fields:
        text, file = (value, None) if isinstance(value, str) else (value[1], value[0])
        head = b'--b\r\nContent-Disposition: form-data; name="%s"' % _raw(name)
        if file is not None:
            head += b'; filename="%s"\r\nContent-Type: application/octet-stream' % _raw(file)
        body.write(head + b"\r\n\r\n" + (text if isinstance(text, bytes) else _raw(text)) + b"\r\n")
    return body.getvalue() + b"--b--\r\n"
