"""All measurements, one after another, and one table at the end.

    python -m benchmarks [import] [sql] [pages] [export]

Without names all rounds run. A million people are made once and kept in a database of their own.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import table

ROUNDS = {
    "import": "benchmarks.import_roster",
    "sql": "benchmarks.sql",
    "pages": "benchmarks.pages",
    "export": "benchmarks.export_list",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", nargs="*", choices=[[], *ROUNDS])
    chosen = parser.parse_args().rounds or list(ROUNDS)
    lines: list[table.Line] = []
    broken = False
    with tempfile.TemporaryDirectory() as folder:
        for name in chosen:
            print(f"\n== {name}", flush=True)
            target = Path(folder, name)
            command = [sys.executable, "-m", ROUNDS[name]]
            done = subprocess.run(command, env=os.environ | {table.KEEP: str(target)}, check=False)
            broken |= done.returncode != 0
            lines += table.kept(target)
    print("\n== all")
    table.show(lines)
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
