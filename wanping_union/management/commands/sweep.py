from typing import Any

from django.core.management import BaseCommand

from wanping_union import portal
from wanping_union.jobs.sweeper import Sweeper


class Command(BaseCommand):
    help = "Ring again for jobs that wait, and work them where no worker comes. Runs until ended."

    def handle(self, **_: Any) -> None:
        Sweeper(portal.CHORES).run()
