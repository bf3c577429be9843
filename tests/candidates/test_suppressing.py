"""Suppression: keyed hashes that refuse a known value in any spelling, and tell nobody whom they refuse."""

import pytest
from django.test import override_settings

from candidates.models import Suppression
from candidates.services import suppressing
from candidates.services.suppressing import Kind, Reason, is_suppressed, lift, suppress
from crm.audit.models import AuditEntry
from crm.tenancy.scope import acting_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("kind", "stored", "asked"),
    [
        (Kind.EMAIL, "anna@example.com", "ANNA@example.com"),
        (Kind.EMAIL, "anna@example.com", "anna+again@example.com"),
        (Kind.EMAIL, "anna+first@example.com", "anna@example.com"),
        (Kind.EMAIL, "an.na@gmail.com", "anna@googlemail.com"),
        (Kind.PHONE, "+49 151 34703805", "0049151 347 038 05"),
        (Kind.PROFILE, "https://de.linkedin.com/in/Anna/", "linkedin.com/in/anna?utm_source=x"),
    ],
)
def test_a_suppressed_value_is_known_in_other_spellings(in_acme, kind, stored, asked):
    assert not is_suppressed(kind, asked)

    assert suppress(kind, stored, reason=Reason.ERASED)

    assert is_suppressed(kind, asked)
    assert is_suppressed(kind, asked, reasons=[Reason.ERASED])
    assert not is_suppressed(kind, asked, reasons=[Reason.BOUNCED])


def test_a_bounce_suppresses_the_one_address(in_acme):
    suppress(Kind.EMAIL, "anna+old@example.com", reason=Reason.BOUNCED)

    assert is_suppressed(Kind.EMAIL, "anna+old@example.com")
    assert not is_suppressed(Kind.EMAIL, "anna@example.com")


def test_suppressing_twice_leaves_one_row_and_an_unreadable_value_none(in_acme):
    assert suppress(Kind.EMAIL, "anna@example.com", reason=Reason.UNSUBSCRIBED)
    assert not suppress(Kind.EMAIL, "Anna@example.com", reason=Reason.UNSUBSCRIBED)
    assert not suppress(Kind.EMAIL, "no address", reason=Reason.UNSUBSCRIBED)

    assert Suppression.objects.count() == 1
    assert not is_suppressed(Kind.EMAIL, "no address")


def test_neither_the_table_nor_the_audit_log_holds_the_value(in_acme, owner):
    suppress(Kind.EMAIL, "anna@example.com", reason=Reason.ERASED, by=owner)

    row, entry = Suppression.objects.get(), AuditEntry.objects.get()
    assert "anna" not in row.digest
    assert entry.details == {"reason": "erased", "kinds": ["email"], "count": 1}


def test_the_hash_depends_on_the_key_and_on_the_organization(acme, globex):
    with acting_in(acme):
        in_acme = suppressing.digest(Kind.EMAIL, "anna@example.com")
        suppress(Kind.EMAIL, "anna@example.com", reason=Reason.ERASED)
    with acting_in(globex):
        assert suppressing.digest(Kind.EMAIL, "anna@example.com") != in_acme
        assert not is_suppressed(Kind.EMAIL, "anna@example.com")
    suppressing._key.cache_clear()
    with override_settings(FIELD_KEY="another-" * 8), acting_in(acme):
        assert suppressing.digest(Kind.EMAIL, "anna@example.com") != in_acme
    suppressing._key.cache_clear()


def test_suppressed_reasons_answers_for_many_values_in_two_queries(
    in_acme, django_assert_num_queries
):
    suppress(Kind.EMAIL, "anna@example.com", reason=Reason.UNSUBSCRIBED)
    suppress(Kind.EMAIL, "anna@example.com", reason=Reason.COMPLAINED)
    suppress(Kind.PHONE, "+4915134703805", reason=Reason.ERASED)
    asked = [("email", f"person{number}@example.com") for number in range(50)]
    asked += [("email", "anna@example.com"), ("phone", "+4915134703805"), ("profile", "")]

    with django_assert_num_queries(2):
        found = suppressing.suppressed_reasons(asked)

    assert found == {
        ("email", "anna@example.com"): {Reason.UNSUBSCRIBED, Reason.COMPLAINED},
        ("phone", "+4915134703805"): {Reason.ERASED},
    }


def test_lift_takes_back_only_the_reasons_named(in_acme, owner):
    suppress(Kind.EMAIL, "anna@example.com", reason=Reason.UNSUBSCRIBED)
    suppress(Kind.EMAIL, "anna@example.com", reason=Reason.BOUNCED)

    assert lift(Kind.EMAIL, "ANNA@example.com", reasons=[Reason.BOUNCED], by=owner) == 1

    assert is_suppressed(Kind.EMAIL, "anna@example.com", reasons=[Reason.UNSUBSCRIBED])
    assert not is_suppressed(Kind.EMAIL, "anna@example.com", reasons=[Reason.BOUNCED])
    assert AuditEntry.objects.filter(action="suppression.lifted").count() == 1
    assert lift(Kind.EMAIL, "no address") == 0
