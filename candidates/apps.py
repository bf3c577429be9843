from django.apps import AppConfig


class CandidatesConfig(AppConfig):
    name = "candidates"

    def ready(self) -> None:
        from candidates import panels, resume_panel  # noqa: PLC0415 - models are loaded only now

        panels.register_panel(
            "candidates/resumes/panel.html",
            resume_panel.load_resumes,
            panels.CANDIDATE_SIDE,
            order=20,
        )
