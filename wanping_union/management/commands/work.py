from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand

from wanping_union import portal
from wanping_union.jobs import worker


class Command(BaseCommand):
    help = "Work the jobs that wait, in this process and without Celery, then end."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("seconds", type=float, help="take no further job after so many seconds")

    def handle(self, *, seconds: float, **_: Any) -> None:
        worker.confine()
        worker.work(portal.JOBS, seconds)
