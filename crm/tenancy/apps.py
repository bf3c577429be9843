from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "crm.tenancy"
    verbose_name = "Members"
    label = "tenancy"

    def ready(self) -> None:
        # Registers the system checks too.
        from crm.tenancy.checks import owned_models  # noqa: PLC0415
        from crm.tenancy.walls import leave_to_composite_keys  # noqa: PLC0415

        for model in owned_models():
            leave_to_composite_keys(model)
