"""Cases of relief made through the services: run in the portal that the browser walks."""

from datetime import timedelta

from django.db.models import DateField, F

from relief.models import Fund, ReliefCase, Visit
from relief.rules import Status
from relief.sample.desks import Story, play

MONTH = timedelta(days=30)


def make(count: int = 3) -> None:
    """Signed by the area's chair, due one after the other."""
    fund = Fund.objects.get(code="warm")
    for n in range(count):
        play(Story(Status.SIGNED, 12_000 + 1_000 * n, idle=count - n), fund)


def a_month_later(case: int) -> None:
    """Let all that happened with a case up to now have happened a month earlier."""
    for model, key in ((ReliefCase, "pk"), (Visit, "case")):
        days = [field.name for field in model._meta.fields if type(field) is DateField]
        model.objects.filter(**{key: case}).update(**{day: F(day) - MONTH for day in days})
