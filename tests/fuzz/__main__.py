"""python -m tests.fuzz [--files N] [--forms N]: the whole run."""

import argparse
import os
import sys

import pytest

parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
parser.add_argument("--files", type=int, default=10_000, help="mutated files")
parser.add_argument("--forms", type=int, default=10_000, help="odd inputs for each form")
wanted = parser.parse_args()
os.environ |= {"FUZZ_FILES": str(wanted.files), "FUZZ_FORMS": str(wanted.forms)}
sys.exit(pytest.main(["tests/fuzz", "--create-db", "-n", "2", "--durations", "5", "-rP"]))
