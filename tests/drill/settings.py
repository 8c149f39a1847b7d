"""The portal's settings with the drill's own job and page beside the others."""

from wanping_union.settings import *  # noqa: F403  # all of them, as settings modules extend one another
from wanping_union.settings import INSTALLED_APPS as PORTALS

INSTALLED_APPS = [*PORTALS, "tests.drill.apps.Drill"]
ROOT_URLCONF = "tests.drill.urls"
