"""A job that leaves one trace, and the protections that a drill may switch off.

DRILL_OFF names what is off, so that a drill can show that it finds the harm: `lease` (who was
overtaken still finishes), `once` (a form sent twice is taken twice), `row` (a job is only a ring:
it is gone with a bell that nobody heard).
"""

import os
import time

from django.utils import timezone

from wanping_union import portal, web
from wanping_union.audit import log
from wanping_union.jobs import services, worker
from wanping_union.jobs.models import Job, State

KIND = "drill"


def leave_one_trace(run: worker.Run) -> None:
    """args: key; for how many seconds it lasts; how many megabytes it takes."""
    log.write("drill", "演练", by=run.job.by, note=run.args["key"])
    _taken = bytearray(run.args.get("megabytes", 0) << 20)
    end = time.monotonic() + run.args["seconds"]
    while (left := end - time.monotonic()) > 0:
        run.tell(0, 0, f"还有 {left:.0f} 秒")
        time.sleep(min(left, 0.2))


def without_lease() -> None:
    def finish(run: worker.Run) -> None:
        done = {"state": State.DONE, "finished_at": timezone.now(), "result": run.result}
        Job.objects.filter(pk=run.job.pk).update(**done)

    worker._finish = finish


def without_once() -> None:
    web._first_result = lambda token, request: None


def without_row() -> None:
    ring = services.ring

    def ring_or_forget() -> bool:
        heard = ring()
        if not heard:
            Job.objects.filter(kind=KIND, state=State.QUEUED).delete()
        return heard

    services.ring = ring_or_forget


WEAKEN = {"lease": without_lease, "once": without_once, "row": without_row}

portal.JOBS[KIND] = leave_one_trace
for name in filter(None, os.environ.get("DRILL_OFF", "").split(",")):
    WEAKEN[name]()
