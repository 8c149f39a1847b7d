"""A roster of 100,000 rows: ours against the floor and against django-import-export.

    python -m benchmarks.import_roster --rows 100000 --rounds 3

check   ours, the dry run
ours    file to committed rows: checks, encryption, search keys, memberships, standings, audit
floor   python-calamine and COPY into one plain table of the same columns with the three indexes
        that Django gives it (key, unique ID number, union), nothing checked
again   ours, when the same file comes a second time
peer    django-import-export as it comes, on a plain model (3,000 rows: it is slow)
peer again  the same rows a second time, tuned: bulk, no HTML of a diff, cached instances and keys,
        and widgets of its own, without which skip_unchanged finds every row changed

Each measurement is a process of its own; the variants take turns. Peak memory is that of the
process, plus that of the process which reads the file.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

from django.db import connection

from benchmarks import own_database, table
from benchmarks.import_file import HEAD, generate

DATABASE = "bench_import"
PEER_ROWS = 3_000
GOALS = {"peer": 25, "floor": 4, "memory": 450, "peer again": 30}
VARIANTS = {  # module and function
    "check": ("ours", "check"),
    "ours": ("ours", "first"),
    "floor": ("floor", "first"),
    "again": ("ours", "again"),
    "peer": ("peer", "first"),
    "peer again": ("peer", "again"),
}


def empty(everything: bool) -> None:
    tables = "bench_floor, bench_member"
    if everything:
        tables += ", members_standing, members_membership, members_person"
    with own_database.owner() as connection:
        connection.autocommit = True
        connection.execute(f"truncate {tables} cascade")
        connection.execute("vacuum analyze")


def measure_here(variant: str, file: Path) -> None:
    own_database.start_django()
    module, name = VARIANTS[variant]
    run = getattr(import_module(f"benchmarks.import_{module}"), name)
    connection.ensure_connection()
    started = time.perf_counter()
    rows = run(file)
    seconds = time.perf_counter() - started
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({"rows": rows, "seconds": seconds, "own": own / 1024, "child": child / 1024}))


def measure(variant: str, file: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.import_roster", "--measure", variant, str(file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print(
        f"  {variant:10} {found['seconds']:7.2f} s  {found['rows'] / found['seconds']:9,.0f} rows/s"
        f"  {found['own']:4.0f} + {found['child']:3.0f} MB",
        flush=True,
    )
    return found


def rate(found: dict[str, float]) -> float:
    return found["rows"] / found["seconds"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", nargs=2, metavar=("VARIANT", "FILE"))
    arguments = parser.parse_args()
    if arguments.measure:
        measure_here(arguments.measure[0], Path(arguments.measure[1]))
        return
    own_database.use(DATABASE, anew=True)
    own_database.migrate()
    import_module("benchmarks.import_base").build()
    found: dict[str, list[dict[str, float]]] = {name: [] for name in VARIANTS}
    with tempfile.TemporaryDirectory() as folder:
        file, small = Path(folder, "roster.xlsx"), Path(folder, "small.xlsx")
        generate(arguments.rows, file)
        generate(min(PEER_ROWS, arguments.rows), small)
        print(f"{arguments.rows} rows x {len(HEAD)} columns, {file.stat().st_size / 1e6:.1f} MB")
        for _ in range(arguments.rounds):
            empty(everything=True)
            for name in VARIANTS:
                found[name].append(measure(name, small if "peer" in name else file))
                if name != "peer":  # its rows come again
                    empty(everything=False)
    report(found)


def report(found: dict[str, list[dict[str, float]]]) -> None:
    def times_faster(name: str, peer: str) -> list[float]:
        pairs = zip(found[name], found[peer], strict=True)
        return [rate(ours) / rate(theirs) for ours, theirs in pairs]

    memory = [ours["own"] + ours["child"] for ours in found["ours"]]
    slower = [1 / ratio for ratio in times_faster("ours", "floor")]
    table.finish(
        [
            table.line("import: django-import-export / ours", times_faster("ours", "peer"),
                       GOALS["peer"], at_least=True),
            table.line("import: ours / floor", slower, GOALS["floor"], at_least=False),
            table.line("import: memory, MB", memory, GOALS["memory"], at_least=False),
            table.line("import again: tuned peer / ours", times_faster("again", "peer again"),
                       GOALS["peer again"], at_least=True),
        ]
    )  # fmt: skip


if __name__ == "__main__":
    main()
