from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = "Sequences"

    def ready(self) -> None:
        from campaigns import merging, panels, reading, receivers, search_fields  # noqa: F401, PLC0415 - models are not there before
        from campaigns.models import MailReader, Message, PersonalMail  # noqa: PLC0415
        from campaigns.services import checking, disclosing, stopping  # noqa: PLC0415
        from campaigns.services.many_people import PUT_ON_SEQUENCE  # noqa: PLC0415
        from campaigns.services.naming import fields_in_mails  # noqa: PLC0415
        from candidates.models import CustomField  # noqa: PLC0415
        from candidates.services.bulk import register_action  # noqa: PLC0415
        from candidates.services.changes.uses import register_names  # noqa: PLC0415
        from candidates.services.exporting.tables import show_only  # noqa: PLC0415
        from candidates.services.merging.rules import register_rules  # noqa: PLC0415
        from pipelines import extensions  # noqa: PLC0415

        panels.register()
        show_only(MailReader, reading.readable_readers)
        show_only(Message, reading.readable_mails)
        show_only(PersonalMail, reading.readable_personal_mails)
        register_action(checking.CHECK)
        register_action(disclosing.TELL)
        register_action(PUT_ON_SEQUENCE)
        extensions.register_remark(stopping.what_stays_stopped)
        extensions.register_watch(stopping.ends_at_stages)
        register_rules(merging.RULES, order=10)
        register_names(CustomField, fields_in_mails)
