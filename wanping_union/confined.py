"""Starts a bare process for files that nobody trusts.

Without site: nothing but the standard library, the installed packages and the named module; no
.pth file, no Django, no environment. The module limits its own memory and time.
"""

import functools
import importlib.util
import subprocess
import sys
from pathlib import Path

PIPE = 1 << 20  # bytes, so that both processes work at once
START = (
    "import sys, runpy; sys.path += sys.argv[1:3];"
    "runpy.run_module(sys.argv[3], run_name='__main__')"
)


def start(module: str) -> subprocess.Popen[bytes]:
    """A process that runs the module as a program, spoken to over its pipes."""
    paths = [_packages(), str(Path(__file__).parents[1])]
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-X", "utf8", "-c", START, *paths, module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        bufsize=0,
        pipesize=PIPE,
    )


@functools.cache
def _packages() -> str:
    """The folder that holds the readers, found without loading them here."""
    found = importlib.util.find_spec("python_calamine")
    assert found is not None
    return str(Path(found.origin or "").parents[1])
