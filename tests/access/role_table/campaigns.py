"""Senders, mailboxes, sequences, mails."""

from typing import Any

from crm.tenancy.roles import ADMINS, READERS, RECRUITERS
from tests.access.role_table.rules import BOTH, GET, POST, Route, pk
from tests.access.world import World

SENDER = {
    "name": "Robin",
    "address": "robin@acme.example",
    "daily_cap": "50",
    "window_days": ["0", "1"],
    "window_start": "09:00",
    "window_end": "17:00",
    "time_zone": "Europe/Berlin",
}
ACCOUNT = {
    "name": "Brevo",
    "kind": "brevo",
    "port": "465",
    "security": "tls",
    "secret": "a key",
}
MAILBOX = {
    "address": "robin@acme.example",
    "host": "127.0.0.1",
    "port": "993",
    "security": "tls",
    "username": "robin",
    "secret": "a password",
    "folder_lines": "INBOX",
}
TEMPLATE = {
    "name": "First mail",
    "visibility": "shared",
    "subject": "Hello",
    "body": "Hi {{ first_name | there }}, shall we talk?",
}
STEP = {"kind": "mail", "wait_business_days": "2", "subject": "Hello", "body": "Hi there"}
ITEM = {"title": "Our team", "url": "https://example.com/team", "tags": "Team, Tech"}
SEQUENCE = {"pk": "campaigns.Sequence"}
STEP_PK = {"pk": "campaigns.Step"}
ENROLLMENT = {"pk": "campaigns.Enrollment"}
MAIL = {"pk": "campaigns.Message"}


def _sender(world: World) -> dict[str, Any]:
    return {**SENDER, "user": world.member.pk}


def _sequence(world: World) -> dict[str, Any]:
    sender = world["campaigns.Sender"].pk
    return {"name": "Spring", "sender": sender, "owner": world.member.pk}


def _enrolling(world: World) -> dict[str, Any]:
    sequence, candidate = world["campaigns.Sequence"].pk, world["candidates.Candidate"].pk
    return {"confirm": "1", "sequence": sequence, "candidates": candidate}


ROUTES: dict[str, Route] = {
    "senders:list": Route(ADMINS),
    "senders:add": Route(ADMINS, BOTH, data=_sender),
    "senders:edit": Route(ADMINS, BOTH, {"pk": "campaigns.Sender"}, data=_sender),
    "senders:rules": Route(
        ADMINS,
        BOTH,
        data=lambda world: {
            "budget_mails": "3",
            "budget_days": "7",
            "domain_cap": "5",
            "bounce_limit": "5",
            "complaint_limit": "0.3",
        },
    ),
    "senders:pause": Route(
        ADMINS, POST, {"pk": "campaigns.Sender"}, data=lambda world: {"because": "Holidays"}
    ),
    "senders:resume": Route(ADMINS, POST, {"pk": "campaigns.Sender"}, data=lambda world: {}),
    "senders:kept_back": Route(
        ADMINS, query=lambda world: {"candidate": world["candidates.Candidate"].pk}
    ),
    "senders:look_up": Route(ADMINS, POST, data=lambda world: {"address": "sam@example.com"}),
    "senders:lift": Route(
        ADMINS,
        POST,
        shown_by="tests/campaigns/test_lifting.py::test_an_unsubscription_is_taken_back_with_a_reason",
    ),
    "senders:accounts": Route(ADMINS),
    "senders:add_account": Route(ADMINS, BOTH, data=lambda world: ACCOUNT),
    "senders:edit_account": Route(
        ADMINS, BOTH, {"pk": "campaigns.MailAccount"}, data=lambda world: ACCOUNT
    ),
    "senders:check_account": Route(
        ADMINS,
        POST,
        {"pk": "campaigns.MailAccount"},
        shown_by="tests/campaigns/test_accounts.py::test_checking_an_account_says_what_is_wrong",
    ),
    "senders:remove_account": Route(ADMINS, POST, {"pk": "unused account"}, data=lambda world: {}),
    "senders:names": Route(RECRUITERS),
    "senders:health": Route(RECRUITERS, GET, {"pk": "campaigns.Sender"}),
    "senders:ask_for_name": Route(
        RECRUITERS,
        POST,
        {"pk": "campaigns.Sender"},
        shown_by="tests/campaigns/test_permissions.py::test_a_colleague_asks_and_is_let_until_it_is_taken_back",
    ),
    "senders:grant_name": Route(
        RECRUITERS,
        POST,
        {"pk": "campaigns.SendPermission"},
        shown_by="tests/campaigns/test_permissions.py::test_a_colleague_asks_and_is_let_until_it_is_taken_back",
    ),
    "senders:revoke_name": Route(
        RECRUITERS,
        POST,
        {"pk": "campaigns.SendPermission"},
        shown_by="tests/campaigns/test_permissions.py::test_a_colleague_asks_and_is_let_until_it_is_taken_back",
    ),
    "mailboxes:list": Route(RECRUITERS),
    "mailboxes:renew_address": Route(RECRUITERS, POST, data=lambda world: {}),
    "mailboxes:add": Route(RECRUITERS, BOTH, data=lambda world: MAILBOX),
    "mailboxes:edit": Route(
        RECRUITERS, BOTH, {"pk": "campaigns.Mailbox"}, data=lambda world: MAILBOX
    ),
    "mailboxes:stop": Route(RECRUITERS, POST, {"pk": "campaigns.Mailbox"}, data=lambda world: {}),
    "mailboxes:remove": Route(RECRUITERS, POST, {"pk": "campaigns.Mailbox"}, data=lambda world: {}),
    "senders:pause_all": Route(ADMINS, POST, data=lambda world: {}),
    "senders:resume_all": Route(ADMINS, POST, data=lambda world: {}),
    "campaigns:sequences": Route(READERS),
    "campaigns:add_sequence": Route(RECRUITERS, BOTH, data=_sequence),
    "campaigns:enroll": Route(RECRUITERS, BOTH, data=_enrolling),
    "campaigns:days": Route(RECRUITERS, POST, data=_enrolling),
    # The world's act is no check: the page sends on to it.
    "campaigns:checked": Route(RECRUITERS, objects={"pk": "candidates.BulkAct"}, status=302),
    "campaigns:sequence": Route(READERS, GET, SEQUENCE),
    "campaigns:edit_sequence": Route(RECRUITERS, BOTH, SEQUENCE, data=_sequence),
    "campaigns:activate": Route(RECRUITERS, POST, SEQUENCE, data=lambda world: {}),
    "campaigns:pause": Route(
        RECRUITERS,
        POST,
        SEQUENCE,
        shown_by="tests/campaigns/test_views_sequences.py::test_start_pause_and_resume",
    ),
    "campaigns:archive": Route(RECRUITERS, POST, SEQUENCE, data=lambda world: {}),
    "campaigns:preview": Route(READERS, GET, SEQUENCE),
    "campaigns:preview_draft": Route(RECRUITERS, POST, SEQUENCE, data=lambda world: STEP),
    "campaigns:add_step": Route(RECRUITERS, BOTH, SEQUENCE, data=lambda world: STEP),
    "campaigns:people": Route(READERS, GET, SEQUENCE),
    "campaigns:fill_in": Route(RECRUITERS, POST, SEQUENCE, data=lambda world: {}),
    "campaigns:move_people": Route(RECRUITERS, POST, SEQUENCE, data=lambda world: {}),
    "campaigns:add_auto_enrollment": Route(
        RECRUITERS,
        POST,
        SEQUENCE,
        data=lambda world: {"pool": world["candidates.TalentPool"].pk},
    ),
    "campaigns:remove_auto_enrollment": Route(
        RECRUITERS, POST, pk("campaigns.AutoEnrollment"), data=lambda world: {}
    ),
    "campaigns:why": Route(READERS, GET, ENROLLMENT),
    "campaigns:personal": Route(
        RECRUITERS,
        BOTH,
        {"pk": "campaigns.Step", "candidate_pk": "candidates.Candidate"},
        data=lambda world: {"subject": "For you", "body": "Hi there"},
    ),
    "campaigns:step": Route(RECRUITERS, BOTH, STEP_PK, data=lambda world: STEP),
    "campaigns:move_step": Route(
        RECRUITERS,
        POST,
        STEP_PK,
        shown_by="tests/campaigns/test_views_editor.py::test_steps_change_places_while_nobody_is_on_them",
    ),
    "campaigns:pause_step": Route(RECRUITERS, POST, STEP_PK, data=lambda world: {}),
    "campaigns:resume_step": Route(RECRUITERS, POST, STEP_PK, data=lambda world: {}),
    "campaigns:delete_step": Route(RECRUITERS, POST, STEP_PK, data=lambda world: {}),
    "campaigns:stop_enrollment": Route(RECRUITERS, POST, ENROLLMENT, data=lambda world: {}),
    "campaigns:pause_enrollment": Route(RECRUITERS, POST, ENROLLMENT, data=lambda world: {}),
    "campaigns:resume_enrollment": Route(RECRUITERS, POST, ENROLLMENT, data=lambda world: {}),
    "campaigns:needs_a_look": Route(READERS),
    "campaigns:resend_all": Route(
        RECRUITERS,
        POST,
        shown_by="tests/campaigns/test_deciding.py::test_all_that_were_refused_are_queued_again",
    ),
    "campaigns:mark_all_sent": Route(
        RECRUITERS,
        POST,
        shown_by="tests/campaigns/test_deciding.py::test_all_in_doubt_are_marked_as_sent",
    ),
    "campaigns:resend": Route(
        RECRUITERS,
        POST,
        MAIL,
        shown_by="tests/campaigns/test_views_mails.py::test_resend_queues_it_again",
    ),
    "campaigns:mark_sent": Route(
        RECRUITERS,
        POST,
        MAIL,
        shown_by="tests/campaigns/test_views_mails.py::test_mark_as_sent_settles_it",
    ),
    "campaigns:replies": Route(READERS),
    "campaigns:sort_reply": Route(
        RECRUITERS,
        POST,
        MAIL,
        shown_by="tests/campaigns/test_answering.py::test_not_now_is_one_click",
    ),
    "campaigns:keep_address": Route(RECRUITERS, POST, MAIL, data=lambda world: {}),
    "campaigns:templates": Route(RECRUITERS),
    "campaigns:add_template": Route(RECRUITERS, BOTH, data=lambda world: TEMPLATE),
    "campaigns:template": Route(
        RECRUITERS, BOTH, {"pk": "campaigns.Template"}, data=lambda world: TEMPLATE
    ),
    "campaigns:archive_template": Route(
        RECRUITERS, POST, {"pk": "campaigns.Template"}, data=lambda world: {}
    ),
    "campaigns:snippets": Route(
        RECRUITERS, BOTH, data=lambda world: {"name": "Calendar", "body": "Choose a time."}
    ),
    "campaigns:remove_snippet": Route(
        RECRUITERS, POST, {"pk": "campaigns.Snippet"}, data=lambda world: {}
    ),
    "campaigns:content": Route(RECRUITERS),
    "campaigns:add_content": Route(RECRUITERS, BOTH, data=lambda world: ITEM),
    "campaigns:content_item": Route(RECRUITERS, GET, pk("campaigns.ContentItem")),
    "campaigns:edit_content": Route(
        RECRUITERS, BOTH, pk("campaigns.ContentItem"), data=lambda world: ITEM
    ),
    "campaigns:archive_content": Route(
        RECRUITERS, POST, pk("campaigns.ContentItem"), data=lambda world: {}
    ),
    "campaigns:restore_content": Route(
        RECRUITERS, POST, pk("campaigns.ContentItem"), data=lambda world: {}
    ),
    "campaigns:signature": Route(RECRUITERS, BOTH, data=lambda world: {"body": "Robin"}),
    "campaigns:write": Route(
        RECRUITERS,
        BOTH,
        {"pk": "candidates.Candidate"},
        shown_by="tests/campaigns/test_writing.py::test_an_answer_stays_in_the_thread_and_goes_where_they_wrote_from",
    ),
    "campaigns:unmatched": Route(RECRUITERS),
    "campaigns:assign": Route(
        RECRUITERS, POST, MAIL, data=lambda world: {"candidate": world["candidates.Candidate"].pk}
    ),
    "campaigns:add_writer": Route(
        RECRUITERS,
        POST,
        MAIL,
        shown_by="tests/campaigns/test_views_mails.py::test_somebody_new_is_added_with_the_mail_on_the_timeline",
    ),
    "campaigns:dismiss": Route(
        RECRUITERS,
        POST,
        MAIL,
        shown_by="tests/campaigns/test_views_mails.py::test_dismissed_mail_is_off_the_list_but_kept",
    ),
    "campaigns:mail": Route(READERS, GET, MAIL),
    "campaigns:set_privacy": Route(RECRUITERS, POST, MAIL, data=lambda world: {"is_private": "1"}),
    "campaigns:mail_body": Route(READERS, GET, MAIL),
}
