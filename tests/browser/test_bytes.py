"""No number of a person stands in clear anywhere after a day's work with it.

Looked at byte by byte: database files and write-ahead log, a dump of every table, Redis with its
file, the logs of all servers, their temporary files, attachments. Names are searchable, so stored
in clear. A workbook is compressed, so an exported one is looked for by its beginning.
"""

import base64
import os
import random
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import openpyxl
import psycopg
import pytest
import redis
from playwright.sync_api import Page, expect
from psycopg import sql
from stdnum.cn import ric

from tests.attachments import corpus
from tests.browser.conftest import own_servers
from wanping_union.servers import HOME, outside_folder

HEADER = ["姓名", "证件号码", "所属工会", "入会日期", "手机", "京卡卡号"]
READ = {
    b"string": lambda store, key: store.get(key),
    b"list": lambda store, key: store.lrange(key, 0, -1),
    b"hash": lambda store, key: store.hgetall(key),
    b"set": lambda store, key: store.smembers(key),
    b"zset": lambda store, key: store.zrange(key, 0, -1),
}
Found = set[tuple[str, str]]  # (where, what)


class Planted:
    """Numbers that nobody else has."""

    def __init__(self) -> None:
        self.dice = random.SystemRandom()
        self.typed = self.id_number(), self.mobile(), self.card()
        self.imported = self.id_number(), self.mobile(), self.card()
        self.damaged = self.id_number(), self.mobile() + "7", self.card()
        self.mended = self.mobile()
        self.refused = self.id_number()[:-1] + "Y"

    def id_number(self) -> str:
        born = f"19{self.dice.randrange(60, 99)}{self.dice.randrange(1, 13):02d}{self.dice.randrange(1, 29):02d}"
        number = f"110106{born}{self.dice.randrange(1000):03d}"
        return number + ric.calc_check_digit(number + "0")

    def mobile(self) -> str:
        return f"19{self.dice.randrange(10**9):09d}"

    def card(self) -> str:
        return f"6029{self.dice.randrange(10**12):012d}"

    @property
    def values(self) -> list[str]:
        return [*self.typed, *self.imported, *self.damaged, self.mended, self.refused]

    def workbook(self) -> bytes:
        book = openpyxl.Workbook()
        for row in (HEADER, ["解轩", *self.row(self.imported)], ["解娜", *self.row(self.damaged)]):
            book.active.append(row)
        target = BytesIO()
        book.save(target)
        return target.getvalue()

    def row(self, numbers: tuple[str, str, str]) -> list[str]:
        return [numbers[0], "WP01", "2026-03-02", *numbers[1:]]


def disguises(value: str) -> Iterator[bytes]:
    """The value as it may stand in a file without being encrypted."""
    plain = value.encode()
    for text in (plain, value.encode("utf-16-le")):
        yield text
        yield text.hex().encode()
        yield text.hex().upper().encode()
        for shift in range(3):
            # Only the signs that no neighbour has a part in.
            coded = base64.b64encode(b"\0" * shift + text)
            yield coded[(8 * shift + 5) // 6 : (8 * (shift + len(text))) // 6]


def clear_in(content: bytes, where: str, values: list[str]) -> Found:
    return {(where, value) for value in values for sign in disguises(value) if sign in content}


def files(database_id: int, folder: Path, since: float) -> Iterator[Path]:
    """What the servers wrote. Of PostgreSQL's data this database's files and the newest log."""
    for home in (HOME, outside_folder()):
        data = home / "postgres" / "data"
        yield from (data / "base" / str(database_id)).glob("*")
        yield from (data / "base" / "pgsql_tmp").glob("**/*")
        yield from (p for p in (data / "pg_wal").glob("*") if p.stat().st_mtime >= since)
        yield from (home / "postgres").glob("*.log")
        yield from (home / "redis").glob("**/*")
    yield from folder.rglob("*")


def everything(folder: Path, since: float) -> Iterator[tuple[str, bytes]]:
    """(where, content) of all that is kept, also in the servers' memory."""
    servers = own_servers()
    with psycopg.connect(servers["DATABASE_OWNER_URL"], autocommit=True) as connection:
        yield from dump(connection)
        write_out(connection)
        found = connection.execute("select oid from pg_database where datname = current_database()")
        database_id = found.fetchone()[0]
    with redis.Redis.from_url(servers["REDIS_URL"]) as store:
        for key in store.scan_iter():
            yield "redis", repr((key, READ[store.type(key)](store, key))).encode()
    for path in files(database_id, folder, since):
        if path.is_file():
            yield str(path), path.read_bytes()


def dump(connection: psycopg.Connection) -> Iterator[tuple[str, bytes]]:
    tables = connection.execute(
        "select schemaname, tablename from pg_tables where schemaname !~ '^(pg_|information_)'"
    ).fetchall()
    for schema, table in tables:
        query = sql.SQL("copy {} to stdout").format(sql.Identifier(schema, table))
        with connection.cursor().copy(query) as rows:
            yield f"{schema}.{table}", b"".join(rows)


def write_out(connection: psycopg.Connection) -> None:
    """A checkpoint, which only a superuser may ask for by name: copying files needs one too."""
    name = sql.Identifier(f"checkpoint_{os.getpid()}")
    connection.execute(
        sql.SQL("create database {} template template0 strategy file_copy").format(name)
    )
    connection.execute(sql.SQL("drop database {}").format(name))


def scan(folder: Path, since: float, values: list[str]) -> Found:
    found: Found = set()
    for where, content in everything(folder, since):
        found |= clear_in(content, where, values)
    return found


def day_of_work(page: Page, sign_in: Callable[[str], None], planted: Planted) -> None:
    """Register, be refused, import, mend, take away what failed, search, look, attach, export."""
    number, mobile, card = planted.typed
    sign_in("chair")
    page.goto("/members/new/")
    page.fill("#id_name", "解晓")
    page.fill("#id_id_number", planted.refused)
    page.fill("#id_joined_on", "2026-03-02")
    page.locator("main button.pri").click()
    expect(page.locator(".errsum")).to_be_visible()
    page.fill("#id_id_number", number)
    page.fill("#id_mobile", mobile)
    page.fill("#id_card", card)
    page.check("#id_told")
    page.check("#id_told_card")
    page.locator("main button.pri").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("解晓")
    person = page.url

    page.goto("/members/imports/upload/")
    page.get_by_label("会员名册").check()
    file = {"name": "名册.xlsx", "mimeType": "application/zip", "buffer": planted.workbook()}
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name="上传并检查").click()
    page.get_by_role("link", name="在网页里改正").click(timeout=30_000)
    page.locator("[name$='-mobile']").fill(planted.mended + "0")
    with page.expect_navigation():
        page.get_by_role("button", name="保存并检查").click()
    page.goto(page.url.partition("mend/")[0])
    with page.expect_download():
        page.get_by_role("button", name="下载").first.click()
    page.get_by_role("link", name="在网页里改正").click()
    page.locator("[name$='-mobile']").fill(planted.mended)
    with page.expect_navigation():
        page.get_by_role("button", name="保存并检查").click()
    page.get_by_role("button", name=re.compile("^导入|^先导入")).first.click()
    page.get_by_text("已导入 2 行").wait_for(timeout=30_000)
    page.wait_for_load_state("networkidle")

    for wanted in (planted.imported[0], planted.mended):
        page.goto("/members/search/")
        page.fill("main input[name=q]", wanted)
        page.locator("main").get_by_role("button", name="搜索").click()
        page.wait_for_url("**/search/?s=*")
        assert wanted not in page.url
    page.goto(f"{person}reveal/id_number/")
    page.get_by_label("理由").fill("核对京卡申请表")
    page.get_by_role("button", name="查看").click()
    expect(page.locator("#value")).to_have_text(number)

    page.goto(person)
    page.get_by_role("link", name="上传附件").click()
    page.get_by_label("入会申请书").check()
    scan_of = corpus.pdf(extra=f"3 0 obj<</Title({mobile})>>endobj\n".encode())
    paper = {"name": f"{number}.pdf", "mimeType": "application/pdf", "buffer": scan_of}
    page.set_input_files("input[type=file]", paper)
    page.get_by_role("button", name="上传").click()
    expect(page.locator(".att")).to_contain_text(".pdf")
    page.goto("/exports/new/people/?union=WP01")
    page.get_by_label("完整号码").check()
    page.get_by_label("用途").fill("核对京卡申请表")
    page.get_by_role("button", name="生成文件").click()
    page.get_by_role("link", name="下载").wait_for(timeout=30_000)


def exported() -> tuple[int, int]:
    """Pieces of exported workbooks: how many there are, and how many begin as one."""
    with psycopg.connect(own_servers()["DATABASE_OWNER_URL"]) as connection:
        return connection.execute(
            "select count(*), count(*) filter (where position('\\x504b0304'::bytea in content) > 0)"
            " from exports_piece"
        ).fetchone()


@pytest.mark.parametrize("size", ["pc"], indirect=True)
def test_no_number_stands_in_clear_anywhere(page, sign_in, portal, tmp_path_factory, tmp_path):
    planted, folder = Planted(), tmp_path_factory.getbasetemp() / "portal"
    marker = tmp_path / "start"
    marker.touch()
    since = marker.stat().st_mtime
    day_of_work(page, sign_in, planted)
    assert scan(folder, since, planted.values) == set()
    pieces, unsealed = exported()
    assert (pieces > 0, unsealed) == (True, 0)
    assert any(path.is_file() for path in (folder / "attachments").rglob("*"))

    # Negative control: what is written in clear, anywhere and in any disguise, is found.
    number, mobile, card = planted.typed
    servers = own_servers()
    with psycopg.connect(servers["DATABASE_OWNER_URL"], autocommit=True) as connection:
        connection.execute("create table in_clear as select %s::text as value", [number])
    with redis.Redis.from_url(servers["REDIS_URL"]) as store:
        store.set("in clear", base64.b64encode(f"x{mobile}".encode()))
    (folder / "in-clear").write_text(f"{{{card.encode('utf-16-le').hex()}}}")
    try:
        found = scan(folder, since, planted.values)
    finally:
        with psycopg.connect(servers["DATABASE_OWNER_URL"], autocommit=True) as connection:
            connection.execute("drop table in_clear")
        (folder / "in-clear").unlink()
        store.delete("in clear")
    assert {
        ("public.in_clear", number),
        ("redis", mobile),
        (str(folder / "in-clear"), card),
    } <= found
    if (HOME / "postgres").exists() or outside_folder().exists():
        assert any("/base/" in where and value == number for where, value in found)
        assert any("/pg_wal/" in where and value == number for where, value in found)
