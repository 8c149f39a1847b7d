"""A Celery worker says that it is there, also while Redis is not."""

import logging
import time
from threading import Thread
from typing import Any

from celery.signals import worker_process_init, worker_ready
from django.db import DatabaseError, connection

from wanping_union.jobs import keeping, worker

EVERY = 20  # seconds
log = logging.getLogger(__name__)


@worker_ready.connect
def _begin(sender: Any, **_: Any) -> None:
    Thread(target=_say, args=(sender.hostname,), daemon=True).start()


def _say(name: str) -> None:
    while True:
        try:
            keeping.pulse(f"{keeping.WORKER}{name}"[:120])
        except DatabaseError as error:
            log.warning("presence: %s", error)
        finally:
            connection.close()
        time.sleep(EVERY)


@worker_process_init.connect
def _confine(**_: Any) -> None:
    worker.confine()
