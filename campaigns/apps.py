from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        from campaigns import panels, receivers  # noqa: F401, PLC0415 - models are not there before

        panels.register()
