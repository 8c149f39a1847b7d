"""python -m tests.fuzz.attachments COUNT: look at that many mutated attachments as the portal does.

Prints {"answers": {taken or refused: count}, "slowest": processor seconds, "memory": KB of the largest process}.
"""

import json
import resource
import sys
from collections import Counter
from multiprocessing import Pool

from tests.attachments import corpus
from tests.fuzz.files import AT_ONCE, mutated
from wanping_union.attachments.checking import check
from wanping_union.errors import Refused

GOOD = (
    ("a.pdf", corpus.pdf(stream=corpus.packed(b"3 0 <</Type/Page>>"))),
    ("b.pdf", corpus.pdf(pages=30)),
    ("c.jpg", corpus.photo()),
    ("d.png", corpus.picture("PNG", (300, 200), "RGBA", (1, 2, 3, 4))),
    ("e.png", corpus.giant_png(5_000)),
    ("f.webp", corpus.picture("WEBP")),
    ("g.docx", corpus.docx(word___rels__settings_dot_xml_dot_rels=corpus.link("hyperlink"))),
    ("h.xlsx", corpus.xlsx()),
)


def look(file: tuple[str, bytes]) -> tuple[str, float, int]:
    """What came of it, processor seconds of its process, KB of the largest so far.

    Raises what the portal does not expect.
    """
    name, content = file
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        check(content, name)
        answer = "taken"
    except Refused:
        answer = "refused"
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return answer, seconds, after.ru_maxrss


def main(count: int) -> None:
    with Pool(AT_ONCE) as pool:
        results = pool.imap(look, mutated(count, good=GOOD))
        answers, seconds, memory = zip(*results, strict=True)
    found = {"answers": Counter(answers), "slowest": round(max(seconds), 2), "memory": max(memory)}
    print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]))
