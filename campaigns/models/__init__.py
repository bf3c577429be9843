"""Sequences, the people on them, and the outbox: one module per noun."""

from campaigns.models.accounts import MailAccount, Mailbox, Security, SendPermission
from campaigns.models.candidacy_mails import CandidacyMail
from campaigns.models.content import ContentClick, ContentFile, ContentItem, SharedContent
from campaigns.models.mails import MailReader, Message, MessageEvent
from campaigns.models.notices import CarriedNotice
from campaigns.models.rules import Hold, SendingRules
from campaigns.models.senders import Sender, usual_gap, weekdays
from campaigns.models.sequences import (
    AutoEnrollment,
    Enrollment,
    EnrollmentSearch,
    Sequence,
    Step,
    hired_alone,
)
from campaigns.models.templates import (
    Signature,
    Snippet,
    Template,
    TemplateText,
    Visibility,
)
from campaigns.models.wordings import PersonalMail, StepVariant

__all__ = [
    "AutoEnrollment",
    "CandidacyMail",
    "CarriedNotice",
    "ContentClick",
    "ContentFile",
    "ContentItem",
    "Enrollment",
    "EnrollmentSearch",
    "Hold",
    "MailAccount",
    "MailReader",
    "Mailbox",
    "Message",
    "MessageEvent",
    "PersonalMail",
    "Security",
    "SendPermission",
    "Sender",
    "SendingRules",
    "Sequence",
    "SharedContent",
    "Signature",
    "Snippet",
    "Step",
    "StepVariant",
    "Template",
    "TemplateText",
    "Visibility",
    "hired_alone",
    "usual_gap",
    "weekdays",
]
