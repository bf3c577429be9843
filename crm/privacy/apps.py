from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "crm.privacy"
    label = "privacy"

    def ready(self) -> None:
        from crm.privacy import checks  # noqa: F401, PLC0415 - registers the system check
