"""python -m tests.fuzz.files COUNT: read that many mutated files as the portal does.

Prints {"answers": {read or code: count}, "slowest": processor seconds, "memory": KB of the largest reader}.
"""

import io
import json
import random
import re
import resource
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from multiprocessing import Pool
from pathlib import Path

from tests.imports import corpus
from wanping_union.imports.reading import Unreadable, open_workbook

ROOT = Path(__file__).parents[2]
AT_ONCE = 2
PEOPLE = [
    ["2016年会员花名册"],
    corpus.HEADER,
    *([n, f"王{n}", "110106198507150020", "晓月苑联合工会", "2016-12-30"] for n in range(40)),
]
LINES = "\n".join(",".join(map(str, row)) for row in PEOPLE)
GOOD: tuple[tuple[str, bytes], ...] = (
    ("a.xlsx", corpus.xlsx(PEOPLE, [["甲", 1.5, True]], merged="A1:E1")),
    ("b.xlsx", (ROOT / "wanping_union/sample/data/roster-damaged.xlsx").read_bytes()),
    ("c.xls", (ROOT / "tests/imports/files/roster.xls").read_bytes()),
    ("d.ods", corpus.ods([[str(cell) for cell in row] for row in PEOPLE])),
    ("e.csv", LINES.encode("gb18030")),
    ("f.csv", LINES.encode("utf-16")),
    ("g.xls", corpus.html("<tr><td rowspan=2>姓名<td>甲</tr>" * 20)),
    ("h.xml", corpus.SPREADSHEET_XML),
)
NUMBERS = (
    "-1",
    "0",
    "4294967296",
    "9" * 30,
    "1e999",
    "NaN",
    "",
    "XFD1048576",
    "A0",
    "&#0;",
    "&#xD800;",
)
Mutate = Callable[[bytes, random.Random], bytes]


def _bits(content: bytes, dice: random.Random) -> bytes:
    return next(corpus.mutations(content, 1, dice.randrange(2**32)))


def _numbers(content: bytes, dice: random.Random) -> bytes:
    """Some numbers and references of a text become extreme."""
    return re.sub(
        rb"(?<=[\">])[A-Z]{0,3}\d+(?=[\"<])",
        lambda found: dice.choice(NUMBERS).encode() if dice.random() < 0.05 else found[0],
        content,
    )


def _tags(content: bytes, dice: random.Random) -> bytes:
    """Elements are lost, doubled or change places."""
    pieces = re.split(rb"(?=<)", content)
    for _ in range(dice.randint(1, 6)):
        one, two = dice.randrange(len(pieces)), dice.randrange(len(pieces))
        match dice.randrange(4):
            case 0:
                pieces[one] = b""
            case 1:
                pieces[one] = pieces[one][:1000] * dice.choice((2, 300))
            case 2:
                pieces[one], pieces[two] = pieces[two], pieces[one]
            case _:
                pieces[one] = pieces[two]
    return b"".join(pieces)


def _member(content: bytes, dice: random.Random) -> bytes:
    """A sound archive around a damaged part, or without it, or with it twice."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [(part.filename, archive.read(part)) for part in archive.infolist()]
    at = dice.randrange(len(parts))
    name, inside = parts[at]
    match dice.randrange(6):
        case 0:
            del parts[at]
        case 1:
            parts[at] = name, parts[dice.randrange(len(parts))][1]
        case 2:
            parts[at] = dice.choice(("../" + name, name.upper(), "a" * 300, "王.xml")), inside
        case _:
            parts[at] = (
                name,
                dice.choice((_bits, _numbers, _tags))(inside, dice) if inside else b"x",
            )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", dice.choice((0, 8))) as archive:
        for name, inside in parts:
            archive.writestr(name, inside)
    return target.getvalue()


def mutated(
    count: int, seed: int = 2016, good: tuple[tuple[str, bytes], ...] = GOOD
) -> Iterator[tuple[str, bytes]]:
    """(file name, content); always the same ones for a seed."""
    dice = random.Random(seed)
    for _ in range(count):
        name, content = dice.choice(good)
        ways: tuple[Mutate, ...] = (_bits, _numbers, _tags)
        if content.startswith(b"PK"):
            ways = (_bits, _member, _member, _member)
        yield name, dice.choice(ways)(content, dice)


def read(file: tuple[str, bytes]) -> tuple[str, float, int]:
    """What came of it, processor seconds of its reader, KB of the largest reader so far.

    Raises what the portal does not expect.
    """
    name, content = file
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        with open_workbook(content, name) as book:
            for sheet in book.sheets:
                for _ in book.rows(sheet.index):
                    pass
        answer = "read"
    except Unreadable as refused:
        answer = refused.code
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return answer, seconds, after.ru_maxrss


def main(count: int) -> None:
    with Pool(AT_ONCE) as pool:
        results = pool.imap(read, mutated(count))
        answers, seconds, memory = zip(*results, strict=True)
    found = {"answers": Counter(answers), "slowest": round(max(seconds), 2), "memory": max(memory)}
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]))
