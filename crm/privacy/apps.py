from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "crm.privacy"
    label = "privacy"

    def ready(self) -> None:
        from candidates import panels  # noqa: PLC0415 - models are loaded only now
        from candidates.services.bulk import register_action  # noqa: PLC0415
        from crm.privacy import checks  # noqa: F401, PLC0415 - registers the system check
        from crm.privacy.queries import keeping, load_compliance, load_notice  # noqa: PLC0415
        from crm.privacy.services.erasing import ERASE  # noqa: PLC0415
        from crm.tenancy.roles import ADMINS, RECRUITERS  # noqa: PLC0415

        register_action(ERASE)
        panels.register_panel(
            "privacy/panels/compliance.html", load_compliance, panels.HOME, order=20
        )
        panels.register_panel(
            "privacy/panels/bulk.html",
            lambda subject, request: {},
            panels.CANDIDATES_BULK,
            order=90,
            roles=ADMINS,
        )
        panels.register_panel(
            "privacy/panels/keeping.html",
            lambda candidate, request: {"keeping": keeping(candidate)},
            panels.CANDIDATE_PRIVACY,
            order=10,
        )
        panels.register_panel(
            "privacy/panels/notice.html", load_notice, panels.CANDIDATE_PRIVACY, order=20
        )
        panels.register_panel(
            "privacy/panels/copy.html",
            lambda candidate, request: {},
            panels.CANDIDATE_PRIVACY,
            order=80,
            roles=ADMINS,
        )
        panels.register_panel(
            "privacy/panels/erase.html",
            lambda candidate, request: {},
            panels.CANDIDATE_PRIVACY,
            roles=RECRUITERS,
        )
