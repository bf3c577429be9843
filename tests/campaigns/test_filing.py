"""Copies that members send to their own address: what they wrote elsewhere, and what they got."""

from email.message import EmailMessage

import pytest

from campaigns import signing
from campaigns.models import Enrollment, Message
from campaigns.services import receiving, unsubscribing
from campaigns.services.filing import filing_address
from candidates.models import Candidate, Notification, Suppression, Touchpoint
from candidates.services import suppressing
from crm.audit.models import AuditEntry
from crm.tenancy.models import Membership
from crm.tenancy.scope import acting_in
from tests.factories import CandidateFactory
from tests.pages import text_of

pytestmark = pytest.mark.django_db

HEADER = "---------- Forwarded message ---------\n"
BLOCKS = {
    "gmail": HEADER + "From: Amara Okafor <amara@example.com>\nDate: Mon, 1 Jun 2026\nSubject: Role\n\n",
    "outlook in German": "\nVon: Amara Okafor [mailto:amara@example.com]\nGesendet: Montag\nBetreff: Rolle\n\n",
    "quoted": "> From: amara@example.com\n> Subject: Role\n> \n",
    "Japanese": "差出人： amara@example.com\n件名: Role\n\n",
}  # fmt: skip


@pytest.fixture
def to(outreach, recruiter) -> str:
    """The recruiter's filing address."""
    return filing_address(Membership.objects.get(user=recruiter))


@pytest.fixture
def amara(outreach) -> Candidate:
    return outreach.candidate()


def mail(recruiter, to: str = "", body: str = "Shall we talk?", **headers: str) -> EmailMessage:
    message = EmailMessage()
    values = {"From": recruiter.email, "Subject": "A role", "Message-ID": "<1@work.example>"}
    values |= {name.replace("_", "-"): value for name, value in headers.items()}
    for name, value in values.items():
        message[name] = value
    if to:
        message["To"] = to
    message.set_content(body)
    return message


def timeline(outreach, candidate) -> list[str]:
    with acting_in(outreach.organization):
        found = Touchpoint.objects.filter(candidate=candidate, kind__startswith="mail_")
        return list(found.order_by("pk").values_list("kind", flat=True))


def test_a_blind_copy_puts_what_was_written_on_everybodys_record(outreach, recruiter, to, amara):
    ben = outreach.candidate("ben@example.com", full_name="Ben Li")
    sent = mail(recruiter, "Amara <AMARA@example.com>, ben@example.com, x@else.example")

    for _ in range(2):
        receiving.receive(sent.as_bytes(), recipients=(to,))

    assert timeline(outreach, amara) == timeline(outreach, ben) == ["mail_sent"]
    kept = outreach.messages()
    assert [(one.direction, one.state, one.candidate_id) for one in kept] == [
        ("out", "sent", amara.pk),
        ("out", "sent", ben.pk),
    ]
    with acting_in(outreach.organization):
        amara.refresh_from_db()
        assert amara.last_contacted_at is not None
        assert Touchpoint.objects.filter(kind="mail_sent", actor=recruiter).count() == 2


def test_an_answer_to_it_finds_the_record(outreach, recruiter, to, amara):
    receiving.receive(mail(recruiter, "amara@example.com").as_bytes(), recipients=(to,))
    answer = mail(
        recruiter, "acme@reply.localhost", "Yes!",
        From="amara@new.example", Message_ID="<2@x>", In_Reply_To="<1@work.example>",
    )  # fmt: skip

    kept = receiving.receive(answer.as_bytes())

    assert kept is not None
    assert kept.candidate_id == amara.pk


@pytest.mark.parametrize("block", BLOCKS)
def test_a_forwarded_answer_is_the_candidates_and_stops_the_sequence(
    outreach, recruiter, provider, to, amara, block
):
    outreach.add_second()
    outreach.send(amara)
    words = "Not now, but I am interested in June."

    kept = receiving.receive(mail(recruiter, to, f"FYI\n{BLOCKS[block]}{words}").as_bytes())

    assert kept is not None
    assert (kept.direction, kept.from_address, kept.body_text) == ("in", "amara@example.com", words)
    with acting_in(outreach.organization):
        assert Enrollment.objects.get(candidate=amara).stop_reason == "replied"


def test_a_mail_forwarded_as_an_attachment_is_known_by_its_own_id(outreach, recruiter, to, amara):
    inner = mail(
        recruiter, recruiter.email, "I am in.", From="amara@example.com", Message_ID="<9@x>"
    )
    outer = mail(recruiter, to, "See below")
    outer.add_attachment(inner)

    first = receiving.receive(outer.as_bytes())
    again = receiving.receive(inner.as_bytes(), recipients=(to,))

    assert first is not None
    assert again is not None
    assert (first.pk, first.message_id, first.body_text) == (again.pk, "<9@x>", "I am in.")


def test_mail_that_a_rule_sends_on_is_its_writers(outreach, recruiter, to, amara):
    kept = receiving.receive(
        mail(recruiter, recruiter.email, From="amara@example.com").as_bytes(), recipients=(to,)
    )

    assert kept is not None
    assert (kept.direction, kept.candidate_id) == ("in", amara.pk)


def test_a_forward_of_somebody_new_waits_to_be_matched(outreach, recruiter, to):
    kept = receiving.receive(mail(recruiter, to, f"{BLOCKS['gmail']}Hello").as_bytes())

    assert kept is not None
    assert (kept.candidate_id, kept.from_address) == (None, "amara@example.com")


@pytest.mark.parametrize("recipient", ["friend@private.example", ""])
def test_a_copy_about_nobody_is_not_kept_and_its_sender_told(outreach, recruiter, to, recipient):
    assert receiving.receive(mail(recruiter, recipient).as_bytes(), recipients=(to,)) is None

    assert outreach.messages() == []
    with acting_in(outreach.organization):
        told = Notification.objects.get(user=recruiter)
        assert "Your copy “A role” was not kept" in told.text
        assert "friend" not in told.text


def test_an_erased_persons_mail_makes_no_record(outreach, recruiter, to, amara):
    with acting_in(outreach.organization):
        suppressing.suppress("email", "gone@example.com", reason=Suppression.Reason.ERASED)
    block = BLOCKS["gmail"].replace("amara@example.com", "gone@example.com")

    assert receiving.receive(mail(recruiter, to, f"{block}Hello").as_bytes()) is None
    assert outreach.messages() == []


def test_a_made_up_address_and_one_of_who_left_file_nothing(outreach, recruiter, to, amara):
    membership = Membership.objects.get(user=recruiter)
    local, _, domain = to.partition("@")
    forged = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"
    stranger = mail(recruiter, "amara@example.com")

    for address in (forged, to):
        if address == to:
            membership.delete()
        kept = receiving.receive(stranger.as_bytes(), recipients=(address,))
        assert kept is None or kept.direction == Message.Direction.IN
    assert timeline(outreach, amara) == []


def test_another_organizations_people_are_not_found(outreach, recruiter, to, globex):
    with acting_in(globex):
        CandidateFactory(emails=["foreign@example.com"])

    receiving.receive(mail(recruiter, "foreign@example.com").as_bytes(), recipients=(to,))

    with acting_in(globex):
        assert not Message.objects.exists()
    assert outreach.messages() == []


def test_it_counts_in_nobodys_cap_and_unsubscribing_stays_possible(outreach, recruiter, to, amara):
    receiving.receive(mail(recruiter, "amara@example.com").as_bytes(), recipients=(to,))

    (kept,) = outreach.messages()
    assert kept.sender_id is None
    outreach.inside(unsubscribing.unsubscribe_candidate, amara)
    receiving.receive(
        mail(recruiter, "amara@example.com", Message_ID="<3@work.example>").as_bytes(),
        recipients=(to,),
    )
    assert timeline(outreach, amara) == ["mail_sent", "mail_sent"]


def test_everybody_sees_their_own_address(as_user, recruiter, owner, outreach, to):
    page = text_of(as_user(recruiter).get("/acme/settings/mailboxes/"))

    assert to in page
    assert filing_address(Membership.objects.get(user=owner)) not in page


def test_an_address_that_leaked_is_renewed_and_files_nothing_any_more(
    as_user, outreach, recruiter, owner, to, amara
):
    other = filing_address(Membership.objects.get(user=owner))

    page = as_user(recruiter).post("/acme/settings/mailboxes/address/renew/", follow=True)

    assert "You have a new address." in text_of(page)
    new = filing_address(Membership.objects.get(user=recruiter))
    assert new in text_of(page)
    assert to not in text_of(page)
    receiving.receive(mail(recruiter, "amara@example.com").as_bytes(), recipients=(to,))
    assert timeline(outreach, amara) == []
    for number, address in enumerate((new, other)):
        copy = mail(recruiter, "amara@example.com", Message_ID=f"<again{number}@work.example>")
        receiving.receive(copy.as_bytes(), recipients=(address,))
    assert timeline(outreach, amara) == ["mail_sent", "mail_sent"]
    with acting_in(outreach.organization):
        entry = AuditEntry.objects.get(action="filing_address.renewed")
        assert entry.actor == recruiter


def test_the_version_of_an_address_cannot_be_made_up(outreach, recruiter, to, amara):
    """Nor is one version of an address another member's."""
    membership = Membership.objects.get(user=recruiter)
    Membership.objects.filter(pk=membership.pk).update(address_version=11)
    membership.refresh_from_db()
    forged = signing.Reference(membership.organization_id, membership.pk, 1)

    for address in (
        to,
        signing.reply_address(forged, slug="acme", purpose=signing.Purpose.FILE),
        filing_address(membership)[:-20] + to[-20:],
    ):
        receiving.receive(mail(recruiter, "amara@example.com").as_bytes(), recipients=(address,))

    assert timeline(outreach, amara) == []
