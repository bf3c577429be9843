from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "crm.audit"
    verbose_name = "Audit log"
    label = "audit"

    def ready(self) -> None:
        from crm.audit import receivers  # noqa: F401, PLC0415 - connects the receivers
