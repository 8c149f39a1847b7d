"""The Celery application. Settings start with CELERY_ in settings.py."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wanping_union.settings")
app = Celery("wanping_union")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
def _first_beat(**_: Any) -> None:
    app.send_task("wanping_union.tasks.beat")
