"""A list of 100,000 people as a workbook: ours against django-import-export.

    python -m benchmarks.export_list [--rounds 3] [--whole]

ours    the whole job: rows by a server-side cursor, masked, workbook, read audit, pieces sealed
peer    django-import-export as it comes, the same columns of the same rows, to xlsx

Each measurement is a process of its own; the variants take turns. Seconds are those of its
processor, and compared by the row: the peer is measured at a fifth of the rows, and at all of
them with `--whole`. Peak memory is that of the process, Django with all apps in it.
"""

import argparse
import json
import subprocess
import sys
import time
from importlib import import_module

from benchmarks import million, own_database, table

ROWS = 100_000
SMALL = {"route": "scattered"}  # a fifth of the people
GOALS = {"peer": 12, "memory": 150}


def measure_here(variant: str, query: dict[str, str]) -> None:
    million.use(ROWS)
    run = import_module(f"benchmarks.export_{variant}").export  # Django has started by now
    start = time.process_time()
    rows = run(query)
    seconds = time.process_time() - start
    memory = own_database.peak_memory()
    print(json.dumps({"rows": rows, "seconds": seconds, "memory": memory}))


def measure(variant: str, query: dict[str, str]) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.export_list", "--measure", variant,
               json.dumps(query)]  # fmt: skip
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    print(f"  {variant} {found['rows']:7} rows {found['seconds']:6.2f} s"
          f" {found['memory']:4.0f} MB", flush=True)  # fmt: skip
    return found


def run(rounds: int, *, whole_peer: bool) -> dict[str, list[float]]:
    """Ratios and megabytes, round by round."""
    million.prepare(ROWS)
    found: dict[str, list[float]] = {"peer": [], "memory": [], "memory, a fifth": []}
    for _ in range(rounds):
        small, whole = measure("ours", SMALL), measure("ours", {})
        beside = measure("peer", {} if whole_peer else SMALL)
        found["peer"].append(
            beside["seconds"] / beside["rows"] / (whole["seconds"] / whole["rows"])
        )
        found["memory"].append(whole["memory"])
        found["memory, a fifth"].append(small["memory"])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--whole", action="store_true", help="the peer too at all the rows")
    parser.add_argument("--measure", nargs=2, metavar=("VARIANT", "QUERY"))
    arguments = parser.parse_args()
    if arguments.measure:
        measure_here(arguments.measure[0], json.loads(arguments.measure[1]))
        return
    found = run(arguments.rounds, whole_peer=arguments.whole)
    table.finish(
        [
            table.line("export: django-import-export / ours", found["peer"], GOALS["peer"],
                       at_least=True),
            table.line("export: memory at 100,000 rows, MB", found["memory"], GOALS["memory"],
                       at_least=False),
            table.line("export: memory at a fifth of them, MB", found["memory, a fifth"],
                       GOALS["memory"], at_least=False),
        ]
    )  # fmt: skip


if __name__ == "__main__":
    main()
