"""The words of a private thread are nowhere but where its member reads them.

A thread is seeded with sentinels in subject and text of a mail out and of one in, and so are the copies that were
made before it became private. Then every address, the organization's admin, whole exports, searches and mails of
notifications are read as everybody else.
"""

from collections.abc import Iterator

import pytest
from django.core import mail as sent_mail
from django.db import transaction
from django.utils import timezone

from campaigns.models import Enrollment, Mailbox, Message, PersonalMail
from campaigns.privacy import export_candidate
from campaigns.reading import entry_of
from campaigns.services import receiving
from campaigns.services.threads import make_private, share
from candidates.models import Candidate, EmailAddress, Notification, Touchpoint
from candidates.queries.search import find_people, words_query
from candidates.queries.search.searcher import Searcher
from candidates.services import mailing, watching
from candidates.services.exporting.people import PeopleTable
from candidates.services.exporting.tables import batch_of, exported_models
from candidates.services.timeline import add_touchpoint
from crm.accounts.models import User
from crm.tenancy.models import Membership
from crm.tenancy.organization_admin import site
from crm.tenancy.roles import Role
from crm.tenancy.scope import acting_in
from tests.access.role_table import ROUTES
from tests.access.test_urls import address, ask, body_of, signed_in
from tests.access.world import World
from tests.factories import MembershipFactory

pytestmark = pytest.mark.django_db

# In subjects, in texts, and in the words of a step that is still to come.
SENTINELS = ("quokkasubject", "wombattext", "numbatstep")
ADDRESS = "jon.park@example.net"
# More than the table's own queries: every list and state where a mail may be told of.
ALSO = (
    "/acme/sequences/replies/?show=sorted",
    "/acme/sequences/unmatched/?mail={received}",
    "/acme/sequences/write/{candidate}/?answers={received}",
    "/acme/sequences/mails/{received}/",
    "/acme/sequences/mails/{received}/body/",
    "/acme/candidates/{candidate}/?show=mail",
    "/acme/candidates/{candidate}/?kind=mail_received",
    "/acme/sequences/{sequence}/preview/?candidate={candidate}",
)


@pytest.fixture
def keeper(here: World) -> User:
    """Whose thread it is."""
    return MembershipFactory(organization=here.organization, role=Role.RECRUITER).user


@pytest.fixture
def others(here: World) -> list[User]:
    """A member of every role besides, the organization's owner and the job's hiring manager among them."""
    made = [
        MembershipFactory(organization=here.organization, role=role).user
        for role in Role
        if role not in {Role.OWNER, Role.HIRING_MANAGER}
    ]
    return [here.member, User.objects.get(email="hiring_manager@acme.example"), *made]


@pytest.fixture
def received(here: World, keeper: User, others: list[User]) -> Message:
    """The last mail of a thread that was told of everywhere, and is private now."""
    with acting_in(here.organization):
        return _seed(here, keeper, others)


def _seed(here: World, keeper: User, others: list[User]) -> Message:
    person, sequence = here["candidates.Candidate"], here["campaigns.Sequence"]
    Candidate.objects.filter(pk=person.pk).update(full_name="Jon Park", owner=here.member)
    EmailAddress.objects.filter(pk=here["candidates.EmailAddress"].pk).update(
        candidate=person, address=ADDRESS, normalized=ADDRESS
    )
    person.refresh_from_db()
    sequence.owner = keeper
    sequence.save()
    Enrollment.objects.filter(pk=here["campaigns.Enrollment"].pk).update(
        candidate=person, sequence=sequence, state="stopped", stop_reason="replied",
        ended_at=timezone.now(), enrolled_at=timezone.now(),
    )  # fmt: skip
    PersonalMail.objects.filter(pk=here["campaigns.PersonalMail"].pk).update(
        subject=SENTINELS[2], body=SENTINELS[2], candidate=person, step=here["campaigns.Step"]
    )
    for user in others:
        if Membership.objects.get(user=user).role != Role.HIRING_MANAGER:
            watching.watch_candidate(person, by=user)
    sent = here["campaigns.Message"]
    Message.objects.filter(pk=sent.pk).update(
        direction="out", state="ambiguous", candidate=person, subject=SENTINELS[0],
        enrollment=here["campaigns.Enrollment"], body_text=SENTINELS[1],
        body_html=f"<p>{SENTINELS[1]}</p>", message_id="<1@acme.example>",
        handed_at=timezone.now(), created_at=timezone.now(), member=None,
    )  # fmt: skip
    sent.refresh_from_db()
    told = entry_of(sent)
    add_touchpoint(person, Touchpoint.Kind.MAIL_SENT, told.summary, body=told.body, link=told.link)
    mailbox = here["campaigns.Mailbox"]
    Mailbox.objects.filter(pk=mailbox.pk).update(user=keeper, begins_private=False)
    raw = (
        f"From: {ADDRESS}\r\nTo: keeper@acme.example\r\nMessage-ID: <2@example.net>\r\n"
        f"In-Reply-To: <1@acme.example>\r\nSubject: Re: {SENTINELS[0]}\r\n\r\n{SENTINELS[1]}\r\n"
    )
    received = receiving.receive_from_mailbox(here.organization, raw.encode(), mailbox=mailbox)
    assert received
    # What is answered has arrived. Sent once more it may be in doubt anew.
    Message.objects.filter(pk=sent.pk).update(state="ambiguous", sent_at=None)
    watching.tell_watchers()
    assert Notification.objects.filter(text__contains=SENTINELS[0]).exists()
    make_private(received, by=keeper)
    watching.tell_watchers()
    # Pages of one mail show that of the thread.
    here.rows["campaigns.Message"] = sent
    return received


def paths(here: World, received: Message) -> Iterator[str]:
    keys = {
        "received": received.pk,
        "candidate": here["candidates.Candidate"].pk,
        "sequence": here["campaigns.Sequence"].pk,
    }
    yield from (path.format(**keys) for path in ALSO)


def leaks(content: bytes) -> list[str]:
    return [word for word in SENTINELS if word.encode() in content.lower()]


def test_no_page_tells_anybody_else(here, received, others):
    told = []
    for user in others:
        client = signed_in(user)
        for name, route in sorted(ROUTES.items()):
            if "GET" not in route.methods:
                continue
            with transaction.atomic():
                response = ask(client, address(name, route, here), route, here, "GET")
                told += [(name, str(user), word) for word in leaks(body_of(response))]
                transaction.set_rollback(True)
        for path in paths(here, received):
            told += [(path, str(user), word) for word in leaks(body_of(client.get(path)))]

    assert told == []


def test_the_walk_notices_words_that_are_shared(here, received, others, keeper):
    """Shared again, the same walk finds them: on pages of lists, of mails, of people."""
    with acting_in(here.organization):
        share(received, by=keeper)
    client = signed_in(others[0])

    found = {
        name
        for name, route in ROUTES.items()
        if "GET" in route.methods
        and leaks(body_of(ask(client, address(name, route, here), route, here, "GET")))
    }

    assert found >= {
        "campaigns:content_item", "campaigns:mail", "campaigns:mail_body", "campaigns:needs_a_look", "campaigns:personal",
        "campaigns:replies", "campaigns:why", "candidates:detail",
    }  # fmt: skip
    silent = {path for path in paths(here, received) if not leaks(body_of(client.get(path)))}
    # Nobody has sorted it, and it has found its person.
    assert silent == {
        "/acme/sequences/replies/?show=sorted",
        f"/acme/sequences/unmatched/?mail={received.pk}",
    }


def test_the_member_reads_it_where_it_belongs(here, received, keeper):
    client = signed_in(keeper)
    person = here["candidates.Candidate"]

    for path in (
        f"/acme/candidates/{person.pk}/",
        f"/acme/sequences/mails/{received.pk}/",
        "/acme/sequences/replies/",
        "/acme/sequences/needs-a-look/",
    ):
        assert SENTINELS[0] in client.get(path).content.decode(), path
    body = body_of(client.get(f"/acme/sequences/mails/{received.pk}/body/"))
    assert SENTINELS[1].encode() in body
    with acting_in(here.organization):
        own = [batch_of(model, viewer=keeper, after=0) for model in exported_models()]
    assert leaks(str(own).encode()) == list(SENTINELS)


def test_others_see_that_there_was_a_mail_and_when(here, received, others):
    client = signed_in(others[0])

    record = client.get(f"/acme/candidates/{here['candidates.Candidate'].pk}/").content.decode()

    assert record.count("A private mail with Jon Park") >= 2
    with acting_in(here.organization):
        person = Candidate.objects.get(pk=here["candidates.Candidate"].pk)
        assert person.last_contacted_at
        assert person.last_replied_at


def test_no_admin_page_tells(here, received, others):
    told, asked = [], 0
    for user in others:
        client = signed_in(user)
        for model in site._registry:
            label = f"{model._meta.app_label}/{model._meta.model_name}"
            row = here.rows.get(model._meta.label)
            for part in ("", f"{row.pk}/change/" if row else "add/"):
                response = client.get(f"/acme/admin/{label}/{part}", follow=True)
                asked += response.status_code == 200
                told += [(label, str(user), word) for word in leaks(body_of(response))]

    assert told == []
    assert asked > 10


def test_no_export_tells(here, received, others):
    with acting_in(here.organization):
        for user in others:
            whole = [batch_of(model, viewer=user, after=0) for model in exported_models()]
            people = PeopleTable(viewer=user, role=Role.OWNER)
            rows = list(people.rows([here["candidates.Candidate"].pk]))
            assert leaks(f"{whole} {rows}".encode()) == [], user


def test_no_search_finds_it(here, received, others, keeper):
    with acting_in(here.organization):
        for user in (*others, keeper):
            searcher = Searcher(Membership.objects.get(user=user))
            for word in SENTINELS:
                assert not find_people(words_query(word), searcher=searcher).exists()


def test_no_mail_of_notifications_tells(here, received, others, keeper):
    with acting_in(here.organization):
        Notification.objects.update(mail_due_at=timezone.now(), mailed_at=None, read_at=None)

    mailing.mail_due(here.organization)

    assert sent_mail.outbox
    for mail in sent_mail.outbox:
        assert leaks(str(mail.message()).encode()) == []


def test_the_persons_own_copy_holds_all_of_it(here, received):
    with acting_in(here.organization):
        whole = str(export_candidate(here["candidates.Candidate"]))

    assert leaks(whole.encode()) == list(SENTINELS)
