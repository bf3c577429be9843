"""The organization's limits: read, locked while mail is counted, changed by an admin."""

from datetime import time
from decimal import Decimal

from django.db import transaction

from campaigns import clock
from campaigns.models import Message, SendingRules
from campaigns.services.holding import look_again
from crm.accounts.models import User
from crm.audit.services import record


def sending_rules() -> SendingRules:
    """The organization's rules, or what holds where nobody has set any. Writes nothing."""
    return SendingRules.objects.first() or SendingRules()


def locked_rules() -> SendingRules:
    """The rules' row, locked: who counts mail of the whole organization counts one after the other."""
    rules = SendingRules.objects.select_for_update(of=("self",), no_key=True).first()
    if rules is None:
        SendingRules.objects.get_or_create()
        rules = SendingRules.objects.select_for_update(of=("self",), no_key=True).get()
    return rules


@transaction.atomic
def edit_sending_rules(*, by: User, **fields: int | Decimal | time | None) -> SendingRules:
    """Set limits. What waited for a limit is looked at again."""
    rules = locked_rules()
    changed = sorted(name for name, value in fields.items() if getattr(rules, name) != value)
    for name in changed:
        setattr(rules, name, fields[name])
    if changed:
        rules.blocked_until = None
        rules.save()
        look_again(Message.objects.all(), clock.now())
        record("sending_rules.edited", rules, by=by, fields=changed)
    return rules
