"""A Celery worker: patient with Redis, held to its limits, and heard of while Redis is not."""

import logging
import time
from threading import Thread
from typing import Any

from celery.signals import celeryd_init, worker_process_init, worker_ready
from django.db import DatabaseError, connection

from wanping_union.jobs import keeping, worker

EVERY = 20  # seconds
PATIENCE = {"socket_timeout": 2, "socket_connect_timeout": 2}  # no page waits for a worker
log = logging.getLogger(__name__)


@celeryd_init.connect
def _be_patient(conf: Any, **_: Any) -> None:
    conf.broker_transport_options = conf.broker_transport_options | PATIENCE


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
