from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "crm.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        from crm.tenancy import checks  # noqa: F401, PLC0415 - registers the system checks
