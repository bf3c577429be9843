"""Jobs, boards and candidacies; fills the places that candidates' pages keep for them."""

from django.apps import AppConfig


class PipelinesConfig(AppConfig):
    name = "pipelines"
    verbose_name = "Jobs"

    def ready(self) -> None:
        from candidates.queries import grant_hiring_managers  # noqa: PLC0415
        from candidates.services.bulk import register_action  # noqa: PLC0415
        from candidates.services.changes.hiding import register_hiding  # noqa: PLC0415
        from candidates.services.merging.rules import register_rules  # noqa: PLC0415
        from pipelines import merging, panels, receivers, search_fields, talk_panels  # noqa: F401, PLC0415
        from pipelines.queries import candidates_of_manager  # noqa: PLC0415
        from pipelines.services.many_people import PUT_ON_JOB, is_about_hidden_job  # noqa: PLC0415

        grant_hiring_managers(candidates_of_manager)
        panels.register()
        talk_panels.register()
        register_action(PUT_ON_JOB)
        register_hiding(is_about_hidden_job)
        register_rules(merging.RULES, order=20)
