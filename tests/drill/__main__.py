"""python -m tests.drill --minutes 10 --seed 7: a portal of its own, and things that die.

Starts web server, worker, beat, sweeper, PostgreSQL and Redis under a temporary folder, lets
people work, and kills at random. Prints what was acknowledged, lost and doubled as JSON; exit 1
for any harm, or where the queue is not empty a minute after the last fault.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drill")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--every", type=float, default=7, help="seconds between two faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="names of faults, with commas; all by default")
    parser.add_argument("--off", default="", help="protections to switch off: lease, once, row")
    parser.add_argument("--keep", action="store_true", help="leave the folder and its logs")
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="drill-"))
    folder.chmod(0o711)  # PostgreSQL's account passes through
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "TEST_DATABASE")
    } | {
        "WANPING_HOME": str(folder / "home"),
        "DJANGO_SETTINGS_MODULE": "tests.drill.settings",
        "DRILL_OFF": args.off,
    }  # fmt: skip

    def run(*command: str) -> int:
        return subprocess.run([sys.executable, *command], cwd=PROJECT, env=environment).returncode

    wanted = {
        "--seconds": args.minutes * 60,
        "--every": args.every,
        "--seed": args.seed,
        "--only": args.only,
    }
    try:
        run("-m", "wanping_union.embedded", "init")
        return run("manage.py", "drill", *(f"{name}={value}" for name, value in wanted.items()))
    finally:
        run("-m", "wanping_union.embedded", "remove")
        if args.keep:
            print(folder, file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
