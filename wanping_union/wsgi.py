"""WSGI entry point: granian wanping_union.wsgi:application --interface wsgi."""

import gc
import os

import django
from django.urls import get_resolver

from wanping_union.edges import Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wanping_union.settings")
django.setup(set_prefix=False)
application = Handler()
get_resolver().url_patterns  # noqa: B018  # loads all pages now, not for who asks first
# What is loaded stays: the collector need not look through it again and again.
gc.freeze()
gc.set_threshold(20_000)
