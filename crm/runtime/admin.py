"""The heartbeat in the operators' admin: to look at."""

from django.contrib import admin

from crm.runtime.models import Heartbeat
from crm.tenancy.operator_admin import OperatorModelAdmin, site


@admin.register(Heartbeat, site=site)
class HeartbeatAdmin(OperatorModelAdmin):
    may_add = may_change = False
    list_display = ("part", "beaten_at")
