"""Sees that no job waits for a bell that nobody heard, also without Celery and Redis.

Rings again; where the bell is dead or nobody comes, a process of our own works the jobs. It knows
the clock's chores too, so that a dead beat costs nothing.
"""

import logging
import subprocess
import sys
import time
from collections.abc import Iterable

from django.conf import settings
from django.db import DatabaseError, connection

from wanping_union.audit import sealing
from wanping_union.jobs import keeping, services
from wanping_union.jobs.keeping import Chore

EVERY = 2  # seconds between two looks
NOT_HEARD = 3  # seconds a job may wait before the bell is rung again
NOBODY_CAME = 20  # seconds a job may wait before we work it ourselves
SHIFT = 60  # seconds in which the process of our own takes new jobs
HEARD_EVERY = 10  # seconds
log = logging.getLogger(__name__)


class Sweeper:
    """Looks again and again. Loses nothing when it is killed: all it knows is in the database."""

    def __init__(self, chores: Iterable[Chore]) -> None:
        self.chores = tuple(chores)
        self.stand_in: subprocess.Popen[bytes] | None = None
        self.stand_in_until = 0.0
        self.said_at = -float(HEARD_EVERY)

    def run(self) -> None:
        while True:
            try:
                self.look()
            except DatabaseError as error:
                log.warning("sweeper: %s", error)
                connection.close()
            time.sleep(EVERY)

    def look(self) -> None:
        """One look. Raises DatabaseError."""
        if time.monotonic() >= self.said_at + HEARD_EVERY:
            keeping.pulse(keeping.SWEEPER)
            keeping.queue_due(self.chores)
            sealing.seal_if_due()
            self.said_at = time.monotonic()
        waited = services.longest_wait()
        self.watch()
        if waited is None or waited < NOT_HEARD:
            return
        was_heard = services.ring()
        if self.stand_in is None and (not was_heard or waited > NOBODY_CAME):
            log.warning("sweeper: works jobs itself")
            self.start()

    def start(self) -> None:
        """Start a process of our own, so that a job that goes wrong does not take us with it."""
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "work", str(SHIFT)]
        self.stand_in = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        self.stand_in_until = time.monotonic() + SHIFT + settings.JOB_SECONDS

    def watch(self) -> None:
        """See whether it has ended, and end it where a job takes too long."""
        if self.stand_in is None:
            return
        if time.monotonic() > self.stand_in_until:
            self.stand_in.kill()
        if self.stand_in.poll() is not None:
            self.stand_in = None
