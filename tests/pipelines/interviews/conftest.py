"""Interviews on a Monday in March, and the mails that are wished for."""

import pytest
import time_machine

from pipelines.signals import MailAnswer, mail_wanted
from tests.pipelines.talks import NOW


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def wishes():
    """Mails that were wished for; the outbox takes them all."""
    made = []

    def take(sender, *, wish, **kwargs):
        made.append(wish)
        return MailAnswer(is_queued=True, words="Queued")

    receivers, mail_wanted.receivers = mail_wanted.receivers, []
    mail_wanted.sender_receivers_cache.clear()
    mail_wanted.connect(take)
    yield made
    mail_wanted.receivers = receivers
    mail_wanted.sender_receivers_cache.clear()
