#!/usr/bin/env python
"""Django's command line for Rapport."""

import os
import sys

from django.core.management import execute_from_command_line

from crm.runtime import local

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
    try:
        local.prepare(sys.argv[1:])
    except local.Refusal as refusal:
        sys.exit(str(refusal))
    execute_from_command_line(sys.argv)
