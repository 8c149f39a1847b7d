#!/usr/bin/env python
"""Django's command line; on a development machine the embedded servers come up first."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from wanping_union import embedded

if __name__ == "__main__":
    embedded.prepare()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wanping_union.settings")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as fault:
        sys.exit(f"{fault}")
