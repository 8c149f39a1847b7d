"""WSGI entry point: granian wanping_union.wsgi:application --interface wsgi."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wanping_union.settings")
application = get_wsgi_application()
