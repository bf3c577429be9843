from django.apps import AppConfig


class RuntimeConfig(AppConfig):
    name = "crm.runtime"
    label = "runtime"

    def ready(self) -> None:
        # Tasks are enqueued from the web too, and find their application only once it is imported.
        from crm import celery  # noqa: F401, PLC0415
        from crm.runtime import receivers  # noqa: F401, PLC0415 - connects the receivers
