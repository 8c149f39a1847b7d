"""WSGI entry point: granian wanping_union.wsgi:application --interface wsgi."""

import os

import django

from wanping_union.edges import Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wanping_union.settings")
django.setup(set_prefix=False)
application = Handler()
