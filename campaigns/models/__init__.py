"""Sequences, the people on them, and the outbox: one module per noun."""

from campaigns.models.accounts import MailAccount, Mailbox, Security, SendPermission
from campaigns.models.candidacy_mails import CandidacyMail
from campaigns.models.mails import Message, MessageEvent
from campaigns.models.senders import Sender, usual_gap, weekdays
from campaigns.models.sequences import Enrollment, EnrollmentSearch, Sequence, Step
from campaigns.models.templates import (
    Signature,
    Snippet,
    Template,
    TemplateText,
    Visibility,
)

__all__ = [
    "CandidacyMail",
    "Enrollment",
    "EnrollmentSearch",
    "MailAccount",
    "Mailbox",
    "Message",
    "MessageEvent",
    "Security",
    "SendPermission",
    "Sender",
    "Sequence",
    "Signature",
    "Snippet",
    "Step",
    "Template",
    "TemplateText",
    "Visibility",
    "usual_gap",
    "weekdays",
]
