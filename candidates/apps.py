from django.apps import AppConfig


class CandidatesConfig(AppConfig):
    name = "candidates"

    def ready(self) -> None:
        # Models are loaded only now.
        from candidates import own_panels, panels, receivers, resume_panel, search_fields  # noqa: F401, PLC0415
        from candidates.models import CustomField  # noqa: PLC0415
        from candidates.services.changes.uses import register_names  # noqa: PLC0415
        from candidates.services.custom_fields.uses import fields_in_use  # noqa: PLC0415
        from candidates.services.merging import own, rules  # noqa: PLC0415

        panels.register_panel(
            "candidates/resumes/panel.html",
            resume_panel.load_resumes,
            panels.CANDIDATE_SIDE,
            order=20,
        )
        own_panels.register()
        rules.register_rules(own.RULES, order=30)
        register_names(CustomField, fields_in_use)
